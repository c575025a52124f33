"""Coins spent on something that is not a gift, and given back for it."""

import uuid
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.utils import timezone

from core.ids import new_id
from payments.coins import coins_out_lines, coins_put_back
from payments.errors import CardShared, KeyUsedOtherwise, NotEnoughCoins, OwnChannel, WalletFrozen
from payments.ledger.posting import Line, account_of, begin, book, request_hash
from payments.models import AccountKind, EarningSource
from payments.taking import spent_lock, take
from payments.terms import book_terms, creator_per_coin

_SPEND = """
SELECT outcome, known, balance
FROM payments_spend(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""


class Spent(NamedTuple):
    """``balance_coins`` is what is left now; ``repeated``: it was spent before under this key."""

    transaction_id: uuid.UUID
    balance_coins: int
    repeated: bool


@transaction.atomic
def coins_spend(
    *,
    source: EarningSource,
    payer_id: uuid.UUID,
    creator_id: uuid.UUID,
    stream_id: uuid.UUID | None,
    coins: int,
    key: str,
    content: dict[str, Any],
    at: datetime | None = None,
    about: str = "",
) -> Spent:
    """Take coins off a wallet, oldest first, and book their worth for a creator. A repeat under the key does nothing.

    Both are parties. ``content`` is what was asked for under the key; what may be asked is up to the caller. Locks: the
    wallet, its lots. Queries: 1. Raises: OwnChannel, CardShared, NotEnoughCoins, WalletFrozen,
    KeyUsedOtherwise.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _SPEND,
            [
                new_id(), source.value, key, request_hash(content), about, at or timezone.now(), payer_id, creator_id,
                stream_id, coins, False, book_terms().currency, *creator_per_coin(),
            ],
        )  # fmt: skip
        outcome, known, balance = cursor.fetchone()
    match outcome:
        case "done" | "replayed":
            return Spent(known, balance, outcome == "replayed")
        case "frozen":
            raise WalletFrozen()
        case "own_channel":
            raise OwnChannel()
        case "shared_card":
            raise CardShared()
        case "short":
            raise NotEnoughCoins(balance_coins=balance, needed_coins=coins, missing_coins=coins - balance)
    raise KeyUsedOtherwise(key=key)


@transaction.atomic
def spend_refund(*, transaction_id: uuid.UUID, key: str) -> None:
    """Give coins back that were spent in one transaction, and take the creator's part from them. A repeat does nothing.

    Coins return to the lots that they came from; those whose lot was refunded or disputed meanwhile were taken from the
    creator then, and stay gone. What the creator has not pending any more becomes their debt, or our loss. Lock nothing
    before that a dispute locks after: the payer's wallet is the first.
    Locks: the wallet, the lots, the creator. Queries: 20, and 8 per lot. Raises: NotFound, KeyUsedOtherwise.
    """
    wallet, spent = spent_lock(transaction_id=transaction_id)
    taken = [(held, held.pick_spent()) for held in spent]
    if not any(one.coins for _, one in taken):
        return
    begun = begin(
        kind="spend_refunded",
        key=key,
        content={"transaction": transaction_id},
        at=timezone.now(),
        about=f"transaction:{transaction_id}",
    )
    if not begun.fresh:
        return
    currency = book_terms().currency
    lines, creators = [], []
    for held, one in taken:
        assert held.lot is not None
        ours, theirs = take(held, one, begun.id)
        worth = coins_put_back(held.lot, one.coins) if one.coins else 0
        lines += [
            *ours,
            *coins_out_lines(wallet, held.lot, -one.coins),
            Line(account_of(AccountKind.COINS_SOLD, currency), -worth, held.lot.pk),
            # A cent by which coins are worth more or less at their place in the lot now.
            Line(account_of(AccountKind.PLATFORM, currency), worth - one.worth),
        ]
        creators += theirs
    book(begun.id, lines, creators=creators)
