"""What the provider tells by itself. It is verified, kept once, and makes us look; what is so, the look says.

So nothing depends on the order of events, on their number, or on any of them coming at all.
Source: https://docs.stripe.com/webhooks and https://docs.stripe.com/api/events/types
"""

import logging
import uuid
from collections.abc import Callable
from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone
from prometheus_client import Counter

from core.ids import new_id
from payments.gateway import GatewayError, gateway
from payments.orders.chargebacks import dispute_look
from payments.orders.looking import InSame, order_look
from payments.orders.models import EventState, Order, ProviderEvent
from payments.orders.refunds import charge_refunds_look
from payments.staff.warnings import warning_look

logger = logging.getLogger(__name__)

ENDPOINT = "stripe"
# Whoever handles an event has this long; then it is anybody's again.
CLAIM = timedelta(minutes=2)
RETRY_SECONDS = (2, 10, 60, 300, 1800, 3600, 3600 * 4)
KEPT_FOR = timedelta(days=60)
AT_ONCE = 100

EVENTS = Counter(
    "busk_payment_events", "Events of the payment provider, by what became of them.", ["outcome"]
)


class _Vanished(Exception):
    """Somebody else handled the event meanwhile."""


def event_receive(*, body: bytes, signature: str) -> None:
    """Keep the event unless it is known, and have it handled soon. Queries: 1.

    What is not verified is never kept, else a forger could take a true event's id. Raises: StripeWebhookRefused,
    NotSupported.
    """
    told = gateway().event_verify(body=body, signature=signature)
    now = timezone.now()
    is_ours = told.kind in HANDLERS
    row = ProviderEvent(
        id=new_id(),
        endpoint=ENDPOINT,
        event_id=told.id[:120],
        kind=told.kind[:80],
        about=told.about,
        state=EventState.WAITING if is_ours else EventState.IGNORED,
        told_at=told.at,
        received_at=now,
        due_at=now,
    )
    with transaction.atomic():
        # Of two that come at once the second waits here, and finds it known.
        ProviderEvent.objects.bulk_create([row], ignore_conflicts=True)
        if is_ours:
            transaction.on_commit(_handle_soon)
    if not is_ours:
        EVENTS.labels("ignored").inc()


def events_handle() -> int:
    """Handle what waits and is nobody else's. Returns how many. Must not run in a transaction."""
    for count in range(AT_ONCE):
        event = _claim()
        if event is None:
            return count
        _handle(event)
    return AT_ONCE


def events_forget() -> None:
    """Queries: 1."""
    before = timezone.now() - KEPT_FOR
    ProviderEvent.objects.filter(received_at__lt=before).exclude(state=EventState.WAITING).delete()


@transaction.atomic
def _claim() -> ProviderEvent | None:
    """One event that is due, and that nobody else is at. Queries: 2."""
    now = timezone.now()
    due = ProviderEvent.objects.filter(state=EventState.WAITING, due_at__lte=now).order_by("due_at")
    event = due.select_for_update(skip_locked=True).first()
    if event is not None:
        event.due_at = now + CLAIM
        event.attempts += 1
        event.save(update_fields=["due_at", "attempts"])
    return event


def _handle(event: ProviderEvent) -> None:
    """Its effect and its being handled are one transaction, so that neither is there without the other."""

    def done() -> None:
        assert connection.in_atomic_block
        waiting = ProviderEvent.objects.filter(pk=event.pk, state=EventState.WAITING)
        if not waiting.update(state=EventState.HANDLED, handled_at=timezone.now(), error=""):
            raise _Vanished

    try:
        HANDLERS[event.kind](event, done)
    except _Vanished:
        EVENTS.labels("handled_twice").inc()
    except GatewayError as failed:
        _later(event, str(failed), give_up=failed.permanent)
    except Exception as bug:
        # A mistake of ours must not stop the events behind it.
        logger.exception("event %s (%s) was not handled", event.event_id, event.kind)
        _later(event, type(bug).__name__, give_up=False)
    else:
        EVENTS.labels("handled").inc()


def _later(event: ProviderEvent, why: str, *, give_up: bool) -> None:
    give_up = give_up or event.attempts > len(RETRY_SECONDS)
    waiting = ProviderEvent.objects.filter(pk=event.pk, state=EventState.WAITING)
    if give_up:
        logger.error("event %s (%s) is given up: %s", event.event_id, event.kind, why)
        EVENTS.labels("given_up").inc()
        waiting.update(state=EventState.FAILED, error=why[:200])
        return
    EVENTS.labels("tried_again").inc()
    delay = timedelta(seconds=RETRY_SECONDS[event.attempts - 1])
    waiting.update(due_at=timezone.now() + delay, error=why[:200])


def _order(event: ProviderEvent, done: InSame) -> None:
    """Of a checkout or a payment: found by what we wrote on it, or by its id."""
    about = event.about
    named = str(about.get("order_id") or about.get("client_reference_id") or "")
    found = Order.objects.filter(pk=named).first() if is_uuid(named) else None
    ours = {"checkout.session": "checkout_id", "payment_intent": "intent_id"}.get(str(about.get("object")))
    if found is None and ours is not None:
        found = Order.objects.filter(**{ours: about.get("id", "")}).first()
    if found is None or ours is None:
        # Another site's on the same account; or forged metadata on what is not ours.
        with transaction.atomic():
            done()
        return
    if getattr(found, ours) is None:
        # Of a payment on a page; or the provider's first answer got lost, and this is the first we hear of it.
        Order.objects.filter(pk=found.pk, **{ours: None}).update(**{ours: about["id"]})
    order_look(order_id=found.pk, in_same=done)


def _refund(event: ProviderEvent, done: InSame) -> None:
    """Of a charge or one of its refunds: all refunds of the charge, never a difference."""
    is_charge = event.about.get("object") == "charge"
    charge_refunds_look(charge_id=event.about.get("id" if is_charge else "charge", ""), in_same=done)


def _dispute(event: ProviderEvent, done: InSame) -> None:
    dispute_look(dispute_id=event.about["id"], in_same=done)


def _warning(event: ProviderEvent, done: InSame) -> None:
    warning_look(warning_id=event.about["id"], in_same=done)


def is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def _handle_soon() -> None:
    from payments.orders import tasks  # it imports this module

    tasks.provider_events_handle.delay()


HANDLERS: dict[str, Callable[[ProviderEvent, InSame], None]] = {
    "checkout.session.completed": _order,
    "checkout.session.async_payment_succeeded": _order,
    "checkout.session.async_payment_failed": _order,
    "checkout.session.expired": _order,
    "payment_intent.succeeded": _order,
    "payment_intent.payment_failed": _order,
    "payment_intent.requires_action": _order,
    "payment_intent.processing": _order,
    "payment_intent.canceled": _order,
    "charge.refunded": _refund,
    "charge.refund.updated": _refund,
    "refund.created": _refund,
    "refund.updated": _refund,
    "refund.failed": _refund,
    "charge.dispute.created": _dispute,
    "charge.dispute.updated": _dispute,
    "charge.dispute.funds_withdrawn": _dispute,
    "charge.dispute.funds_reinstated": _dispute,
    "charge.dispute.closed": _dispute,
    "radar.early_fraud_warning.created": _warning,
    "radar.early_fraud_warning.updated": _warning,
}
