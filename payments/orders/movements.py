"""The provider's own account of our balance, kept here line by line and compared with the books.

What a lost webhook would have told of refunds and disputes is found by it too.
"""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Max, Sum
from django.utils import timezone

from payments.gateway import GatewayError, gateway
from payments.ledger.check import Difference, register_check
from payments.models import AccountKind, Entry
from payments.orders.chargebacks import dispute_look
from payments.orders.models import Movement, Payment, Refund, RefundState
from payments.orders.refunds import charge_refunds_look

logger = logging.getLogger(__name__)

CHARGES, REFUNDS, REFUNDS_FAILED = {"charge", "payment"}, {"refund", "payment_refund"}, {"refund_failure"}
DISPUTES = {"dispute", "dispute_reversal"}
# Lines may be told late; those of a day before the newest are asked for again, and at first those of a month.
OVERLAP, AT_FIRST = timedelta(days=1), timedelta(days=30)
# Until then it may be on its way into the books; what is older than that was compared often enough.
SETTLING, COMPARED = timedelta(hours=1), timedelta(days=40)
# Payments of so long ago are looked for among the lines, which begin earlier.
LOOKED_BACK = timedelta(days=10)


def movements_fetch() -> int:
    """Keep the provider's new lines, and look at the refunds and disputes that they tell of. Returns how many are new.

    Must not run in a transaction. Raises: GatewayError.
    """
    now = timezone.now()
    newest = Movement.objects.aggregate(newest=Max("at"))["newest"]
    since = newest - OVERLAP if newest else now - AT_FIRST
    told = [
        Movement(
            id=line.id,
            kind=line.kind[:60],
            amount=line.amount,
            fee=line.fee,
            net=line.net,
            currency=line.currency,
            source=line.source,
            at=line.at,
        )
        for line in gateway().movements(since=since, until=now + OVERLAP)
    ]
    known = set(Movement.objects.filter(pk__in=[line.pk for line in told]).values_list("pk", flat=True))
    # As they happened: what is disputed now may have been paid back before.
    fresh = [line for line in reversed(told) if line.pk not in known]
    for line in fresh:
        try:
            _look(line)
        except GatewayError as failed:
            if not failed.permanent:
                raise  # nothing is kept, so the next round looks again
            logger.warning("%s of %s could not be looked at: %s", line.kind, line.source, failed)
    Movement.objects.bulk_create(fresh, ignore_conflicts=True)
    return len(fresh)


@register_check
def provider_agrees() -> Iterator[Difference]:
    """Each line of the provider's, and what the books say of it. Queries: 5."""
    now = timezone.now()
    lines = list(
        Movement.objects.filter(at__gt=now - COMPARED, at__lt=now - SETTLING)
        .filter(kind__in=CHARGES | REFUNDS | REFUNDS_FAILED | DISPUTES)
        .order_by("at")
    )
    booked = _booked(lines)
    for line in lines:
        transaction, amount = booked.get(line.pk, (None, 0))
        if amount != line.net:
            what = f"the provider's {line.kind} {line.pk} is not what is booked"
            yield Difference(what, AccountKind.PROVIDER, line.net - amount, transaction)
    yield from _unheard_of(now)


def _unheard_of(now: datetime) -> Iterator[Difference]:
    """Payments that the provider's lines, which reach further, do not have."""
    newest = Movement.objects.aggregate(newest=Max("at"))["newest"]
    if newest is None:
        return
    kept = Movement.objects.values("pk")
    span = (now - LOOKED_BACK, min(newest, now) - OVERLAP)
    for payment in (
        Payment.objects.filter(charged_at__range=span).exclude(movement_id__in=kept).order_by("id")
    ):
        what = f"the provider has no charge {payment.charge_id}"
        yield Difference(
            what,
            AccountKind.PROVIDER,
            payment.settled_fee - payment.settled_amount,
            f"order:{payment.order_id}",
        )


def _booked(lines: list[Movement]) -> dict[str, tuple[str | None, int]]:
    """By line: the transaction's key, and what it did to what is at the provider."""
    sources = [line.source for line in lines]
    orders = dict(
        Payment.objects.filter(movement_id__in=[line.pk for line in lines]).values_list(
            "movement_id", "order_id"
        )
    )
    refunds = {
        provider_id: (pk, state)
        for provider_id, pk, state in Refund.objects.filter(provider_id__in=sources).values_list(
            "provider_id", "pk", "state"
        )
    }
    keys: dict[str, str] = {}
    for line in lines:
        if line.kind in DISPUTES:
            keys[line.pk] = f"movement:{line.pk}"
        elif line.kind in CHARGES and line.pk in orders:
            keys[line.pk] = f"order:{orders[line.pk]}:paid"
        elif line.source in refunds:
            refund, state = refunds[line.source]
            if line.kind in REFUNDS:
                keys[line.pk] = f"refund:{refund}"
            elif state == RefundState.FAILED:
                keys[line.pk] = f"refund:{refund}:failed"
    sums = dict(
        Entry.objects.filter(
            account__kind=AccountKind.PROVIDER, transaction__idempotency_key__in=list(keys.values())
        )
        .values_list("transaction__idempotency_key")
        .annotate(Sum("amount"))
        .order_by()
    )
    return {line: (key, sums.get(key, 0)) for line, key in keys.items()}


def _look(line: Movement) -> None:
    if line.kind in REFUNDS | REFUNDS_FAILED:
        charge_refunds_look(charge_id=gateway().refund_get(line.source).charge_id)
    elif line.kind in DISPUTES:
        dispute_look(dispute_id=line.source)
