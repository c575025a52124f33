"""What many gifts add up to: the stream's total and the places on leaderboards, from the queue of the books."""

import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta

from django.db import connection

from gifts.models import Board
from payments.ledger.check import Difference, register_check
from payments.ledger.folding import Credit, register_folder

_TOTALS = """
UPDATE streams_stream SET gifts_total_coins = gifts_total_coins + added.coins
FROM unnest(%s::uuid[], %s::bigint[]) AS added (id, coins) WHERE streams_stream.id = added.id
"""
_LOCK_STREAMS = "SELECT FROM streams_stream WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"
_STANDINGS = """
INSERT INTO gifts_standing AS standing (board, owner_id, week, sender_id, anonymous, coins)
SELECT * FROM unnest(%s::text[], %s::uuid[], %s::date[], %s::uuid[], %s::boolean[], %s::bigint[])
    AS added (board, owner_id, week, sender_id, anonymous, coins)
ORDER BY board, owner_id, week, sender_id, anonymous
ON CONFLICT (owner_id, board, week, sender_id, anonymous)
DO UPDATE SET coins = standing.coins + excluded.coins
"""

Place = tuple[str, uuid.UUID, date | None, uuid.UUID, bool]


def week_of(moment: datetime) -> date:
    """The Monday of the week, in UTC."""
    day = moment.astimezone(UTC).date()
    return day - timedelta(days=day.weekday())


@register_folder
def stream_totals(credits: Sequence[Credit]) -> None:
    """Locks: the streams, in the order of their ids. Queries: none, or 2."""
    totals: Counter[uuid.UUID] = Counter()
    for credit in credits:
        if credit.stream_id is not None:
            totals[credit.stream_id] += credit.coins
    if totals:
        with connection.cursor() as cursor:
            cursor.execute(_LOCK_STREAMS, [list(totals)])
            cursor.execute(_TOTALS, [list(totals), list(totals.values())])


@register_folder
def standings(credits: Sequence[Credit]) -> None:
    """Locks: the places, in order. Queries: none, or 1."""
    added: Counter[Place] = Counter()
    for credit in credits:
        for place in _places(credit):
            added[place] += credit.coins
    if added:
        columns = [list(column) for column in zip(*added, strict=True)]
        with connection.cursor() as cursor:
            cursor.execute(_STANDINGS, [*columns, list(added.values())])


def _places(credit: Credit) -> Iterator[Place]:
    if credit.stream_id is None or credit.creator_id is None or credit.sender_id is None:
        return
    who = (credit.sender_id, credit.anonymous)
    yield Board.STREAM.value, credit.stream_id, None, *who
    yield Board.WEEK.value, credit.creator_id, week_of(credit.gifted_at), *who
    yield Board.EVER.value, credit.creator_id, None, *who


_GIVEN = """
    SELECT earning.stream_id, earning.creator_id, lot.party_id AS sender_id, earning.anonymous,
        earning.coins - earning.back AS coins, paid.created_at AS at,
        date_trunc('week', paid.created_at AT TIME ZONE 'UTC')::date AS week
    FROM payments_earning earning
    JOIN payments_coinlot lot ON lot.id = earning.lot_id
    JOIN payments_transaction paid ON paid.id = earning.transaction_id
    WHERE earning.source = 'gift' AND earning.coins > earning.back
    UNION ALL
    SELECT stream_id, creator_id, sender_id, anonymous, -coins, gifted_at,
        date_trunc('week', gifted_at AT TIME ZONE 'UTC')::date
    FROM payments_queuedcredit WHERE coins <> 0
"""
_TOTALS_DIFFER = """
    SELECT 'stream ' || stream.id, stream.gifts_total_coins - coalesce(told.coins, 0)
    FROM streams_stream stream
    LEFT JOIN (SELECT stream_id, sum(coins) AS coins FROM given GROUP BY 1) told ON told.stream_id = stream.id
    WHERE stream.gifts_total_coins <> coalesce(told.coins, 0)
"""
_STANDINGS_DIFFER = """
    , told AS (
        SELECT board, owner_id, coalesce(week, '-infinity') AS week, sender_id, anonymous, sum(coins) AS coins FROM (
            SELECT 'stream' AS board, stream_id AS owner_id, NULL::date AS week, sender_id, anonymous, coins FROM given
            UNION ALL SELECT 'week', creator_id, week, sender_id, anonymous, coins FROM given
            UNION ALL SELECT 'ever', creator_id, NULL, sender_id, anonymous, coins FROM given
        ) boards GROUP BY 1, 2, 3, 4, 5
    ), kept AS (
        SELECT board, owner_id, coalesce(week, '-infinity') AS week, sender_id, anonymous, coins FROM gifts_standing
    )
    SELECT board || ' ' || owner_id || ' of ' || sender_id, coalesce(kept.coins, 0) - coalesce(told.coins, 0)
    FROM kept FULL JOIN told USING (board, owner_id, week, sender_id, anonymous)
    WHERE coalesce(kept.coins, 0) <> coalesce(told.coins, 0)
"""
_GOALS_DIFFER = """
    SELECT 'goal ' || goal.id, goal.coins - coalesce(sum(given.coins), 0)
    FROM gifts_goal goal LEFT JOIN given ON given.stream_id = goal.stream_id AND given.at >= goal.set_at
    GROUP BY goal.id HAVING goal.coins <> coalesce(sum(given.coins), 0)
"""


@register_check
def totals_and_standings() -> Iterable[Difference]:
    """Queries: 3, over all gifts."""
    with connection.cursor() as cursor:
        for what, query in (
            ("a stream's total is not the sum of its gifts", _TOTALS_DIFFER),
            ("a place on a leaderboard is not the sum of its gifts", _STANDINGS_DIFFER),
            ("a goal is not the sum of the gifts since it was set", _GOALS_DIFFER),
        ):
            cursor.execute(f"WITH given AS ({_GIVEN}) {query}")
            for account, amount in cursor.fetchall():
                yield Difference(what, account, int(amount), None)
