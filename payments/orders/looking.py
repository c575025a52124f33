"""Bringing an order into line with what the provider says of it, however we came to ask.

A webhook, a buyer who came back and the clock all end here. Nothing is taken from what woke us: the objects are
fetched, then compared and written under the order's lock, so that order, number and loss of messages change nothing.
"""

import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from core.audit import audit_record
from core.facts import publish_on_commit
from payments.answers import Charge, Checkout, Decline, Intent, Settled
from payments.creators.cards import card_note
from payments.gateway import GatewayError, gateway
from payments.orders.events import OrderNotPaid, OrderPaid
from payments.orders.goods import GOODS
from payments.orders.limits import may_try_again
from payments.orders.models import WAITING, CardTry, Flow, Order, OrderState, Payment, Purpose
from payments.orders.receipts import receipt_issue
from payments.terms import book_terms

logger = logging.getLogger(__name__)

# Called in the transaction that brings something into line, before it is committed.
InSame = Callable[[], None]
# How long after one look at an order that waits comes the next.
LOOK_AFTER = (1, 2, 5, 10, 30, 60, 360, 1440)
LOOKS_AT_ONCE = 50


@dataclass(frozen=True)
class Seen:
    """What the provider says of an order: ``None`` where it has nothing."""

    checkout: Checkout | None
    intent: Intent | None


def order_look(*, order_id: uuid.UUID, in_same: InSame | None = None) -> Order:
    """Ask the provider about an order and do what follows. A repeat does nothing.

    ``in_same`` is called in the same transaction. Must not run in a transaction. Locks: the order, then what its
    payment changes. Raises: GatewayError.
    """
    order = Order.objects.get(pk=order_id)
    seen = _see(order)
    order = order_converge(order_id=order_id, seen=seen, in_same=in_same)
    if order.state == OrderState.OPEN:
        _stop_if_over(order, seen)
    return order


@transaction.atomic
def order_converge(*, order_id: uuid.UUID, seen: Seen, in_same: InSame | None = None) -> Order:
    """What was seen, in the books. Locks: the order, then wallet and receipts. Queries: 30 for a payment, else 4."""
    order = Order.objects.select_for_update(no_key=True).get(pk=order_id)
    intent, checkout = seen.intent, seen.checkout
    if order.state != OrderState.PAID:
        if checkout is not None and intent is not None and order.intent_id is None:
            order.intent_id = intent.id
            order.save(update_fields=["intent_id"])
        if intent is not None and intent.decline is not None:
            _note_decline(order, intent.decline)
        if intent is not None and intent.status == "succeeded":
            _settle(order, intent)
        elif order.state in WAITING:
            _follow(order, seen)
    if in_same is not None:
        in_same()
    return order


@transaction.atomic
def order_close(*, order_id: uuid.UUID, state: OrderState) -> Order:
    """End an order that nobody paid; one that is over stays as it is. Locks: the order. Queries: 3."""
    order = Order.objects.select_for_update(no_key=True).get(pk=order_id)
    if order.state in WAITING:
        _close(order, state)
    return order


def orders_look() -> int:
    """Ask about the orders that wait and are due: what webhooks told of and got lost. Returns how many. Queries: 1."""
    due = Order.objects.filter(state__in=WAITING, look_at__lte=timezone.now()).order_by("look_at")
    orders = list(due[:LOOKS_AT_ONCE])
    for order in orders:
        minutes = LOOK_AFTER[min(order.looks, len(LOOK_AFTER) - 1)]
        # A conditional update, so that of two processes one asks.
        mine = Order.objects.filter(pk=order.pk, looks=order.looks)
        if mine.update(looks=order.looks + 1, look_at=timezone.now() + timedelta(minutes=minutes)):
            try:
                order_look(order_id=order.pk)
            except GatewayError as failed:
                logger.warning("order %s could not be looked at: %s", order.pk, failed)
    return len(orders)


def _see(order: Order) -> Seen:
    checkout = gateway().checkout_get(order.checkout_id) if order.checkout_id else None
    intent_id = (checkout.intent_id if checkout else "") or order.intent_id
    return Seen(checkout, gateway().intent_get(intent_id) if intent_id else None)


def _stop_if_over(order: Order, seen: Seen) -> None:
    """An order whose time is over, or on which too many cards were tried, takes no money any more."""
    is_late = order.expires_at <= timezone.now()
    if not is_late and may_try_again(order):
        return
    if seen.checkout is not None:
        gateway().checkout_expire(seen.checkout.id)
    elif seen.intent is not None:
        gateway().intent_cancel(seen.intent.id)
    elif is_late:  # it never got as far as the provider
        order_close(order_id=order.pk, state=OrderState.EXPIRED)
        return
    order_converge(order_id=order.pk, seen=_see(order))
    order.refresh_from_db()


def _follow(order: Order, seen: Seen) -> None:
    """Of an order that waits and is not paid."""
    checkout, intent = seen.checkout, seen.intent
    if checkout is not None and checkout.status == "expired":
        _close(order, OrderState.EXPIRED)
    elif intent is not None and intent.status == "canceled":
        _close(order, OrderState.EXPIRED if order.expires_at <= timezone.now() else OrderState.CANCELLED)
    elif intent is not None and intent.status == "processing":
        order.state = OrderState.PROCESSING
        order.needs_action = False
        order.save(update_fields=["state", "needs_action"])
    elif order.state == OrderState.PROCESSING and intent is not None and intent.decline is not None:
        _close(order, OrderState.FAILED)
    elif intent is not None and order.needs_action is not (intent.status == "requires_action"):
        order.needs_action = not order.needs_action
        order.save(update_fields=["needs_action"])


def _close(order: Order, state: OrderState) -> None:
    order.state, order.closed_at, order.needs_action = state, timezone.now(), False
    order.save(update_fields=["state", "closed_at", "needs_action"])
    publish_on_commit(OrderNotPaid(order_id=str(order.pk), party_id=str(order.party_id), state=state.value))


def _note_decline(order: Order, decline: Decline) -> None:
    """Each charge that failed counts once."""
    if order.declined != decline.code:
        order.declined = decline.code[:60]
        order.save(update_fields=["declined"])
    if not decline.charge_id:
        return
    tried = CardTry(
        order=order,
        party_id=order.party_id,
        charge_id=decline.charge_id,
        fingerprint=decline.card.fingerprint,
        placed_from=order.placed_from,
        code=decline.code[:60],
        at=timezone.now(),
    )
    CardTry.objects.bulk_create([tried], ignore_conflicts=True)


def _settle(order: Order, intent: Intent) -> None:
    """The money came: book it, write the receipt, close the order. All of it or nothing."""
    charge = intent.charge
    if charge is None or charge.settled is None:
        raise GatewayError(permanent=False, reason="not_settled_yet")
    if problem := _problem(order, intent, charge, charge.settled):
        if order.problem != problem:
            order.problem = problem
            order.save(update_fields=["problem"])
            audit_record(
                actor_party_id=None,
                action="order.not_booked",
                target=f"order:{order.pk}",
                reason=problem,
                after={"charge": charge.id, "amount": charge.amount, "currency": charge.currency},
            )
            logger.error("order %s was paid and not booked: %s", order.pk, problem)
        return
    _paid(order, charge, charge.settled)


def _problem(order: Order, intent: Intent, charge: Charge, settled: Settled) -> str:
    """Why a payment is not what the order asks for."""
    if intent.order_id != str(order.pk):
        return "another_order"
    if (intent.amount_received, intent.currency) != (order.amount, order.currency):
        return "another_amount"
    if settled.currency != book_terms().currency:
        return "another_settlement_currency"
    if order.purpose not in GOODS:
        return "purpose_unknown"
    return ""


def _paid(order: Order, charge: Charge, settled: Settled) -> None:
    now = timezone.now()
    payment = Payment.objects.create(
        order=order,
        intent_id=charge.intent_id,
        charge_id=charge.id,
        movement_id=settled.id,
        settled_amount=settled.amount,
        settled_fee=settled.fee,
        settled_currency=settled.currency,
        exchange_rate=settled.exchange_rate,
        card_fingerprint=charge.card.fingerprint,
        card_brand=charge.card.brand,
        card_last4=charge.card.last4,
        charged_at=charge.at,
    )
    GOODS[Purpose(order.purpose)].paid(payment)
    card_note(payment)
    receipt_issue(order=order)
    order.state, order.closed_at, order.problem, order.needs_action = OrderState.PAID, now, "", False
    if order.flow == Flow.CHECKOUT:
        order.intent_id = charge.intent_id
    order.save(update_fields=["state", "closed_at", "problem", "needs_action", "intent_id"])
    publish_on_commit(OrderPaid(order_id=str(order.pk), party_id=str(order.party_id), purpose=order.purpose))
