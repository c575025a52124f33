"""Refunds from an order's page: small ones by one person, others by two; nothing goes before both said yes."""

import uuid
from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone

from core.models import AuditEvent
from payments.errors import AmountInvalid
from payments.models import Transaction, Wallet
from payments.orders.errors import NotRefundable
from payments.orders.models import Order, Refund, RefundState
from payments.orders.refunds import refunds_look
from payments.orders.webhooks import events_handle
from payments.staff.errors import RequestDecided, RequestWaits, SecondPersonNeeded
from payments.staff.models import FraudWarning, RefundRequest, RequestState
from payments.staff.refunding import (
    left_alone,
    refund_approve,
    refund_ask,
    refund_preview,
    refund_refuse,
)
from payments.staff.tasks import staff_remind
from tests.payments.books import entries_of, newest, owed
from tests.payments.staff.test_pages import ORDERS
from tests.payments.stripe.test_sandbox import DISPUTED, REFUND_FAILS, WARNED
from tests.payments.test_money_page import cents, tables

REQUESTS = "/admin/payments/refundrequest/"


@pytest.fixture
def big(buy):
    """An order of which more than one person may give back alone."""
    found = buy(15_000)
    assert found.amount > 10_000
    return found


def ask(order, who, amount=None, **more):
    given = {"reason": "a mistake", "include_spent": False, **more}
    return refund_ask(order_id=order.pk, amount=amount or order.amount, actor_party_id=who.party_id, **given)


def approve(request, who):
    return refund_approve(request_id=request.pk, reason="looked at it", actor_party_id=who.party_id)


def balance():
    return Wallet.objects.get().balance_coins


class TestAlone:
    def test_the_page_shows_what_it_takes_and_then_takes_it(self, staff, fiona, order, give, alice):
        give("rocket", 30)
        page = f"{ORDERS}{order.pk}/refund/"
        assert f'href="{page}"' in staff.get(f"{ORDERS}{order.pk}/change/").text
        assert 'value="10.61"' in staff.get(page).text
        said = {"amount": "10.61", "reason": "stolen card", "include_spent": "on"}
        shown = staff.post(page, {**said, "shown": "yes"}).text
        for told in ("400 COIN", "alice", "5.70 USD", "10.61 USD", 'name="confirmed"'):
            assert told in shown, told
        assert not Refund.objects.exists()
        assert not Transaction.objects.filter(kind="refund").exists()
        assert balance() == 400
        done = staff.post(page, {**said, "confirmed": "yes"}, follow=True)
        assert "10.61 USD: Made." in done.text
        refund = Refund.objects.get()
        assert (refund.amount, refund.state, refund.asked_by_id) == (1061, RefundState.MADE, fiona.party_id)
        assert (balance(), owed("pending", alice)) == (0, 0)
        asked = RefundRequest.objects.get()
        assert (asked.alone, asked.state, asked.refund, asked.decided_by) == (
            True,
            RequestState.APPROVED,
            refund,
            None,
        )
        assert AuditEvent.objects.get(action="order.refund_asked").reason == "stolen card"
        assert "Refund</a>" not in staff.get(f"{ORDERS}{order.pk}/change/").text, "nothing is left"

    @pytest.mark.parametrize("whose", ["party_id", "creator_id"])
    def test_nobody_decides_about_their_own_money(self, tip, fiona, george, make_staff, whose):
        Order.objects.filter(pk=tip.pk).update(**{whose: fiona.party_id})
        asked = ask(tip, fiona)
        assert (asked.alone, asked.state, Refund.objects.exists()) == (False, RequestState.WAITING, False)
        refund_refuse(request_id=asked.pk, reason="no", actor_party_id=george.party_id)
        Order.objects.filter(pk=tip.pk).update(**{whose: george.party_id})
        asked = ask(tip, george)
        assert approve(asked, fiona).state == RequestState.APPROVED

    def test_nor_approves_it(self, big, fiona, george):
        asked = ask(big, fiona)
        Order.objects.filter(pk=big.pk).update(party_id=george.party_id)
        with pytest.raises(SecondPersonNeeded):
            approve(asked, george)
        assert not Refund.objects.exists()

    def test_spent_coins_stay_where_they_went_unless_said(self, staff, order, give, alice):
        give("rocket", 30)
        page = f"{ORDERS}{order.pk}/refund/"
        said = {"amount": "10.61", "reason": "a mistake", "confirmed": "yes"}
        assert "At most 4.24 USD" in staff.post(page, said).text
        assert not Refund.objects.exists()
        assert not RefundRequest.objects.exists()
        staff.post(page, {**said, "amount": "4.24"})
        assert (balance(), owed("pending", alice)) == (0, 570)

    def test_a_tip_in_part(self, staff, tip, alice):
        page = f"{ORDERS}{tip.pk}/refund/"
        assert "include_spent" not in staff.get(page).text
        staff.post(page, {"amount": "2.50", "reason": "half of it", "confirmed": "yes"})
        assert Refund.objects.get().amount == 250
        assert entries_of(newest("refund").pk)["provider"] == -250
        assert 0 < owed("pending", alice) < 431

    @pytest.mark.parametrize(
        "amount", ["0", "-1", "10.62", "0.005", "1e1", "NaN", "Infinity", "1,00", "", "x", "9" * 12]
    )
    def test_other_amounts(self, staff, order, amount):
        said = {"amount": amount, "reason": "a mistake", "confirmed": "yes"}
        answer = staff.post(f"{ORDERS}{order.pk}/refund/", said)
        assert answer.status_code == 200
        assert "errorlist" in answer.text
        assert not RefundRequest.objects.exists()
        assert balance() == 1000

    def test_without_a_reason(self, staff, order):
        said = {"amount": "1.00", "reason": " ", "confirmed": "yes"}
        assert "errorlist" in staff.post(f"{ORDERS}{order.pk}/refund/", said).text
        assert not RefundRequest.objects.exists()

    def test_splitting_ends_at_the_limit_of_a_day(self, fiona, george, big, settings):
        settings.REFUND_ALONE_MOST = 5_000
        assert ask(big, fiona, 3_000).refund is not None
        assert left_alone(actor_party_id=fiona.party_id) == 2_000
        waits = ask(big, fiona, 2_001)
        assert (waits.refund, waits.state) == (None, RequestState.WAITING)
        approve(waits, george)
        assert ask(big, fiona, 2_000).refund is not None, "what two decided does not count"
        assert ask(big, george, 5_000).refund is not None, "it is counted by person"
        with time_machine.travel(timezone.now() + timedelta(hours=24, seconds=1)):
            assert left_alone(actor_party_id=fiona.party_id) == 5_000

    def test_the_page_says_when_a_second_person_is_needed(self, fiona, george, buy):
        order = buy(60_000)
        (rows,) = tables("Refunds by one person or two")
        assert len(rows) == 5
        for day, (before, wanted, second) in enumerate(rows):
            with time_machine.travel(timezone.now() + timedelta(hours=25 * day)):
                if cents(before):
                    ask(order, fiona, cents(before))
                asked = ask(order, fiona, cents(wanted))
                assert asked.alone is (second == "no"), (before, wanted)
                if not asked.alone:
                    refund_refuse(request_id=asked.pk, reason="only tried", actor_party_id=george.party_id)

    def test_what_the_provider_did_not_pay_counts_no_more(self, fiona, buy, sandbox):
        order = buy(card=REFUND_FAILS)
        made = ask(order, fiona).refund
        with sandbox.account.store.lock:
            sandbox.account.refund_fail(sandbox.account.store.objects[made.provider_id])
        sandbox.tell()
        events_handle()
        assert left_alone(actor_party_id=fiona.party_id) == 10_000
        assert balance() == 1000

    def test_what_cannot_be(self, fiona, buy, sandbox, order):
        with pytest.raises(AmountInvalid):
            ask(order, fiona, order.amount + 1)
        ask(order, fiona)
        with pytest.raises(AmountInvalid):
            ask(order, fiona, 1)
        disputed = buy(600, DISPUTED)
        with pytest.raises(NotRefundable) as refused:
            ask(disputed, fiona)
        assert refused.value.details["reason"] == "disputed"

    def test_a_warned_payment_goes_back_before_it_is_disputed(self, staff, buy, sandbox):
        """The wallet is frozen by the warning, so that nothing is spent until then."""
        order = buy(card=WARNED)
        listed = staff.get("/admin/payments/fraudwarning/").text
        assert "refund now" in listed
        filled = staff.get(f"{ORDERS}{order.pk}/refund/?reason=The+bank+warned+of+fraud&spent=1").text
        assert "The bank warned of fraud" in filled
        assert "checked" in filled
        said = {"amount": "10.61", "reason": "the bank warned", "include_spent": "on", "confirmed": "yes"}
        staff.post(f"{ORDERS}{order.pk}/refund/", said)
        assert Refund.objects.get().state == RefundState.MADE
        assert Wallet.objects.get().frozen == Wallet.Frozen.WARNING, "staff free it when that is cleared"
        sandbox.tell()
        events_handle()
        assert not FraudWarning.objects.get().actionable
        assert "too late" in staff.get("/admin/payments/fraudwarning/").text


class TestByTwo:
    def test_asked_for_and_approved_by_another_one(self, staff, other, fiona, george, big, sandbox):
        said = {"amount": f"{big.amount / 100:.2f}", "reason": "sold twice", "confirmed": "yes"}
        told = staff.post(f"{ORDERS}{big.pk}/refund/", said, follow=True).text
        assert "a second person has to approve" in told
        waits = RefundRequest.objects.get()
        assert (balance(), Refund.objects.count(), len(sandbox.account.store.all("refund"))) == (15_000, 0, 0)
        choice = {"action": "approve", "_selected_action": [str(waits.pk)]}
        reason = {"reason": "looked at it", "confirmed": "yes"}
        assert "Somebody else has to decide" in staff.post(REQUESTS, {**choice, **reason}, follow=True).text
        assert balance() == 15_000
        assert 'name="reason"' in other.post(REQUESTS, choice).text
        assert balance() == 15_000
        assert "1 done, 0 passed over" in other.post(REQUESTS, {**choice, **reason}, follow=True).text
        waits.refresh_from_db()
        assert (waits.state, waits.decided_by_id) == (RequestState.APPROVED, george.party_id)
        assert waits.refund is not None
        assert waits.refund.state == RefundState.MADE
        assert waits.refund.asked_by_id == fiona.party_id
        assert balance() == 0
        assert "decided meanwhile" in other.post(REQUESTS, {**choice, **reason}, follow=True).text
        assert Refund.objects.count() == len(sandbox.account.store.all("refund")) == 1
        done = AuditEvent.objects.filter(target=f"order:{big.pk}").order_by("id")
        assert [(event.action, event.actor_party_id) for event in done] == [
            ("order.refund_requested", fiona.party_id),
            ("order.refund_asked", fiona.party_id),
            ("order.refund_approved", george.party_id),
        ]

    def test_refused(self, other, fiona, george, big):
        waits = ask(big, fiona)
        choice = {
            "action": "refuse",
            "_selected_action": [str(waits.pk)],
            "reason": "it was used",
            "confirmed": "yes",
        }
        other.post(REQUESTS, choice)
        waits.refresh_from_db()
        assert (waits.state, waits.decided_reason, waits.refund) == (
            RequestState.REFUSED,
            "it was used",
            None,
        )
        assert balance() == 15_000
        with pytest.raises(RequestDecided):
            approve(waits, george)
        assert ask(big, fiona).state == RequestState.WAITING, "one may ask again"

    def test_one_waits_for_an_order(self, fiona, george, big):
        waits = ask(big, fiona)
        with pytest.raises(RequestWaits) as refused:
            ask(big, george, 100)
        assert refused.value.details["request_id"] == str(waits.pk)

    def test_nobody_decides_for_seven_days(self, fiona, george, big):
        waits = ask(big, fiona)
        with time_machine.travel(timezone.now() + timedelta(days=7, seconds=1)):
            with pytest.raises(RequestDecided):
                approve(waits, george)
            staff_remind()
            waits.refresh_from_db()
            assert waits.state == RequestState.EXPIRED
            assert balance() == 15_000
            assert AuditEvent.objects.filter(action="order.refund_expired", actor_party_id=None).count() == 1
            staff_remind()
        assert AuditEvent.objects.filter(action="order.refund_expired").count() == 1

    def test_what_was_spent_meanwhile_is_not_given_back_by_an_approval(self, fiona, george, big, give):
        waits = ask(big, fiona)
        give("mansion")
        with pytest.raises(AmountInvalid):
            approve(waits, george)
        waits.refresh_from_db()
        assert waits.state == RequestState.WAITING, "to be refused, or to expire"
        assert not Refund.objects.exists()

    def test_what_could_not_be_made_is_not_asked_for(self, fiona, big, give):
        give("mansion")
        with pytest.raises(AmountInvalid):
            ask(big, fiona)
        assert not RefundRequest.objects.exists()
        assert ask(big, fiona, include_spent=True).state == RequestState.WAITING
        assert balance() == 14_900

    def test_the_asker_decides_on_nothing(self, fiona, big):
        waits = ask(big, fiona)
        for decide in (refund_approve, refund_refuse):
            with pytest.raises(SecondPersonNeeded):
                decide(request_id=waits.pk, reason="me too", actor_party_id=fiona.party_id)
        with pytest.raises(IntegrityError, match="refund_request_takes_two"), transaction.atomic():
            RefundRequest.objects.filter(pk=waits.pk).update(
                state="refused", decided_by=fiona.party_id, decided_at=timezone.now()
            )

    def test_the_database_takes_no_approval_without_its_refund(self, fiona, george, big):
        waits = ask(big, fiona)
        with pytest.raises(IntegrityError, match="refund_request_says_who_decided"), transaction.atomic():
            RefundRequest.objects.filter(pk=waits.pk).update(
                state="approved", decided_by=george.party_id, decided_at=timezone.now()
            )

    def test_a_provider_that_is_away_pays_later_and_once(self, fiona, george, big, sandbox):
        waits = ask(big, fiona)
        sandbox.faults = ["lose"] * 3
        refund = approve(waits, george).refund
        assert (refund.state, balance()) == (RefundState.ASKED, 0)
        refunds_look()
        refund.refresh_from_db()
        assert refund.state == RefundState.MADE
        assert len(sandbox.account.store.all("refund")) == 1


def test_others_do_neither(make_user, browser_of, order, fiona, big):
    waits = ask(big, fiona)
    for user, expected in (
        (make_user("plain"), 302),
        (make_user("supporter", is_staff=True), 403),
    ):
        client = browser_of(user)
        assert client.get(f"{ORDERS}{order.pk}/refund/").status_code == expected
        said = {"amount": "1.00", "reason": "for me", "confirmed": "yes"}
        assert client.post(f"{ORDERS}{order.pk}/refund/", said).status_code == expected
        choice = {
            "action": "approve",
            "_selected_action": [str(waits.pk)],
            "reason": "for me",
            "confirmed": "yes",
        }
        assert client.post(REQUESTS, choice).status_code == expected
    assert not Refund.objects.exists()


def test_looking_at_what_a_refund_takes_leaves_nothing(fiona, order, give):
    give("rocket", 30)
    before = (Transaction.objects.count(), AuditEvent.objects.count(), balance())
    (table,) = refund_preview(
        order_id=order.pk, amount=order.amount, include_spent=True, actor_party_id=fiona.party_id
    )
    assert ["out of what they have pending", "alice", "5.70 USD"] in [list(row) for row in table.rows]
    assert (Transaction.objects.count(), AuditEvent.objects.count(), balance()) == before


def test_an_order_that_is_not_there(staff):
    assert staff.get(f"{ORDERS}{uuid.uuid4()}/refund/").status_code == 404
    assert not Order.objects.exists()
