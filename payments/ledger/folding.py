"""Sums that many share, kept from a queue: balances here, totals and leaderboards by whoever registers.

A row of the queue is taken out and added in one transaction: whatever happens, it counts once. Two folders take
different rows. Rows are never counted up to an id, since a low id may commit late.
"""

import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection, transaction

ROWS_AT_ONCE = 5000


class Credit(NamedTuple):
    """A row of ``QueuedCredit``."""

    account_id: int | None
    amount: int
    stream_id: uuid.UUID | None
    creator_id: uuid.UUID | None
    sender_id: uuid.UUID | None
    anonymous: bool
    coins: int
    gifted_at: datetime


Folder = Callable[[Sequence[Credit]], None]
_folders: list[Folder] = []

_TAKE = """
DELETE FROM payments_queuedcredit WHERE id IN (
    SELECT id FROM payments_queuedcredit ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
) RETURNING account_id, amount, stream_id, creator_id, sender_id, anonymous, coins, gifted_at
"""
# In order, so that two folders that add to the same rows wait for each other and never in a circle.
_ADD = """
INSERT INTO payments_balance AS balance (account_id, amount)
SELECT account, amount FROM unnest(%s::bigint[], %s::bigint[]) AS added (account, amount) ORDER BY account
ON CONFLICT (account_id) DO UPDATE SET amount = balance.amount + excluded.amount
"""


def register_folder(folder: Folder) -> Folder:
    """Hand these rows to this function too, in the same transaction. It must lock what it changes in a fixed order."""
    _folders.append(folder)
    return folder


def fold() -> int:
    """Add up what waits in the queue. Returns how many rows that were. Queries: 2 per round, and the folders'."""
    rows = 0
    while taken := _fold_some():
        rows += taken
        if taken < ROWS_AT_ONCE:
            break
    return rows


@transaction.atomic
def _fold_some() -> int:
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [ROWS_AT_ONCE])
        credits = [Credit(*row) for row in cursor.fetchall()]
    if credits:
        for folder in _folders:
            folder(credits)
    return len(credits)


@register_folder
def balances(credits: Sequence[Credit]) -> None:
    """Queries: 1."""
    added: Counter[int] = Counter()
    for credit in credits:
        if credit.account_id is not None:
            added[credit.account_id] += credit.amount
    with connection.cursor() as cursor:
        cursor.execute(_ADD, [list(added), list(added.values())])
