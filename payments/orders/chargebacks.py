"""Disputes, as the provider tells them, brought into the books."""

import logging

from django.db import transaction
from django.utils import timezone

from payments.answers import DisputeSeen
from payments.disputes import dispute_lost, dispute_open, dispute_withdrawn, dispute_won
from payments.gateway import gateway
from payments.orders.keeping import disputed_of, goods_follow, order_left
from payments.orders.looking import InSame
from payments.orders.models import Chargeback, Order, Payment
from payments.orders.refunds import charge_refunds_look
from payments.rounding import share

logger = logging.getLogger(__name__)

# Inquiries of a bank: no money moves, and none may ever.
INQUIRY = "warning_"
# Ends under which nothing was lost.
WON = {"won", "prevented"}


def dispute_look(*, dispute_id: str, in_same: InSame | None = None) -> None:
    """Ask the provider about a dispute and do what follows. A repeat does nothing.

    Must not run in a transaction. Locks: the order, then what the books lock. Raises: GatewayError.
    """
    seen = gateway().dispute_get(dispute_id)
    if not Chargeback.objects.filter(provider_id=dispute_id).exists():
        # What was paid back before, past us, is not taken twice.
        charge_refunds_look(charge_id=seen.charge_id)
    dispute_converge(seen=seen, in_same=in_same)


@transaction.atomic
def dispute_converge(*, seen: DisputeSeen, in_same: InSame | None = None) -> None:
    """What was seen of a dispute, in the books; what was bought hears of it. Locks: as ``dispute_look``."""
    payment = Payment.objects.filter(charge_id=seen.charge_id).select_related("order").first()
    if payment is not None:
        Order.objects.select_for_update(no_key=True).get(pk=payment.order_id)
        with goods_follow(payment):
            _follow(payment, seen)
    else:
        logger.warning("dispute %s is of a charge that is not in the books", seen.id)
    if in_same is not None:
        in_same()


def _follow(payment: Payment, seen: DisputeSeen) -> None:
    now = timezone.now()
    is_over = seen.status in {*WON, "lost", "warning_closed"}
    found, is_new = Chargeback.objects.get_or_create(
        provider_id=seen.id,
        defaults={
            "payment": payment,
            "status": seen.status,
            "reason": seen.reason[:60],
            "amount": seen.amount,
            "currency": seen.currency,
            "due_by": seen.due_by,
            "opened_at": seen.at,
            "closed_at": now if is_over else None,
        },
    )
    if found.closed_at is not None and not is_over:
        return  # fetched before it was closed, and written after
    if not is_new and (found.status, found.due_by) != (seen.status, seen.due_by):
        found.status, found.due_by = seen.status, seen.due_by
        found.closed_at = found.closed_at or (now if is_over else None)
        found.save(update_fields=["status", "due_by", "closed_at"])
    if seen.status.startswith(INQUIRY) and not seen.moved:
        return
    if seen.status == "prevented" and not seen.moved:
        return
    dispute_open(
        reference=seen.id,
        order_reference=str(payment.order_id),
        amount=_about(payment, found),
        payer_id=payment.order.party_id,
    )
    for movement in seen.moved:
        # The books count what went away; the provider's line is below zero then.
        dispute_withdrawn(
            reference=seen.id,
            amount=-movement.amount,
            fee=movement.fee,
            key=f"movement:{movement.id}",
        )
    if seen.status in WON:
        dispute_won(reference=seen.id)
    elif seen.status == "lost":
        dispute_lost(reference=seen.id)


def _about(payment: Payment, found: Chargeback) -> int | None:
    """What is disputed, in the books' currency; None when it is all that is left."""
    disputed = disputed_of(payment, found)
    if disputed >= order_left(payment, besides=found):
        return None
    return share(payment.settled_amount, disputed, payment.order.amount)
