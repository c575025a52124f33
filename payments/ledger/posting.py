"""Writing to the books: begin a transaction under its key, then its entries, all in one database transaction."""

import hashlib
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from django.db import DatabaseError, connection, transaction
from django.db.models import Sum
from django.utils import timezone

from core.ids import new_id
from payments.errors import KeyUsedOtherwise
from payments.models import AccountKind, Entry, QueuedCredit
from payments.terms import COIN

KEY_USED_OTHERWISE = "BK001"


class Begun(NamedTuple):
    """``fresh`` is False when the key had a transaction of the same content: then nothing more is to be written."""

    id: uuid.UUID
    fresh: bool


class Line(NamedTuple):
    """One entry. ``amount`` in minor units, above zero what we have more or spent, below what we owe or earned."""

    account: int
    amount: int
    lot: uuid.UUID | None = None


def request_hash(content: dict[str, Any]) -> str:
    """Of what was asked for, whatever order the fields came in."""
    return hashlib.sha256(msgspec.json.encode(content, order="sorted")).hexdigest()


def begin(*, kind: str, key: str, content: dict[str, Any], at: datetime, about: str = "") -> Begun:
    """Begin a transaction, or find the one that was made under this key. Of two at once the second one waits.

    Must run in ``atomic``, and what is fresh must get its entries there: the database looks at commit. Queries: 1.
    Raises: KeyUsedOtherwise.
    """
    assert connection.in_atomic_block, "a transaction without its entries would be refused"
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT known, fresh FROM payments_begin(%s, %s, %s, %s, %s, %s)",
                [new_id(), kind, key, request_hash(content), about, at],
            )
            return Begun(*cursor.fetchone())
    except DatabaseError as error:
        if getattr(error.__cause__, "sqlstate", None) == KEY_USED_OTHERWISE:
            raise KeyUsedOtherwise(key=key) from error
        raise


def book(transaction_id: uuid.UUID, lines: Sequence[Line], *, creators: Sequence[Line] = ()) -> None:
    """Write a begun transaction's entries, but for those of zero. Queries: 1, or 2.

    ``creators`` are those at creators' accounts, whose balances follow with the next fold.
    """
    written = [line for line in (*lines, *creators) if line.amount]
    Entry.objects.bulk_create(
        Entry(
            transaction_id=transaction_id,
            line=place,
            account_id=line.account,
            amount=line.amount,
            lot_id=line.lot,
        )
        for place, line in enumerate(written, start=1)
    )
    now = timezone.now()
    QueuedCredit.objects.bulk_create(
        QueuedCredit(account_id=line.account, amount=-line.amount, gifted_at=now)
        for line in creators
        if line.amount
    )


def account_of(kind: AccountKind, currency: str, party_id: uuid.UUID | None = None) -> int:
    """The account's number; it is made when it is needed for the first time. Queries: 1."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT payments_account_of(%s, %s, %s)", [kind, party_id, currency])
        (number,) = cursor.fetchone()
    return int(number)


def owed_on(account: int) -> int:
    """What is owed on the account, by its entries: as exact as the locks that the caller holds. Queries: 1."""
    return -(Entry.objects.filter(account_id=account).aggregate(sum=Sum("amount"))["sum"] or 0)


def wallet_account_of(party_id: uuid.UUID) -> int:
    return account_of(AccountKind.WALLET, COIN, party_id)
