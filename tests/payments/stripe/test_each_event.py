"""Each kind of event that is of interest, alone: all others of its order are lost, and what it tells is done.

Source: https://docs.stripe.com/api/events/types
"""

import re
import uuid
from pathlib import Path

import pytest

from payments.models import Dispute, DisputeState, Wallet
from payments.orders.models import Chargeback, EventState, Order, OrderState, ProviderEvent, Refund
from payments.orders.webhooks import HANDLERS, events_handle
from payments.sandbox.cards import CARDS
from payments.staff.models import FraudWarning
from tests.payments.stripe.test_orders import order_coins, pay
from tests.payments.stripe.test_sandbox import CHALLENGE, PAYS, POOR, REFUND_FAILS, WARNED


class World:
    """What happens at the provider; nobody is told but of the one kind."""

    def __init__(self, sandbox, gateway, client):
        self.sandbox, self.gateway, self.client = sandbox, gateway, client
        self.account, self.store = sandbox.account, sandbox.account.store

    def hear(self, only):
        """Deliver the events of this kind and lose the others; the kind must have come."""
        kinds = [one.kind for one in self.sandbox.outbox._waiting]
        assert only in kinds, kinds
        self.sandbox.tell(lambda waiting: [one for one in waiting if one.kind == only])
        while events_handle():
            pass
        assert set(ProviderEvent.objects.filter(kind=only).values_list("state", flat=True)) == {
            EventState.HANDLED
        }

    def order(self, card=PAYS):
        pay(self.sandbox, order_coins(self.client), card)

    def booked(self, card=PAYS):
        """An order that we know to be paid."""
        self.order(card)
        self.hear("payment_intent.succeeded")
        return self.store.all("charge", status="succeeded")[0]

    def checkout(self):
        order_coins(self.client)
        return self.store.all("checkout.session")[0]

    def refunded(self, card=PAYS):
        charge = self.booked(card)
        self.gateway.refund_create(refund_id=uuid.uuid4(), charge_id=charge["id"], amount=charge["amount"])
        return self.store.all("refund")[0]

    def disputed(self):
        return self.account.dispute_open(self.booked())


def paid():
    return Order.objects.get().state == OrderState.PAID and Wallet.objects.get().balance_coins == 500


def state_is(state):
    return lambda: Order.objects.get().state == state


def later(world, paid_in_the_end):
    checkout = world.checkout()
    world.account.checkout_pay(checkout, CARDS[0], later=True)
    world.account.checkout_settle(checkout, CARDS[0], paid=paid_in_the_end)


def processing(world):
    world.account.checkout_pay(world.checkout(), CARDS[0], later=True)


def failed_refund(world):
    refund = world.refunded(REFUND_FAILS)
    world.hear("refund.created")
    assert Wallet.objects.get().balance_coins == 0
    world.account.refund_fail(refund)


def finished_refund(world):
    refund = world.refunded(REFUND_FAILS)
    world.hear("refund.created")
    world.account.refund_finish(refund)


def legacy_refund(world):
    """The same under its older name."""
    finished_refund(world)
    world.sandbox.outbox.put("charge.refund.updated", {**world.store.all("refund")[0]})


def answered(world):
    dispute = world.disputed()
    world.hear("charge.dispute.created")
    world.account.dispute_answer(dispute, {"evidence": {"uncategorized_text": "x"}, "submit": "true"})


def closed(won):
    def happen(world):
        dispute = world.disputed()
        world.account.dispute_close(dispute, won=won)

    return happen


def cancelled_in_app(world):
    order_coins(world.client, door="/api/payments/intent")
    world.account.intent_cancel(world.store.all("payment_intent")[0])


def warned_then_refunded(world):
    charge = world.booked(WARNED)
    world.sandbox.outbox.put(
        "radar.early_fraud_warning.created", world.store.all("radar.early_fraud_warning")[0]
    )
    world.hear("radar.early_fraud_warning.created")
    world.gateway.refund_create(refund_id=uuid.uuid4(), charge_id=charge["id"], amount=charge["amount"])


def gone():
    return Refund.objects.filter(state="made").exists() and Wallet.objects.get().balance_coins == 0


def given_again():
    return Refund.objects.filter(state="failed").exists() and Wallet.objects.get().balance_coins == 500


def dispute_is(state):
    return lambda: Dispute.objects.filter(state=state).exists()


def frozen(why):
    return lambda: Wallet.objects.get().frozen == why


# By kind: what happens at the provider, and what is then so with us.
EVENTS = {
    "checkout.session.completed": (World.order, paid),
    "checkout.session.async_payment_succeeded": (lambda world: later(world, True), paid),
    "checkout.session.async_payment_failed": (
        lambda world: later(world, False),
        lambda: Order.objects.get().declined == "payment_failed",
    ),
    "checkout.session.expired": (
        lambda world: world.account.checkout_expire(world.checkout()),
        state_is(OrderState.EXPIRED),
    ),
    "payment_intent.succeeded": (World.order, paid),
    "payment_intent.payment_failed": (
        lambda world: world.order(POOR),
        lambda: Order.objects.get().declined == "insufficient_funds",
    ),
    "payment_intent.requires_action": (
        lambda world: world.order(CHALLENGE),
        lambda: Order.objects.get().needs_action,
    ),
    "payment_intent.processing": (processing, state_is(OrderState.PROCESSING)),
    "payment_intent.canceled": (cancelled_in_app, state_is(OrderState.CANCELLED)),
    "charge.refunded": (World.refunded, gone),
    "charge.refund.updated": (legacy_refund, gone),
    "refund.created": (World.refunded, gone),
    "refund.updated": (finished_refund, gone),
    "refund.failed": (failed_refund, given_again),
    "charge.dispute.created": (World.disputed, frozen("dispute")),
    "charge.dispute.updated": (answered, lambda: Chargeback.objects.get().status == "under_review"),
    "charge.dispute.funds_withdrawn": (World.disputed, frozen("dispute")),
    "charge.dispute.funds_reinstated": (closed(True), dispute_is(DisputeState.WON)),
    "charge.dispute.closed": (closed(False), dispute_is(DisputeState.LOST)),
    "radar.early_fraud_warning.created": (lambda world: warned(world), frozen("warning")),
    "radar.early_fraud_warning.updated": (
        warned_then_refunded,
        lambda: not FraudWarning.objects.get().actionable,
    ),
}


def warned(world):
    """The warning comes when the payment is booked; one that comes before is found by the clock."""
    world.booked(WARNED)
    world.sandbox.outbox.put(
        "radar.early_fraud_warning.created", world.store.all("radar.early_fraud_warning")[0]
    )


@pytest.mark.parametrize("kind", EVENTS)
def test_one_is_enough(sandbox, sandbox_gateway, bobs, kind):
    world = World(sandbox, sandbox_gateway, bobs)
    happens, so = EVENTS[kind]
    happens(world)
    assert not so(), "nobody told us yet"
    world.hear(kind)
    assert so()


def test_these_are_all_that_are_handled_and_all_that_an_operator_is_asked_to_send():
    assert set(EVENTS) == set(HANDLERS)
    page = (Path(__file__).parents[3] / "docs" / "operations.md").read_text()
    listed = page[page.index("Make the endpoint in Stripe's dashboard") :].split("\n\n")[1]
    assert set(re.findall(r"`([a-z_.]+)`", listed)) == set(HANDLERS)
