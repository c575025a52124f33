"""Staff hear of creators whose week is mostly one sender's: stolen cards and laundering look like that."""

import logging
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from core.audit import audit_record
from payments.creators.figures import IN_PERIOD, MADE, PAID, TAKEN_BACK, period
from payments.creators.models import SenderAlert
from payments.terms import book_terms

logger = logging.getLogger(__name__)

# What is earned in a week's last minutes is looked at in the first hours of the next one.
LOOKED_BACK = timedelta(hours=3)

# Creators are found by their accounts, so that only this week's earnings are read, by an index. What somebody sent is
# by whose coins it was paid, or whose order.
_ALERT = f"""
WITH sent AS (
    SELECT account.party_id AS creator_id, coalesce(lot.party_id, bought.party_id) AS sender_id,
        sum(earning.amount - {TAKEN_BACK}) AS amount
    FROM payments_account account
    JOIN payments_earning earning ON earning.creator_id = account.party_id
    {MADE}
    LEFT JOIN payments_coinlot lot ON lot.id = earning.lot_id
    LEFT JOIN payments_order bought ON bought.id =
        CASE WHEN earning.order_reference ~ '^[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}$'
        THEN earning.order_reference::uuid END
    WHERE account.kind = 'pending' AND account.currency = %(currency)s AND {PAID} AND {IN_PERIOD}
    GROUP BY 1, 2
), weeks AS (
    SELECT creator_id, sender_id, amount, sum(amount) OVER (PARTITION BY creator_id) AS of,
        row_number() OVER (PARTITION BY creator_id ORDER BY amount DESC, sender_id) AS place
    FROM sent
)
INSERT INTO payments_senderalert (creator_id, week, sender_id, amount, "of", currency, at)
SELECT creator_id, %(week)s, sender_id, amount, of, %(currency)s, %(at)s FROM weeks
WHERE place = 1 AND sender_id IS NOT NULL AND of >= %(least)s AND amount * 100 > of * %(share)s
ORDER BY creator_id
ON CONFLICT (creator_id, week) DO NOTHING
RETURNING id
"""  # noqa: S608 - of our own words


def week_of(moment: datetime) -> date:
    """Its Monday, in UTC."""
    day = moment.astimezone(UTC).date()
    return day - timedelta(days=day.weekday())


def senders_check(*, now: datetime | None = None) -> list[SenderAlert]:
    """Alert staff to each creator whose week is mostly one sender's, once per creator and week. Answers the new ones.

    Queries: 3, or 5 in a week's first hours, and 1 for each new one.
    """
    now = now or timezone.now()
    return [
        alert for week in sorted({week_of(now - LOOKED_BACK), week_of(now)}) for alert in _check(week, now)
    ]


@transaction.atomic
def _check(week: date, now: datetime) -> list[SenderAlert]:
    asked: dict[str, Any] = {
        "week": week,
        "at": now,
        "currency": book_terms().currency,
        "share": settings.SENDER_SHARE_ALERT,
        "least": settings.SENDER_ALERT_LEAST,
    }
    with connection.cursor() as cursor:
        cursor.execute(_ALERT, asked | period(week, week + timedelta(days=6)))
        found = [alert_id for (alert_id,) in cursor.fetchall()]
    alerts = list(SenderAlert.objects.filter(pk__in=found).order_by("pk")) if found else []
    for alert in alerts:
        audit_record(
            actor_party_id=None,
            action="earnings.one_sender",
            target=f"party:{alert.creator_id}",
            after={
                "week": week.isoformat(),
                "sender": str(alert.sender_id),
                "amount": alert.amount,
                "of": alert.of,
                "currency": alert.currency,
            },
        )
        logger.error(
            "one sender is %d %% of a creator's week: %s sent %s %d of %d in the week of %s",
            alert.percent,
            alert.sender_id,
            alert.creator_id,
            alert.amount,
            alert.of,
            week,
        )
    return alerts
