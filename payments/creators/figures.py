"""What a creator earned: by stream, source and day, as the books have it. Days are those of UTC.

Amounts are in minor units of the books' currency. Whatever was called back counts where it had been earned, so that
the figures of all streams, or of all days, add up to the accounts (docs/money.md, What creators see).
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple, Self

from django.conf import settings
from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from core.ids import first_id_of
from payments.models import AccountKind, Earning, EarningSource
from payments.terms import book_terms
from streams.models import Stream

DAYS_MOST = 366
# Transactions get their ids and their time one after the other.
_IDS_APART = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Sums over earnings. ``coins`` are those that gifts and tickets cost and that stand."""

    payments: int = 0
    coins: int = 0
    # Of what was paid, ``platform`` and ``processing`` went off; the rest is ``yours``.
    gross: int = 0
    platform: int = 0
    processing: int = 0
    yours: int = 0
    # By disputes and refunds, and not given again since.
    taken_back: int = 0
    # On hold now; and what came off hold: it became available, or paid what was owed.
    pending: int = 0
    released: int = 0

    @property
    def kept(self) -> int:
        return self.yours - self.taken_back

    def __add__(self, other: Self) -> "Figures":
        return Figures(**{f.name: getattr(self, f.name) + getattr(other, f.name) for f in fields(self)})


@dataclass(frozen=True)
class Accounts:
    """What the creator's accounts say, as of the last second."""

    pending: int
    available: int
    owed: int
    currency: str


class Release(NamedTuple):
    """``amount`` comes off hold on this day; None while its stream is not over."""

    on: date | None
    amount: int


class DayFigures(NamedTuple):
    day: date
    source: EarningSource
    figures: Figures


@dataclass(frozen=True)
class StreamFigures:
    stream: Stream
    by_source: dict[EarningSource, Figures]

    @property
    def total(self) -> Figures:
        return total_of(self.by_source.values())


# What was called back of an earning and is not given again, of what the creator had got.
TAKEN_BACK = """CASE WHEN earning.back > 0 THEN (
    SELECT coalesce(sum(from_pending + from_debt), 0) FROM payments_taking taking
    WHERE taking.earning_id = earning.id AND NOT taking.is_given_again
) ELSE 0 END"""
# An earning without a price gives again what was taken of others: it is no payment.
PAID = "(earning.coins > 0 OR earning.gross > 0)"
_SUMS = f"""
    count(*) FILTER (WHERE {PAID}), sum(CASE WHEN earning.coins > 0 THEN earning.coins - earning.back ELSE 0 END),
    sum(earning.gross), sum(earning.processing), coalesce(sum(earning.amount) FILTER (WHERE {PAID}), 0),
    sum({TAKEN_BACK}), coalesce(sum(earning.amount - earning.taken) FILTER (WHERE earning.is_pending), 0),
    coalesce(sum(earning.amount - earning.taken) FILTER (WHERE NOT earning.is_pending), 0)
"""
# When an earning comes off hold; nothing while its stream is not over.
RELEASE_AT = """CASE WHEN earning.stream_id IS NULL OR stream.ended_at IS NOT NULL
    THEN greatest(earning.charged_at + %(charge)s, stream.ended_at + %(stream)s) END"""


def accounts_of(*, party_id: uuid.UUID) -> Accounts:
    """Queries: 1."""
    currency = book_terms().currency
    sums = dict.fromkeys((AccountKind.PENDING, AccountKind.AVAILABLE, AccountKind.DEBT), 0)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT account.kind, coalesce(balance.amount, 0) + coalesce((
                SELECT sum(queued.amount) FROM payments_queuedcredit queued WHERE queued.account_id = account.id
            ), 0)
            FROM payments_account account LEFT JOIN payments_balance balance ON balance.account_id = account.id
            WHERE account.party_id = %s AND account.currency = %s AND account.kind = ANY(%s)
            """,
            [party_id, currency, list(sums)],
        )
        sums |= {AccountKind(kind): int(amount) for kind, amount in cursor.fetchall()}
    return Accounts(
        pending=sums[AccountKind.PENDING],
        available=sums[AccountKind.AVAILABLE],
        owed=-sums[AccountKind.DEBT],
        currency=currency,
    )


def sources_of(*, party_id: uuid.UUID) -> dict[EarningSource, Figures]:
    """All that was ever earned. Queries: 1."""
    rows = _sums("NULL::text", "", {"party": party_id})
    return {source: figures for _key, source, figures in rows}


def stream_sources(*, stream_id: uuid.UUID) -> dict[EarningSource, Figures]:
    """What one stream earned. Queries: 1."""
    rows = _sums("NULL::text", "earning.stream_id = %(stream)s", {"stream": stream_id}, of_creator="TRUE")
    return {source: figures for _key, source, figures in rows}


def days_of(*, party_id: uuid.UUID, since: date, until: date) -> list[DayFigures]:
    """Each day and source with anything, oldest first, both days included. Queries: 1."""
    asked = {"party": party_id} | period(since, until)
    rows = _sums("(made.created_at AT TIME ZONE 'UTC')::date", IN_PERIOD, asked, join=MADE)
    return [DayFigures(day, source, figures) for day, source, figures in rows]


def earning_streams_of(*, party_id: uuid.UUID) -> QuerySet[Stream]:
    """The creator's streams that earned anything, newest first."""
    earned = Earning.objects.filter(stream=OuterRef("pk"))
    return Stream.objects.filter(Exists(earned), party_id=party_id).order_by("-id")


def streams_figures(*, party_id: uuid.UUID, streams: Sequence[Stream]) -> list[StreamFigures]:
    """Queries: 1."""
    found: dict[uuid.UUID, dict[EarningSource, Figures]] = {stream.pk: {} for stream in streams}
    rows = _sums(
        "earning.stream_id",
        "earning.stream_id = ANY(%(streams)s)",
        {"party": party_id, "streams": list(found)},
    )
    for stream_id, source, figures in rows:
        found[stream_id][source] = figures
    return [StreamFigures(stream, found[stream.pk]) for stream in streams]


def without_stream_of(*, party_id: uuid.UUID) -> dict[EarningSource, Figures]:
    """What did not come from a stream, and what was given again. Queries: 1."""
    rows = _sums("NULL::text", "earning.stream_id IS NULL", {"party": party_id})
    return {source: figures for _key, source, figures in rows}


def releases_of(*, party_id: uuid.UUID) -> list[Release]:
    """What comes off hold and when, the next first. Queries: 1."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT ({RELEASE_AT} AT TIME ZONE 'UTC')::date AS day, sum(earning.amount - earning.taken)
            FROM payments_earning earning LEFT JOIN streams_stream stream ON stream.id = earning.stream_id
            WHERE earning.creator_id = %(party)s AND earning.is_pending
            GROUP BY 1 HAVING sum(earning.amount - earning.taken) <> 0 ORDER BY 1 NULLS LAST
            """,  # noqa: S608 - of our own words
            {"party": party_id} | holds(),
        )
        return [Release(day, int(amount)) for day, amount in cursor.fetchall()]


def total_of(figures: Iterable[Figures]) -> Figures:
    return sum(figures, Figures())


def today() -> date:
    return datetime.now(UTC).date()


MADE = "JOIN payments_transaction made ON made.id = earning.transaction_id"
# The ids bound the scan, the times decide.
IN_PERIOD = (
    "earning.transaction_id >= %(first_id)s AND made.created_at >= %(since)s AND made.created_at < %(until)s"
)


def period(since: date, until: date) -> dict[str, Any]:
    """What ``IN_PERIOD`` asks for, both days included."""
    begins = datetime(since.year, since.month, since.day, tzinfo=UTC)
    over = datetime(until.year, until.month, until.day, tzinfo=UTC) + timedelta(days=1)
    return {"first_id": first_id_of(begins - _IDS_APART), "since": begins, "until": over}


def holds() -> dict[str, Any]:
    """What ``RELEASE_AT`` asks for."""
    return {
        "charge": timedelta(days=settings.HOLD_CHARGE_DAYS),
        "stream": timedelta(days=settings.HOLD_STREAM_DAYS),
    }


def _sums(
    key: str,
    where: str,
    asked: dict[str, Any],
    *,
    join: str = "",
    of_creator: str = "earning.creator_id = %(party)s",
) -> list[tuple[Any, EarningSource, Figures]]:
    """Queries: 1, over the earnings that are asked for."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {key}, earning.source, {_SUMS} FROM payments_earning earning {join}"  # noqa: S608 - as above
            f" WHERE {of_creator}{f' AND {where}' if where else ''} GROUP BY 1, 2 ORDER BY 1, 2",
            asked,
        )
        return [(key, EarningSource(source), _figures(*sums)) for key, source, *sums in cursor.fetchall()]


def _figures(
    payments: int,
    coins: int,
    gross: int,
    processing: int,
    yours: int,
    taken_back: int,
    pending: int,
    released: int,
) -> Figures:
    """The database adds up to decimals."""
    return Figures(
        payments=payments,
        coins=int(coins),
        gross=int(gross),
        platform=int(gross - processing - yours),
        processing=int(processing),
        yours=int(yours),
        taken_back=int(taken_back),
        pending=int(pending),
        released=int(released),
    )
