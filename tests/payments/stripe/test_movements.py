"""The provider's own account of our balance, and the books."""

import uuid
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from payments.models import Dispute, Wallet
from payments.orders.models import Movement, Payment, Refund, RefundState
from payments.orders.movements import movements_fetch, provider_agrees
from payments.orders.refunds import order_refund
from payments.orders.tasks import movements_fetch as movements_fetch_task
from tests.payments.books import differences
from tests.payments.stripe.test_money_back import charge_of, told
from tests.payments.stripe.test_orders import order_coins, pay
from tests.payments.stripe.test_sandbox import PAYS, REFUND_FAILS


@pytest.fixture
def buy(sandbox, bob, api_of):

    def buy(coins, card=PAYS):
        pay(sandbox, order_coins(api_of(bob), coins), card)
        told(sandbox)
        return Payment.objects.latest("id").order

    return buy


@pytest.fixture
def later():
    """Lines are compared once they had time to come into the books."""
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        yield


def said():
    return [(found.what.split(" txn_")[0].split(" ch_")[0], found.amount) for found in provider_agrees()]


def test_each_line_is_kept_once_and_agrees(sandbox, sandbox_gateway, bob, admin, buy, later):
    order_refund(order_id=buy(500).pk, amount=100, reason="x", actor_party_id=admin.party_id)
    failing = order_refund(
        order_id=buy(600, REFUND_FAILS).pk, amount=None, reason="x", actor_party_id=admin.party_id
    )
    disputed = buy(700)
    with sandbox.account.store.lock:
        sandbox.account.refund_fail(sandbox.account.store.objects[failing.provider_id])
        sandbox.account.dispute_close(sandbox.account.dispute_open(charge_of(sandbox, disputed)), won=True)
    told(sandbox)
    assert movements_fetch() == Movement.objects.count() == 8
    assert movements_fetch() == 0
    Movement.objects.update(at=timezone.now() - timedelta(hours=1, minutes=1))
    assert said() == []


def test_refunds_and_disputes_that_nobody_told_us_of(sandbox, sandbox_gateway, bob, buy):
    order, disputed = buy(500), buy(600)
    sandbox_gateway.refund_create(
        refund_id=uuid.uuid4(), charge_id=Payment.objects.get(order=order).charge_id, amount=order.amount
    )
    with sandbox.account.store.lock:
        sandbox.account.dispute_open(charge_of(sandbox, disputed))
    assert len(sandbox.lose()) == 4
    movements_fetch_task()
    assert Refund.objects.get().state == RefundState.MADE
    assert Dispute.objects.count() == 1
    assert (Wallet.objects.get().balance_coins, Wallet.objects.get().frozen) == (0, "dispute")


def test_a_provider_that_is_away_while_we_look_is_asked_again(sandbox, sandbox_gateway, buy):
    order = buy(500)
    with sandbox.account.store.lock:
        sandbox.account.dispute_open(charge_of(sandbox, order))
    sandbox.lose()
    real = sandbox.answer

    def away_for_disputes(asked):
        return None if "/disputes/" in asked.path else real(asked)

    sandbox.answer = away_for_disputes
    with pytest.raises(Exception, match="APIConnectionError"):
        movements_fetch()
    assert not Movement.objects.exists()
    sandbox.answer = real
    assert movements_fetch() == 2
    assert Dispute.objects.count() == 1


def test_what_differs_is_named_by_amount(sandbox, bob, buy):
    order = buy(500)
    payment = Payment.objects.get(order=order)
    movements_fetch()
    hours_ago = timezone.now() - timedelta(hours=2)
    Movement.objects.filter(pk=payment.movement_id).update(net=500 + 7, at=hours_ago)
    booked = payment.settled_amount - payment.settled_fee
    Movement.objects.create(
        id="txn_x", kind="charge", amount=1000, fee=59, net=941, currency="usd", source="ch_x", at=hours_ago
    )
    assert sorted(said()) == [
        ("the provider's charge", 507 - booked),
        ("the provider's charge", 941),
    ]
    Movement.objects.create(
        id="txn_new",
        kind="payout",
        amount=-5,
        fee=0,
        net=-5,
        currency="usd",
        source="po_x",
        at=timezone.now(),
    )
    Movement.objects.exclude(pk="txn_new").delete()
    Payment.objects.update(charged_at=timezone.now() - timedelta(days=2))
    assert said() == [("the provider has no charge", -booked)]


@pytest.mark.django_db(transaction=True)
def test_it_is_part_of_the_nightly_look(sandbox, bob, buy):
    buy(500)
    movements_fetch()
    Movement.objects.update(at=timezone.now() - timedelta(hours=2))
    assert differences() == []
    Movement.objects.update(net=1)
    assert [found["amount"] < 0 for found in differences()] == [True]
