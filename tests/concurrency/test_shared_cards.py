"""Two who pay with one card at the same moment: the second one sees the first."""

import time
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from payments.creators import cards
from payments.creators.cards import card_note
from payments.creators.models import SharedCard
from payments.orders.models import Flow, Order, Payment, Purpose
from tests.concurrency.racing import at_once

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]


def settle(order: Order) -> None:
    """As ``payments.orders.looking`` does, and slow to commit."""
    with transaction.atomic():
        payment = Payment.objects.create(
            order=order, intent_id=f"pi_{order.pk}", charge_id=f"ch_{order.pk}", movement_id=f"txn_{order.pk}",
            settled_amount=500, settled_fee=45, settled_currency="usd", card_fingerprint="one card",
            charged_at=timezone.now(),
        )  # fmt: skip
        card_note(payment)
        time.sleep(0.2)


@pytest.fixture
def orders(alice: Any, bob: Any) -> list[Order]:
    now = timezone.now()
    return [
        Order.objects.create(
            party_id=user.party_id, purpose=Purpose.COINS, flow=Flow.CHECKOUT, amount=500, currency="usd", coins=100,
            title="Coins", created_at=now, expires_at=now, look_at=now,
        )
        for user in (alice, bob)
    ]  # fmt: skip


def test_both_are_a_pair(orders: list[Order]) -> None:
    assert at_once(2, lambda number: settle(orders[number])) == [None, None]

    assert SharedCard.objects.count() == 1


def test_without_the_lock_neither_sees_the_other(
    orders: list[Order], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cards, "lock_until_commit", lambda name: None)
    at_once(2, lambda number: settle(orders[number]))

    assert not SharedCard.objects.exists()
