"""A creator's earnings as a file for spreadsheets: RFC 4180, in UTC, amounts as decimals and in minor units."""

import uuid
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, date, datetime
from typing import Any

from django.db import connection

from core.spreadsheets import cell, lines
from payments.creators.figures import IN_PERIOD, MADE, PAID, RELEASE_AT, TAKEN_BACK, holds, period
from payments.money import money_digits
from payments.terms import book_terms
from realtime.calls import call

ROWS_AT_ONCE = 1000
_AMOUNTS = ("paid", "platform_fee", "processing_fee", "yours", "taken_back", "on_hold")
HEADER = (
    "date", "time_utc", "earning", "source", "stream", "stream_title", "coins", "currency",
    *_AMOUNTS, *(f"{name}_minor" for name in _AMOUNTS), "available_from",
)  # fmt: skip

# By transaction, since their ids are in the order of time and an index has them so.
_ROWS = f"""
SELECT earning.transaction_id, earning.id, made.created_at, earning.source, earning.stream_id, stream.title,
    earning.coins, earning.gross,
    CASE WHEN {PAID} THEN earning.gross - earning.processing - earning.amount ELSE 0 END, earning.processing,
    earning.amount, {TAKEN_BACK}, CASE WHEN earning.is_pending THEN earning.amount - earning.taken ELSE 0 END,
    CASE WHEN earning.is_pending THEN ({RELEASE_AT} AT TIME ZONE 'UTC')::date END
FROM payments_earning earning {MADE} LEFT JOIN streams_stream stream ON stream.id = earning.stream_id
WHERE earning.creator_id = %(party)s AND {IN_PERIOD}
    AND earning.transaction_id >= %(after)s AND (earning.transaction_id, earning.id) > (%(after)s, %(after_id)s)
ORDER BY earning.transaction_id, earning.id LIMIT %(rows)s
"""  # noqa: S608 - of our own words


async def earnings_csv(*, party_id: uuid.UUID, since: date, until: date) -> AsyncIterator[bytes]:
    """The file in pieces, both days included. Nothing is held between two pieces. Queries: 1 for each 1,000 rows."""
    yield lines([HEADER])
    after: tuple[uuid.UUID, int] = (uuid.UUID(int=0), 0)
    while rows := await call(_rows, party_id, since, until, after):
        yield lines(_line(*row) for row in rows)
        after = (rows[-1][0], rows[-1][1])
        if len(rows) < ROWS_AT_ONCE:
            break


def _rows(party_id: uuid.UUID, since: date, until: date, after: tuple[uuid.UUID, int]) -> list[Any]:
    asked: dict[str, Any] = {"party": party_id, "after": after[0], "after_id": after[1], "rows": ROWS_AT_ONCE}
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, asked | period(since, until) | holds())
        rows: list[Any] = cursor.fetchall()
    return rows


def _line(
    _transaction: uuid.UUID,
    earning: int,
    made_at: datetime,
    source: str,
    stream: uuid.UUID | None,
    title: str | None,
    coins: int,
    *amounts: Any,
) -> Sequence[str | int]:
    *minor, available_from = amounts
    minor = [int(amount) for amount in minor]
    currency, at = book_terms().currency, made_at.astimezone(UTC)
    return (
        at.date().isoformat(),
        at.strftime("%H:%M:%S"),
        earning,
        source,
        str(stream or ""),
        cell(title or ""),
        coins,
        currency.upper(),
        *(money_digits(amount, currency) for amount in minor),
        *minor,
        available_from.isoformat() if available_from else "",
    )
