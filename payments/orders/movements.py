"""The provider's own account of our balance, kept here line by line and compared with the books.

What a lost webhook would have told of refunds and disputes is found by it too.
"""

import logging
from collections.abc import Iterator
from datetime import timedelta

from django.db import connection
from django.db.models import Max
from django.utils import timezone

from payments.gateway import GatewayError, gateway
from payments.ledger.check import Difference, register_check
from payments.models import AccountKind
from payments.orders.chargebacks import dispute_look
from payments.orders.models import Movement, RefundState
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
    """Each line of the provider's, and what the books say of it; then payments of which it has none. Queries: 2."""
    now = timezone.now()
    compared = sorted(CHARGES | REFUNDS | REFUNDS_FAILED | DISPUTES)
    with connection.cursor() as cursor:
        cursor.execute(
            _DIFFER,
            [
                sorted(DISPUTES), sorted(CHARGES), sorted(REFUNDS), RefundState.FAILED, now - COMPARED, now - SETTLING,
                compared, AccountKind.PROVIDER,
            ],
        )  # fmt: skip
        differ = cursor.fetchall()
        # The provider's lines reach further than these payments.
        cursor.execute(_UNHEARD_OF, [now - LOOKED_BACK, OVERLAP.total_seconds(), now - OVERLAP])
        unheard_of = cursor.fetchall()
    for line, kind, transaction, amount in differ:
        what = f"the provider's {kind} {line} is not what is booked"
        yield Difference(what, AccountKind.PROVIDER, int(amount), transaction)
    for charge, order, amount in unheard_of:
        yield Difference(f"the provider has no charge {charge}", AccountKind.PROVIDER, amount, order)


# By the key of the transaction that books a line.
_DIFFER = """
SELECT told.id, told.kind, told.key, told.net - coalesce(booked.amount, 0)
FROM (
    SELECT movement.id, movement.kind, movement.net, movement.at,
        CASE
            WHEN movement.kind = ANY(%s) THEN 'movement:' || movement.id
            WHEN movement.kind = ANY(%s) THEN 'order:' || payment.order_id || ':paid'
            WHEN movement.kind = ANY(%s) THEN 'refund:' || refund.id
            WHEN refund.state = %s THEN 'refund:' || refund.id || ':failed'
        END AS key
    FROM payments_movement movement
    LEFT JOIN payments_payment payment ON payment.movement_id = movement.id
    LEFT JOIN payments_refund refund ON refund.provider_id = movement.source
    WHERE movement.at > %s AND movement.at < %s AND movement.kind = ANY(%s)
) told
LEFT JOIN LATERAL (
    SELECT sum(entry.amount) AS amount
    FROM payments_transaction made
    JOIN payments_entry entry ON entry.transaction_id = made.id
    JOIN payments_account account ON account.id = entry.account_id
    WHERE made.idempotency_key = told.key AND account.kind = %s
) booked ON true
WHERE told.net <> coalesce(booked.amount, 0)
ORDER BY told.at
"""
_UNHEARD_OF = """
SELECT payment.charge_id, 'order:' || payment.order_id, payment.settled_fee - payment.settled_amount
FROM payments_payment payment, (SELECT max(at) AS at FROM payments_movement) newest
WHERE payment.charged_at BETWEEN %s AND least(newest.at - make_interval(secs => %s), %s) AND newest.at IS NOT NULL
    AND NOT EXISTS (SELECT FROM payments_movement movement WHERE movement.id = payment.movement_id)
ORDER BY payment.id
"""


def _look(line: Movement) -> None:
    if line.kind in REFUNDS | REFUNDS_FAILED:
        charge_refunds_look(charge_id=gateway().refund_get(line.source).charge_id)
    elif line.kind in DISPUTES:
        dispute_look(dispute_id=line.source)
