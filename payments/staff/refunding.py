"""Refunds that staff ask for: small ones at once, above a limit when a second person approves."""

import logging
import uuid
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from core.audit import audit_record
from core.errors import NotFound
from core.ids import new_id
from core.locks import lock_until_commit
from payments.errors import AmountInvalid
from payments.gateway import GatewayError
from payments.models import AccountKind, Entry
from payments.money import money_text
from payments.orders.errors import NotRefundable
from payments.orders.keeping import order_left
from payments.orders.models import Order, OrderState, Payment, Refund, RefundState
from payments.orders.refunds import refund_look, refund_take
from payments.rounding import share
from payments.staff.errors import RequestDecided, RequestWaits, SecondPersonNeeded
from payments.staff.models import RefundRequest, RequestState
from payments.staff.story import Table, person

logger = logging.getLogger(__name__)

WAITS_FOR = timedelta(days=7)
# What one person gave back alone counts for so long.
COUNTED_FOR = timedelta(hours=24)
EXPIRED_AT_ONCE = 100


def refund_ask(
    *, order_id: uuid.UUID, amount: int, reason: str, include_spent: bool, actor_party_id: uuid.UUID
) -> RefundRequest:
    """Give so much of an order back, or ask a second person to: what one may do alone is counted over 24 hours.

    In minor units of the order's currency. Until a second person approves nothing is taken. Must not run in a
    transaction. Locks: whoever asks, the order, then what the refund locks. Emits audit events.
    Raises: NotFound, NotRefundable, AmountInvalid, RequestWaits, WalletFrozen.
    """
    request = _asked(order_id, amount, reason, include_spent, actor_party_id)
    _have_it_made(request)
    return request


def refund_approve(*, request_id: uuid.UUID, reason: str, actor_party_id: uuid.UUID) -> RefundRequest:
    """Make a refund that somebody else asked for, once. One that cannot be made any more waits on, to be refused.

    Must not run in a transaction. Locks: the request, then what the refund locks.
    Raises: NotFound, SecondPersonNeeded, RequestDecided, NotRefundable, AmountInvalid, WalletFrozen.
    """
    request = _approved(request_id, reason, actor_party_id)
    _have_it_made(request)
    return request


@transaction.atomic
def refund_refuse(*, request_id: uuid.UUID, reason: str, actor_party_id: uuid.UUID) -> RefundRequest:
    """Locks: the request. Queries: 3. Raises: NotFound, SecondPersonNeeded, RequestDecided."""
    request = _to_decide(request_id, actor_party_id)
    _decide(request, RequestState.REFUSED, reason, actor_party_id)
    return request


def requests_expire() -> int:
    """End requests on which nobody decided in 7 days. Returns how many. Queries: 1, and 3 each."""
    late = RefundRequest.objects.filter(state=RequestState.WAITING, expires_at__lte=timezone.now())
    return sum(_expire(request_id) for request_id in late.values_list("pk", flat=True)[:EXPIRED_AT_ONCE])


def left_alone(*, actor_party_id: uuid.UUID) -> int:
    """How much more somebody may give back alone, in minor units of the books' currency. Queries: 1."""
    counted = RefundRequest.objects.filter(
        asked_by=actor_party_id, alone=True, asked_at__gt=timezone.now() - COUNTED_FOR
    ).exclude(refund__state=RefundState.FAILED)
    spent = counted.aggregate(sum=Sum("worth"))["sum"] or 0
    return max(int(settings.REFUND_ALONE_MOST) - int(spent), 0)


@transaction.atomic
def _asked(
    order_id: uuid.UUID, amount: int, reason: str, include_spent: bool, actor_party_id: uuid.UUID
) -> RefundRequest:
    _one_at_a_time(actor_party_id)
    order = Order.objects.select_for_update(no_key=True).filter(pk=order_id).first()
    if order is None:
        raise NotFound()
    payment = Payment.objects.select_related("order").filter(order=order).first()
    if order.state != OrderState.PAID or payment is None:
        raise NotRefundable(reason="not_paid")
    waits = RefundRequest.objects.filter(order=order, state=RequestState.WAITING).first()
    if waits is not None:
        raise RequestWaits(request_id=str(waits.pk))
    left = order_left(payment)
    if not 0 < amount <= left:
        raise AmountInvalid(amount=amount, left=left)
    now = timezone.now()
    request = RefundRequest(
        id=new_id(),
        order=order,
        amount=amount,
        worth=share(payment.settled_amount, amount, order.amount),
        include_spent=include_spent,
        reason=reason,
        asked_by_id=actor_party_id,
        asked_at=now,
        expires_at=now + WAITS_FOR,
    )
    request.alone = not _is_theirs(order, actor_party_id) and request.worth <= left_alone(
        actor_party_id=actor_party_id
    )
    if request.alone:
        request.refund = _take(request)
        request.state, request.decided_at = RequestState.APPROVED, now
    else:
        with transaction.atomic():  # what could not be made is not asked for either
            _take(request)
            transaction.set_rollback(True)
    request.save(force_insert=True)
    if not request.alone:
        _record("order.refund_requested", request, actor_party_id, reason)
    return request


@transaction.atomic
def _approved(request_id: uuid.UUID, reason: str, actor_party_id: uuid.UUID) -> RefundRequest:
    request = _to_decide(request_id, actor_party_id)
    request.refund = _take(request)
    _decide(request, RequestState.APPROVED, reason, actor_party_id)
    return request


@transaction.atomic
def _expire(request_id: uuid.UUID) -> bool:
    request = RefundRequest.objects.select_for_update(no_key=True).get(pk=request_id)
    if request.state != RequestState.WAITING:
        return False
    _decide(request, RequestState.EXPIRED, "", None)
    return True


def _one_at_a_time(party_id: uuid.UUID) -> None:
    """Two refunds of one person at the same moment are counted one after the other."""
    lock_until_commit(f"refunds:{party_id}")


def _to_decide(request_id: uuid.UUID, actor_party_id: uuid.UUID) -> RefundRequest:
    """Whoever decides at the same moment waits here, and finds it decided."""
    request = RefundRequest.objects.select_for_update(no_key=True).filter(pk=request_id).first()
    if request is None:
        raise NotFound()
    if request.asked_by_id == actor_party_id or _is_theirs(request.order, actor_party_id):
        raise SecondPersonNeeded()
    if request.state != RequestState.WAITING:
        raise RequestDecided(state=request.state)
    if request.expires_at <= timezone.now():
        raise RequestDecided(state=RequestState.EXPIRED.value)
    return request


def _is_theirs(order: Order, party_id: uuid.UUID) -> bool:
    """Whether somebody of staff paid this themselves, or was to be paid by it: then others decide."""
    return party_id in {order.party_id, order.creator_id}


def _take(request: RefundRequest) -> Refund:
    return refund_take(
        order_id=request.order_id,
        amount=request.amount,
        reason=request.reason,
        actor_party_id=request.asked_by_id,
        include_spent=request.include_spent,
    )


def _decide(
    request: RefundRequest, state: RequestState, reason: str, actor_party_id: uuid.UUID | None
) -> None:
    request.state, request.decided_at = state, timezone.now()
    request.decided_by_id, request.decided_reason = actor_party_id, reason
    request.save(update_fields=["state", "decided_at", "decided_by", "decided_reason", "refund"])
    _record(f"order.refund_{state.value}", request, actor_party_id, reason)


def _record(action: str, request: RefundRequest, actor_party_id: uuid.UUID | None, reason: str) -> None:
    audit_record(
        actor_party_id=actor_party_id,
        action=action,
        target=f"order:{request.order_id}",
        reason=reason,
        after={"request": str(request.pk), "amount": request.amount, "include_spent": request.include_spent},
    )


def _have_it_made(request: RefundRequest) -> None:
    """The provider is asked after the books have it; what it does not do now the clock asks for again."""
    if request.refund is None:
        return
    try:
        refund_look(refund_id=request.refund.pk)
    except GatewayError as failed:
        logger.warning("refund %s is not made yet: %s", request.refund.pk, failed)
    request.refund.refresh_from_db()


# What an entry of a refund means to staff; others are the other side of these.
_TAKES = {
    AccountKind.WALLET: "unspent coins of the buyer",
    AccountKind.PENDING: "out of what they have pending",
    AccountKind.DEBT: "what they will owe",
    AccountKind.PLATFORM: "our part of what was spent",
    AccountKind.LOSS: "our loss",
    AccountKind.PROVIDER: "goes back to the buyer",
}


@transaction.atomic
def refund_preview(
    *, order_id: uuid.UUID, amount: int, include_spent: bool, actor_party_id: uuid.UUID
) -> list[Table]:
    """What a refund would take from whom: it is made, looked at, and undone. Nothing is left of it.

    Locks, queries and errors are those of ``refund_take``.
    """
    refund = refund_take(
        order_id=order_id,
        amount=amount,
        reason="shown only",
        actor_party_id=actor_party_id,
        include_spent=include_spent,
    )
    entries = (
        Entry.objects.filter(
            transaction__idempotency_key=f"refund:{refund.pk}", account__kind__in=list(_TAKES)
        )
        .select_related("account__party__user")
        .order_by("line")
    )
    rows = [
        [
            _TAKES[AccountKind(entry.account.kind)],
            person(entry.account.party) if entry.account.party_id else "",
            money_text(
                -entry.amount if entry.account.kind == AccountKind.PROVIDER else entry.amount,
                entry.account.currency,
            ),
        ]
        for entry in entries
    ]
    transaction.set_rollback(True)
    return [Table("What it takes", ["what", "of", "amount"], rows)]
