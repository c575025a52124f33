"""A refund that the provider fails to make for good waits for somebody who sees to it."""

import logging

import pytest
from django.contrib.auth.models import Permission
from django.db import IntegrityError, transaction

from core.models import AuditEvent
from payments.orders.models import Refund, RefundState
from payments.orders.refunds import order_refund
from payments.staff.errors import RequestDecided
from payments.staff.failed import refund_seen_to, refunds_need_a_hand
from payments.staff.metrics import desk
from payments.tickets.refunds import prices_return, tickets_judge
from streams.models import EndReason
from streams.services import stream_end
from tests.payments.stripe.test_sandbox import REFUND_FAILS
from tests.payments.tickets.conftest import ask, pay, sold, told  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db
REFUNDS, ORDERS = "/admin/payments/refund/", "/admin/payments/order/"
NEEDS_A_HAND = {"failed": "open"}


def fail(sandbox, refund):
    with sandbox.account.store.lock:
        sandbox.account.refund_fail(sandbox.account.store.objects[refund.provider_id])
    told(sandbox)
    refund.refresh_from_db()
    assert refund.state == RefundState.FAILED


@pytest.fixture
def failed(sandbox, bobs, sold):  # noqa: F811
    """bob's ticket to a stream that never started: given back by rule, and days later the provider could not."""
    pay(sandbox, ask(bobs, sold), REFUND_FAILS)
    stream_end(stream_id=sold.pk, reason=EndReason.CREATOR)
    tickets_judge(stream_id=sold.pk)
    prices_return()
    refund = Refund.objects.get()
    fail(sandbox, refund)
    return refund


def listed(client, address=REFUNDS):
    return {row.pk for row in client.get(address, NEEDS_A_HAND).context["cl"].result_list}


def gauge():
    return {family.name: family.samples[0].value for family in desk()}["busk_refunds_failed"]


def test_staff_are_told_and_find_it(failed, staff, order, fiona):
    going = order_refund(order_id=order.pk, amount=None, reason="x", actor_party_id=fiona.party_id)
    assert going.state != RefundState.FAILED
    assert listed(staff) == {failed.pk}
    assert listed(staff, ORDERS) == {failed.payment.order_id}
    assert gauge() == 1
    page = staff.get(REFUNDS, NEEDS_A_HAND).text
    assert "rule" in page
    assert "ticket: never_started" in page


def test_the_log_says_so(sandbox, bobs, sold, caplog, request):  # noqa: F811
    with caplog.at_level(logging.ERROR, logger="payments"):
        request.getfixturevalue("failed")
    assert "(by rule) failed, and needs a hand: expired_or_canceled_card" in caplog.text


def test_who_saw_to_it_says_how(failed, staff, fiona):
    asked = {"action": "seen_to", "_selected_action": [str(failed.pk)]}
    assert "Say how the buyer got their money" in staff.post(REFUNDS, asked).text
    done = {**asked, "confirmed": "1", "reason": "Paid by bank transfer."}
    answer = staff.post(REFUNDS, done, follow=True)
    assert "1 done, 0 passed over" in answer.text
    assert listed(staff) == listed(staff, ORDERS) == set()
    assert gauge() == 0
    event = AuditEvent.objects.get(action="order.refund_seen_to")
    assert (event.target, event.reason, event.actor_party_id) == (
        f"order:{failed.payment.order_id}",
        "Paid by bank transfer.",
        fiona.party_id,
    )
    assert "0 done, 1 passed over" in staff.post(REFUNDS, done, follow=True).text
    assert AuditEvent.objects.filter(action="order.refund_seen_to").count() == 1


def test_once_more_is_another_way(failed, staff, fiona, sandbox):
    again = order_refund(
        order_id=failed.payment.order_id, amount=None, reason="again", actor_party_id=fiona.party_id
    )
    assert listed(staff) == set()
    fail(sandbox, again)
    assert listed(staff) == {failed.pk, again.pk}


@pytest.mark.parametrize("status", ["needs_response", "lost", "won"])
def test_what_a_bank_decides_about_is_not_ours(failed, sandbox, staff, status):
    charge = sandbox.account.store.objects[failed.payment.charge_id]
    with sandbox.account.store.lock:
        dispute = sandbox.account.dispute_open(charge)
        if status != "needs_response":
            sandbox.account.dispute_close(dispute, won=status == "won")
    told(sandbox)
    assert listed(staff) == ({failed.pk} if status == "won" else set())


def test_only_who_may_refund_sees_to_it(failed, admin, make_user, browser_of):
    reader = make_user("reader", is_staff=True)
    reader.user_permissions.add(Permission.objects.get(codename="view_refund"))
    done = {"action": "seen_to", "_selected_action": [str(failed.pk)], "confirmed": "1", "reason": "Because."}
    browser_of(reader).post(REFUNDS, done)
    assert refunds_need_a_hand().get() == failed


def test_nobody_sees_to_one_that_is_made(order, fiona):
    made = order_refund(order_id=order.pk, amount=None, reason="x", actor_party_id=fiona.party_id)
    with pytest.raises(RequestDecided):
        refund_seen_to(refund_id=made.pk, reason="Because.", actor_party_id=fiona.party_id)
    with pytest.raises(IntegrityError), transaction.atomic():
        Refund.objects.update(seen_to_at=made.asked_at)
