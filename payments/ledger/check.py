"""A look at all the books: whether what is kept beside the entries says the same, and the entries among themselves."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from core.audit import audit_record
from payments.models import LedgerCheck

logger = logging.getLogger(__name__)

MOST_TOLD = 1000


@dataclass(frozen=True)
class Difference:
    """``amount`` too much is kept at ``account``, below zero too little. ``transaction`` is the newest one there."""

    what: str
    account: str
    amount: int
    transaction: str | None


# Each answers rows of (account, amount, transaction).
_CHECKS = {
    "entries of a transaction do not add up": """
        SELECT sums.currency, sums.amount, sums.transaction_id::text FROM (
            SELECT entry.transaction_id, coalesce(account.currency, 'no account') AS currency,
                sum(entry.amount) AS amount
            FROM payments_entry entry LEFT JOIN payments_account account ON account.id = entry.account_id
            GROUP BY 1, 2
        ) sums WHERE sums.amount <> 0 OR sums.currency = 'no account'
    """,
    "a transaction has no entries": """
        SELECT kind, 0, id::text FROM payments_transaction t
        WHERE NOT EXISTS (SELECT FROM payments_entry entry WHERE entry.transaction_id = t.id)
    """,
    "a wallet is not the sum of its entries": """
        SELECT payments_account_name(account), wallet.balance_coins + coalesce(sums.amount, 0), sums.newest
        FROM payments_wallet wallet JOIN payments_account account ON account.id = wallet.account_id
        LEFT JOIN sums ON sums.account_id = account.id
        WHERE wallet.balance_coins <> -coalesce(sums.amount, 0)
    """,
    "a wallet is not what is left of its lots": """
        SELECT payments_account_name(account), wallet.balance_coins - coalesce(lots.coins, 0), sums.newest
        FROM payments_wallet wallet JOIN payments_account account ON account.id = wallet.account_id
        LEFT JOIN sums ON sums.account_id = account.id
        LEFT JOIN (SELECT party_id, sum(coins - gone) AS coins FROM payments_coinlot GROUP BY 1) lots
            ON lots.party_id = wallet.party_id
        WHERE wallet.balance_coins <> coalesce(lots.coins, 0)
    """,
    "coins in wallets are not coins given out": """
        SELECT 'coins_out in coin', sum(balance) - issued, NULL FROM (
            SELECT coalesce(sum(balance_coins), 0) AS balance, (
                SELECT coalesce(sum(sums.amount), 0) FROM sums
                JOIN payments_account account ON account.id = sums.account_id WHERE account.kind = 'coins_out'
            ) AS issued FROM payments_wallet
        ) totals GROUP BY issued HAVING sum(balance) <> issued
    """,
    "a lot is not the sum of its entries": """
        SELECT 'lot ' || lot.id || ' in ' || kept.currency, kept.amount + coalesce(told.amount, 0), told.newest
        FROM payments_coinlot lot
        CROSS JOIN LATERAL (VALUES
            ('coin', lot.coins - lot.gone),
            (lot.currency, lot.price - payments_share(lot.price, lot.gone, lot.coins))
        ) AS kept (currency, amount)
        LEFT JOIN (
            SELECT entry.lot_id, account.currency, sum(entry.amount) AS amount,
                max(entry.transaction_id::text) AS newest
            FROM payments_entry entry JOIN payments_account account ON account.id = entry.account_id
            WHERE entry.lot_id IS NOT NULL GROUP BY 1, 2
        ) told ON told.lot_id = lot.id AND told.currency = kept.currency
        WHERE kept.amount <> -coalesce(told.amount, 0)
    """,
    "a creator's balance is not the sum of their entries": """
        SELECT payments_account_name(account),
            coalesce(balance.amount, 0) + coalesce(queued.amount, 0) + coalesce(sums.amount, 0), sums.newest
        FROM payments_account account
        LEFT JOIN sums ON sums.account_id = account.id
        LEFT JOIN payments_balance balance ON balance.account_id = account.id
        LEFT JOIN (SELECT account_id, sum(amount) AS amount FROM payments_queuedcredit GROUP BY 1) queued
            ON queued.account_id = account.id
        WHERE account.kind IN ('pending', 'available', 'debt')
            AND coalesce(balance.amount, 0) + coalesce(queued.amount, 0) <> -coalesce(sums.amount, 0)
    """,
    "what was called back of an earning is not what was taken": """
        SELECT 'earning ' || earning.id || ' of ' || earning.creator_id, earning.back - coalesce(taken.part, 0),
            earning.transaction_id::text
        FROM payments_earning earning LEFT JOIN (
            SELECT earning_id, sum(part) AS part FROM payments_taking WHERE NOT is_given_again GROUP BY 1
        ) taken ON taken.earning_id = earning.id
        WHERE earning.back <> coalesce(taken.part, 0)
    """,
    "what was taken for an earning that went back whole is not all of it": """
        SELECT 'earning ' || earning.id || ' of ' || earning.creator_id, earning.amount - taken.creator,
            earning.transaction_id::text
        FROM payments_earning earning JOIN (
            SELECT earning_id, sum(gross) AS gross, sum(from_processing) AS processing,
                sum(from_pending + from_debt + from_loss) AS creator
            FROM payments_taking WHERE NOT is_given_again GROUP BY 1
        ) taken ON taken.earning_id = earning.id
        WHERE earning.back = CASE WHEN earning.coins > 0 THEN earning.coins ELSE earning.gross END
            AND (taken.gross, taken.creator, taken.processing)
                <> (earning.gross, earning.amount, earning.processing)
    """,
    "what a creator has pending is not the sum of their earnings": """
        SELECT payments_account_name(account), coalesce(earned.amount, 0) + coalesce(sums.amount, 0), sums.newest
        FROM payments_account account
        LEFT JOIN sums ON sums.account_id = account.id
        LEFT JOIN (
            SELECT creator_id, sum(amount - taken) AS amount FROM payments_earning WHERE is_pending GROUP BY 1
        ) earned ON earned.creator_id = account.party_id
        WHERE account.kind = 'pending' AND coalesce(earned.amount, 0) <> -coalesce(sums.amount, 0)
    """,
}
_SUMS = """
    WITH sums AS (
        SELECT account_id, sum(amount) AS amount, max(transaction_id::text) AS newest
        FROM payments_entry GROUP BY account_id
    )
"""
# All of them at once: what they have in common is added up once.
_ALL = _SUMS + " UNION ALL ".join(
    f"SELECT {place}, found.* FROM ({query}) AS found (account, amount, newest)"  # noqa: S608 - all written above
    for place, query in enumerate(_CHECKS.values())
)
_UNSPENT = """
    SELECT account.currency, -sum(entry.amount) FROM payments_entry entry
    JOIN payments_account account ON account.id = entry.account_id
    WHERE account.kind = 'coins_sold' GROUP BY account.currency ORDER BY account.currency
"""

Checker = Callable[[], Iterable[Difference]]
_checkers: list[Checker] = []


def register_check(checker: Checker) -> Checker:
    """Ask this function too: an app above compares its sums with the books, in one snapshot with all others."""
    _checkers.append(checker)
    return checker


def ledger_check() -> LedgerCheck:
    """Compare everything with the entries, as of one moment; keep what was found, and say it aloud.

    Reads all books, so: at night. Must not run in a transaction. Queries: 5, and the registered ones.
    """
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            found = differences_look()
            unspent = {currency: int(amount) for currency, amount in _rows(cursor, _UNSPENT)}
            ((coins,),) = _rows(cursor, "SELECT coalesce(sum(balance_coins), 0) FROM payments_wallet")
        check = LedgerCheck.objects.create(
            at=timezone.now(),
            differences=[asdict(difference) for difference in found[:MOST_TOLD]],
            unspent_coins=coins,
            unspent_money=unspent,
        )
        if found:
            audit_record(
                actor_party_id=None,
                action="ledger.differs",
                target=f"ledger_check:{check.pk}",
                after={"differences": check.differences},
            )
    for difference in found:
        logger.error(
            "the books differ: %s: %s at %s, transaction %s",
            difference.what,
            difference.amount,
            difference.account,
            difference.transaction,
        )
    return check


def differences_look() -> list[Difference]:
    """All that differs, kept and said nowhere. In ``REPEATABLE READ`` it is as of one moment. Queries: 1, and the
    registered ones.
    """
    with connection.cursor() as cursor:
        rows = _rows(cursor, _ALL)
    named = list(_CHECKS)
    found = [
        Difference(named[place], account, int(amount), newest) for place, account, amount, newest in rows
    ]
    return found + [difference for checker in _checkers for difference in checker()]


def _rows(cursor: Any, query: str) -> list[Any]:
    cursor.execute(query)
    rows: list[Any] = cursor.fetchall()
    return rows
