"""Two people approve one refund, one person splits a refund in two, at the same moment."""

import threading

import pytest
from django.contrib.auth.models import Group

from payments.models import Wallet
from payments.orders.models import Order, Refund
from payments.orders.webhooks import events_handle
from payments.staff import refunding
from payments.staff.errors import RequestDecided
from payments.staff.models import RefundRequest, RequestState
from payments.staff.refunding import refund_approve, refund_ask
from tests.concurrency.racing import at_once, locks_removed
from tests.concurrency.test_payment_races import buyer, order_coins, slowly  # noqa: F401 - a fixture
from tests.payments.books import differences
from tests.payments.stripe.conftest import sandbox  # noqa: F401 - a fixture
from tests.payments.stripe.test_sandbox import PAYS

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def people(make_user):
    """Of finance: who asks, and two who may decide."""
    made = [make_user(name, is_staff=True) for name in ("fiona", "george", "helen")]
    group, _ = Group.objects.get_or_create(name="finance")
    for user in made:
        user.groups.add(group)
    return made


@pytest.fixture
def order(sandbox, buyer):  # noqa: F811
    begun = order_coins(buyer, 15_000)
    sandbox.open_page(begun.url, do="pay", card=PAYS)
    sandbox.tell()
    while events_handle():
        pass
    return Order.objects.get()


def asked_for(order, who, amount):
    return refund_ask(
        order_id=order.pk,
        amount=amount,
        reason="a mistake",
        include_spent=False,
        actor_party_id=who.party_id,
    )


def meeting(monkeypatch, module, name):
    """Two who are not held apart by a lock wait here for each other, however slow the machine is."""
    real, both = getattr(module, name), threading.Barrier(2)

    def meet(*args, **kwargs):
        both.wait(20)
        return real(*args, **kwargs)

    monkeypatch.setattr(module, name, meet)


class TestTwoApprove:
    """Half of an order: what is left would be enough for a second refund of the same size."""

    def approve_twice(self, order, people, monkeypatch, hold=slowly):
        fiona, *others = people
        monkeypatch.setattr("django.conf.settings.REFUND_ALONE_MOST", 100)
        waits = asked_for(order, fiona, order.amount // 2)
        hold(monkeypatch, refunding, "refund_take")

        def approve(number):
            return refund_approve(
                request_id=waits.pk, reason="looked at it", actor_party_id=others[number].party_id
            )

        return at_once(2, approve)

    def test_it_is_made_once(self, order, people, monkeypatch, sandbox):  # noqa: F811
        outcomes = self.approve_twice(order, people, monkeypatch)
        assert sorted(type(one).__name__ for one in outcomes) == ["RefundRequest", "RequestDecided"], outcomes
        assert any(isinstance(one, RequestDecided) for one in outcomes)
        assert Refund.objects.count() == len(sandbox.account.store.all("refund")) == 1
        assert Wallet.objects.get().balance_coins == 7_501, "of half a cent nobody has half"
        assert RefundRequest.objects.get().state == RequestState.APPROVED
        assert differences() == []

    def test_without_the_lock_it_is_made_twice(self, order, people, monkeypatch):
        with locks_removed(monkeypatch):
            self.approve_twice(order, people, monkeypatch, hold=meeting)
        assert Refund.objects.count() == 2


class TestOneSplitsInTwo:
    def split(self, order, people, monkeypatch, hold=slowly):
        monkeypatch.setattr("django.conf.settings.REFUND_ALONE_MOST", 5_000)
        hold(monkeypatch, refunding, "left_alone")
        return at_once(2, lambda number: asked_for(order, people[0], 4_000 + number))

    def test_the_second_one_waits(self, order, people, monkeypatch):
        outcomes = self.split(order, people, monkeypatch)
        assert {one.alone for one in outcomes} == {True, False}, outcomes
        assert Refund.objects.count() == 1
        assert differences() == []

    def test_without_the_lock_both_go(self, order, people, monkeypatch):
        monkeypatch.setattr(refunding, "_one_at_a_time", lambda party_id: None)
        with locks_removed(monkeypatch):
            self.split(order, people, monkeypatch, hold=meeting)
        assert Refund.objects.count() == 2
