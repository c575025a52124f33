"""Two events of one order, two orders of one person, two refunds of one lot, at the same moment."""

import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError
from django.utils import timezone

from accounts.models import User
from payments.models import CoinLot, Wallet
from payments.orders import goods, looking, refunds, services, webhooks
from payments.orders.errors import NotRefundable, SpendLimitReached
from payments.orders.limits import spending_check
from payments.orders.looking import orders_look
from payments.orders.models import (
    EventState,
    Flow,
    Order,
    OrderState,
    Payment,
    ProviderEvent,
    Receipt,
    Refund,
)
from payments.orders.prices import offer_of_coins
from payments.orders.refunds import order_refund
from payments.orders.services import coins_order
from payments.orders.webhooks import events_handle
from tests.concurrency.racing import at_once, locks_removed
from tests.payments.books import differences
from tests.payments.stripe.conftest import sandbox  # noqa: F401 - a fixture
from tests.payments.stripe.test_sandbox import PAYS

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def buyer(bob):
    User.objects.filter(pk=bob.pk).update(date_joined=timezone.now() - timedelta(days=30))
    bob.refresh_from_db()
    return bob


def order_coins(user: User, coins: int = 500) -> Any:
    return coins_order(
        user=user,
        offer=offer_of_coins(coins=coins, currency="usd"),
        flow=Flow.CHECKOUT,
        address="203.0.113.7",
        back_to="http://busk.test/wallet",
    )


@pytest.fixture
def paid(sandbox, buyer):  # noqa: F811
    """An order that was paid, and both events that tell of it, kept and not handled."""
    begun = order_coins(buyer)
    sandbox.open_page(begun.url, do="pay", card=PAYS)
    wanted = {"checkout.session.completed", "payment_intent.succeeded"}
    sandbox.tell(lambda waiting: [one for one in waiting if one.kind in wanted])
    assert ProviderEvent.objects.filter(state=EventState.WAITING).count() == 2
    return begun.order


def slowly(monkeypatch, module, name, seconds=0.5):
    real = getattr(module, name)

    def slow(*args, **kwargs):
        time.sleep(seconds)
        return real(*args, **kwargs)

    monkeypatch.setattr(module, name, slow)


def booked_once(user):
    assert Wallet.objects.get(pk=user.party_id).balance_coins == 500
    assert Payment.objects.count() == Receipt.objects.count() == CoinLot.objects.count() == 1
    assert Order.objects.get().state == OrderState.PAID
    assert differences() == []
    return True


def test_both_events_and_the_clock_at_once_book_it_once(paid, buyer, monkeypatch):
    slowly(monkeypatch, goods, "coins_credit")
    Order.objects.update(look_at=timezone.now())
    work = [events_handle, events_handle, orders_look, lambda: looking.order_look(order_id=paid.pk)]
    outcomes = at_once(4, lambda number: work[number]())
    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    while events_handle():
        pass
    assert booked_once(buyer)
    assert set(ProviderEvent.objects.values_list("state", flat=True)) == {EventState.HANDLED}


def test_without_the_lock_they_run_into_each_other(paid, monkeypatch):
    """What keeps the money right even then is the database; but the second of two fails at it."""
    slowly(monkeypatch, goods, "coins_credit")
    with locks_removed(monkeypatch):
        outcomes = at_once(2, lambda number: looking.order_look(order_id=paid.pk))
    assert [type(outcome) for outcome in outcomes if isinstance(outcome, Exception)] == [IntegrityError]
    assert Payment.objects.count() == CoinLot.objects.count() == 1


def test_one_event_is_handled_by_one(paid, monkeypatch):
    handled = []
    real = webhooks._handle

    def counting(event):
        handled.append(event.event_id)
        time.sleep(0.1)
        real(event)

    monkeypatch.setattr(webhooks, "_handle", counting)
    at_once(4, lambda number: events_handle())
    assert len(handled) == len(set(handled)) == 2


def test_without_the_lock_several_handle_one(paid, monkeypatch):
    handled = []
    real_save = ProviderEvent.save

    def slow_save(self, *args, **kwargs):
        time.sleep(0.2)
        return real_save(self, *args, **kwargs)

    monkeypatch.setattr(ProviderEvent, "save", slow_save)
    monkeypatch.setattr(webhooks, "_handle", lambda event: handled.append(event.event_id))
    with locks_removed(monkeypatch):
        at_once(4, lambda number: events_handle())
    assert len(handled) > len(set(handled))


@pytest.mark.usefixtures("sandbox")
class TestSpending:
    @pytest.fixture(autouse=True)
    def _limit(self, settings):
        settings.SPEND_A_DAY = 1500

    def ordered(self, user):
        """Four orders, each of other coins, of which two fit."""
        return at_once(4, lambda number: order_coins(user, 500 + number))

    def test_orders_at_once_stay_within_the_limit(self, buyer, monkeypatch):
        slowly(monkeypatch, services, "spending_check", 0.1)
        outcomes = self.ordered(buyer)
        refused = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
        assert [type(error) for error in refused] == [SpendLimitReached] * 2
        assert sum(Order.objects.values_list("amount", flat=True)) <= 1500

    def test_without_the_lock_they_do_not(self, buyer, monkeypatch):
        def slow(**kwargs):
            spending_check(**kwargs)
            time.sleep(0.2)

        monkeypatch.setattr(services, "spending_check", slow)
        with locks_removed(monkeypatch):
            self.ordered(buyer)
        assert sum(Order.objects.values_list("amount", flat=True)) > 1500

    def test_the_same_order_at_once_is_one(self, buyer, sandbox):  # noqa: F811
        outcomes = at_once(4, lambda number: order_coins(buyer))
        urls = {outcome.url for outcome in outcomes if not isinstance(outcome, Exception)}
        assert len(urls) == 1
        assert Order.objects.count() == len(sandbox.account.store.all("checkout.session")) == 1


def test_the_same_coins_are_given_back_once(paid, buyer, admin, sandbox, monkeypatch):  # noqa: F811
    while events_handle():
        pass
    slowly(monkeypatch, refunds, "refund_book")

    def give_back(_number):
        return order_refund(
            order_id=paid.pk, amount=None, reason="twice at once", actor_party_id=admin.party_id
        )

    outcomes = at_once(3, give_back)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == [
        NotRefundable.__name__,
        NotRefundable.__name__,
        Refund.__name__,
    ]
    assert len(sandbox.account.store.all("refund")) == 1
    assert Wallet.objects.get(pk=buyer.party_id).balance_coins == 0
    assert differences() == []


def test_receipts_of_many_at_once_have_no_gap(sandbox, make_user):  # noqa: F811
    people = [make_user(f"buyer{number}") for number in range(6)]
    begun = [order_coins(person) for person in people]
    for one in begun:
        sandbox.open_page(one.url, do="pay", card=PAYS)
    outcomes = at_once(6, lambda number: looking.order_look(order_id=begun[number].order.pk))
    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert sorted(Receipt.objects.values_list("number", flat=True)) == [1, 2, 3, 4, 5, 6]
