"""Refunds that the provider failed to make, for good: by themselves they go no further."""

import uuid

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from core.audit import audit_record
from core.errors import NotFound
from payments.orders.models import Chargeback, Refund, RefundState
from payments.staff.errors import RequestDecided


def refunds_need_a_hand() -> QuerySet[Refund]:
    """Failed ones that nobody saw to: nothing was given back of the order since, and no bank decides about it."""
    later = Refund.objects.filter(payment=OuterRef("payment"), pk__gt=OuterRef("pk")).exclude(
        state=RefundState.FAILED
    )
    # A dispute that was won leaves the money with us.
    at_the_bank = Chargeback.objects.filter(Q(closed_at=None) | Q(status="lost"), payment=OuterRef("payment"))
    return Refund.objects.filter(state=RefundState.FAILED, seen_to_at=None).exclude(
        Exists(later) | Exists(at_the_bank)
    )


@transaction.atomic
def refund_seen_to(*, refund_id: uuid.UUID, reason: str, actor_party_id: uuid.UUID) -> None:
    """Somebody paid it back by another way, or knows why not. Books nothing.

    Locks: the refund. Queries: 3. Emits an audit event. Raises: NotFound, RequestDecided.
    """
    refund = (
        Refund.objects.select_for_update(of=("self",), no_key=True)
        .annotate(order_id=F("payment__order_id"))
        .filter(pk=refund_id)
        .first()
    )
    if refund is None:
        raise NotFound()
    if refund.state != RefundState.FAILED or refund.seen_to_at is not None:
        raise RequestDecided(state="seen_to" if refund.seen_to_at else refund.state)
    refund.seen_to_at = timezone.now()
    refund.save(update_fields=["seen_to_at"])
    audit_record(
        actor_party_id=actor_party_id,
        action="order.refund_seen_to",
        target=f"order:{refund.order_id}",
        reason=reason,
        after={"refund": str(refund.pk)},
    )
