"""A sale that goes back twice at once: to its buyer, to a bank, or while it becomes available to its creator."""

import time
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from payments import earnings, taking
from payments.answers import Card, Charge, DisputeSeen, Intent, Settled
from payments.earnings import earnings_release, sale_book
from payments.errors import AmountInvalid
from payments.ledger.folding import fold
from payments.models import Earning, EarningSource, Taking
from payments.orders import refunds
from payments.orders.chargebacks import dispute_converge
from payments.orders.errors import NotRefundable
from payments.orders.goods import GOODS, Goods, paid_key
from payments.orders.looking import Seen, order_converge
from payments.orders.models import Flow, Order, Payment, Purpose, Refund
from payments.orders.refunds import refund_take
from payments.spending import coins_spend, spend_refund
from tests.concurrency.racing import at_once, locks_removed
from tests.payments.books import buy, differences, owed

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

LATER = timedelta(days=8)


@pytest.fixture
def ticket(bob, alice, monkeypatch) -> Order:
    """Of bob, for ten dollars that are alice's to earn, charged long ago; the books are all that sells it."""

    def paid(payment: Payment) -> None:
        sale_book(
            source=EarningSource.TICKET,
            creator_id=alice.party_id,
            stream_id=None,
            gross=payment.settled_amount,
            processing=payment.settled_fee,
            order_reference=str(payment.order_id),
            charged_at=payment.charged_at,
            key=paid_key(payment.order),
        )

    monkeypatch.setitem(GOODS, Purpose.TICKET, Goods(paid=paid))
    now = timezone.now()
    order = Order.objects.create(
        party=bob.party, purpose=Purpose.TICKET, flow=Flow.INTENT, amount=1000, currency="usd", creator=alice.party,
        title="Ticket", intent_id="pi_1", created_at=now, expires_at=now, look_at=now,
    )  # fmt: skip
    settled = Settled("txn_1", "charge", 1000, 59, 941, "usd", "", "ch_1", now - LATER)
    charge = Charge("ch_1", "pi_1", 1000, 0, "usd", False, Card(), settled, now - LATER)
    intent = Intent("pi_1", "succeeded", 1000, 1000, "usd", str(order.pk), charge, None, "")
    return order_converge(order_id=order.pk, seen=Seen(None, intent))


def refund(order: Order, amount: int | None = None) -> Refund:
    return refund_take(order_id=order.pk, amount=amount, reason="twice at once", actor_party_id=None)


def dispute(name: str = "du_1") -> None:
    now = timezone.now()
    dispute_converge(
        seen=DisputeSeen(name, "needs_response", "fraudulent", 1000, "usd", "ch_1", "", None, (), now)
    )


def slowly(monkeypatch: Any, module: Any, name: str) -> None:
    """Hold the window open between what was read and what is written."""
    real = getattr(module, name)

    def slow(*args: Any, **kwargs: Any) -> Any:
        time.sleep(0.3)
        return real(*args, **kwargs)

    monkeypatch.setattr(module, name, slow)


@pytest.fixture
def unlocked(monkeypatch):
    """Neither rows nor creators are locked."""
    for module in (taking, earnings):
        monkeypatch.setattr(module, "creator_lock", lambda creator_id: None)
    with locks_removed(monkeypatch):
        yield


def in_order() -> bool:
    fold()
    return differences() == []


def failed(outcomes: list[Any]) -> list[type]:
    return [type(outcome) for outcome in outcomes if isinstance(outcome, Exception)]


def test_of_two_refunds_that_are_more_than_the_whole_one_is_refused(ticket, alice, monkeypatch):
    slowly(monkeypatch, refunds, "refund_book")
    outcomes = at_once(3, lambda _: refund(ticket, 600))
    assert failed(outcomes) == [AmountInvalid] * 2
    assert Refund.objects.get().amount == 600
    assert owed("pending", alice) == 891 - 535
    assert in_order()


@pytest.mark.usefixtures("unlocked")
def test_without_the_locks_more_goes_back_than_came(ticket, monkeypatch):
    slowly(monkeypatch, refunds, "refund_book")
    at_once(2, lambda _: refund(ticket, 600))
    assert sum(Refund.objects.values_list("amount", flat=True)) == 1200
    assert not in_order()


def test_a_refund_and_a_dispute_at_once_take_it_once(ticket, alice, monkeypatch):
    slowly(monkeypatch, refunds, "refund_book")
    acts: list[Any] = [lambda: refund(ticket), dispute]
    outcomes = at_once(2, lambda number: acts[number]())
    assert failed(outcomes) in ([], [NotRefundable])
    assert sum(Taking.objects.values_list("part", flat=True)) == 1000
    assert Earning.objects.get().back == 1000
    assert owed("pending", alice) == 0
    assert in_order()


@pytest.mark.usefixtures("unlocked")
def test_without_the_locks_both_take_it(ticket, monkeypatch):
    slowly(monkeypatch, refunds, "refund_book")
    acts: list[Any] = [lambda: refund(ticket), dispute]
    at_once(2, lambda number: acts[number]())
    assert sum(Taking.objects.values_list("part", flat=True)) == 2000
    assert not in_order()


def test_what_is_released_while_it_is_refunded_is_taken_from_one_place(ticket, alice, monkeypatch):
    slowly(monkeypatch, taking, "pending_take")
    acts: list[Any] = [
        lambda: refund(ticket, 500),
        earnings_release,
        lambda: refund(ticket, 500),
        earnings_release,
    ]
    outcomes = at_once(4, lambda number: acts[number]())
    assert failed(outcomes) == []
    earnings_release()
    assert owed("pending", alice) == 0
    assert owed("available", alice) + owed("debt", alice) == 0, "of a sale that went back nothing is left"
    assert in_order()


@pytest.mark.usefixtures("unlocked")
def test_without_the_locks_it_is_taken_and_released_too(ticket, alice, monkeypatch):
    real = earnings.pending_take

    def slow(*args: Any) -> int:
        taken = real(*args)
        time.sleep(0.5)
        return taken

    monkeypatch.setattr(taking, "pending_take", slow)

    def release() -> int:
        time.sleep(0.25)  # when what is pending was read, and the taking is not committed
        return earnings_release()

    acts: list[Any] = [lambda: refund(ticket), release]
    at_once(2, lambda number: acts[number]())
    assert owed("pending", alice) < 0
    assert not in_order()


def test_coins_come_back_once_however_often_they_are_asked_for(bob, alice, monkeypatch):
    buy(bob, 100, order="order-1")
    paid = coins_spend(
        source=EarningSource.TICKET, payer_id=bob.party_id, creator_id=alice.party_id, stream_id=None, coins=60,
        key="ticket", content={},
    )  # fmt: skip
    outcomes = at_once(
        4, lambda number: spend_refund(transaction_id=paid.transaction_id, key=f"back-{number}")
    )
    assert outcomes == [None] * 4
    assert Taking.objects.get().part == 60
    assert owed("wallet", bob) == 100
    assert in_order()


@pytest.mark.usefixtures("unlocked")
def test_without_the_locks_they_come_back_twice(bob, alice, monkeypatch):
    from payments import spending

    buy(bob, 200, order="order-1")
    paid = coins_spend(
        source=EarningSource.TICKET, payer_id=bob.party_id, creator_id=alice.party_id, stream_id=None, coins=60,
        key="ticket", content={},
    )  # fmt: skip
    slowly(monkeypatch, spending, "take")
    at_once(2, lambda number: spend_refund(transaction_id=paid.transaction_id, key=f"back-{number}"))
    assert owed("wallet", bob) == 260
    assert not in_order()
