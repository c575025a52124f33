"""The nightly look at the books: what differs is named by account, amount and transaction, and said aloud."""

import logging
from contextlib import contextmanager

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from config.celery import app
from core.metrics import _readers
from core.models import AuditEvent
from gifts.models import Standing
from payments import tasks
from payments.ledger.check import MOST_TOLD, ledger_check
from payments.ledger.folding import fold
from payments.models import Balance, CoinLot, Earning, Entry, LedgerCheck, QueuedCredit, Wallet
from streams.models import Stream
from tests.payments.books import buy, differences
from tests.payments.test_coins_and_earnings import give

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def unguarded():
    """As somebody could who may do anything to the database."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        yield cursor


@pytest.fixture
def gift(bob, live_stream, catalogue):
    buy(bob, 100, processing=34)
    sent = give(bob, live_stream, catalogue["crown"])
    fold()
    assert differences() == []
    return sent


def told() -> set[tuple[str, int]]:
    return {(found["what"], found["amount"]) for found in differences()}


def test_a_changed_entry_is_named_with_its_transaction(gift):
    with unguarded():
        Entry.objects.filter(transaction_id=gift.pk, account__kind="platform").update(amount=F("amount") + 3)
    (found,) = differences()
    assert (found["what"], found["account"], found["amount"], found["transaction"]) == (
        "entries of a transaction do not add up", "usd", 3, str(gift.pk),
    )  # fmt: skip


def test_a_deleted_entry_shows_where_it_is_missing(gift, alice):
    with unguarded() as cursor:
        cursor.execute(
            "DELETE FROM payments_entry WHERE transaction_id = %s AND account_id IN "
            "(SELECT id FROM payments_account WHERE kind = 'pending')",
            [gift.pk],
        )
    assert told() == {
        ("entries of a transaction do not add up", 48),
        ("a creator's balance is not the sum of their entries", 48),
        ("what a creator has pending is not the sum of their earnings", 48),
    }


def test_a_transaction_without_entries_is_named(gift):
    with unguarded() as cursor:
        cursor.execute("DELETE FROM payments_entry WHERE transaction_id = %s", [gift.pk])
    found = [f for f in differences() if f["what"] == "a transaction has no entries"]
    assert [f["transaction"] for f in found] == [str(gift.pk)]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            lambda: Wallet.objects.update(balance_coins=F("balance_coins") + 7),
            {
                ("a wallet is not the sum of its entries", 7),
                ("a wallet is not what is left of its lots", 7),
                ("coins in wallets are not coins given out", 7),
            },
        ),
        (
            lambda: CoinLot.objects.update(gone=F("gone") + 1),
            {
                ("a wallet is not what is left of its lots", 1),
                ("a lot is not the sum of its entries", -1),
            },
        ),
        (
            lambda: CoinLot.objects.update(price=F("price") + 100),
            {("a lot is not the sum of its entries", 50)},
        ),
        (
            lambda: Balance.objects.update(amount=F("amount") - 5),
            {("a creator's balance is not the sum of their entries", -5)},
        ),
        (
            lambda: QueuedCredit.objects.create(
                account_id=Balance.objects.get().account_id, amount=2, gifted_at=timezone.now()
            ),
            {("a creator's balance is not the sum of their entries", 2)},
        ),
        (
            lambda: Earning.objects.update(taken=1),
            {("what a creator has pending is not the sum of their earnings", -1)},
        ),
        (
            lambda: Earning.objects.update(back=1),
            {
                ("what was called back of an earning is not what was taken", 1),
                ("a stream's total is not the sum of its gifts", 1),
                ("a place on a leaderboard is not the sum of its gifts", 1),
            },
        ),
        (
            lambda: Stream.objects.update(gifts_total_coins=51),
            {("a stream's total is not the sum of its gifts", 1)},
        ),
        (
            lambda: Standing.objects.filter(board="week").update(coins=49),
            {("a place on a leaderboard is not the sum of its gifts", -1)},
        ),
        (
            lambda: Standing.objects.filter(board="ever").delete(),
            {("a place on a leaderboard is not the sum of its gifts", -50)},
        ),
    ],
)
def test_what_is_kept_beside_the_entries_is_compared_with_them(gift, change, expected):
    change()
    found = told()
    assert {what for what, _ in found} == {what for what, _ in expected}
    assert expected <= found


def test_a_difference_is_said_aloud(gift, caplog, capsys):
    Wallet.objects.update(balance_coins=F("balance_coins") + 7)
    with caplog.at_level(logging.ERROR), pytest.raises(CommandError, match="3 differences"):
        call_command("ledger_check")
    assert "a wallet is not the sum of its entries: 7 at wallet of" in caplog.text
    assert f"transaction {gift.pk}" in caplog.text, "the newest there"
    assert "a wallet is not the sum of its entries: 7 at wallet of" in capsys.readouterr().out
    event = AuditEvent.objects.get(action="ledger.differs")
    assert event.after is not None
    assert len(event.after["differences"]) == 3
    assert gauges()["busk_ledger_differences"] == 3


def test_books_that_are_balanced_say_what_is_unspent(gift, capsys):
    call_command("ledger_check")
    assert capsys.readouterr().out.splitlines() == [
        "Unspent: 50 coins, sold for 74 usd (minor units).",
        "The books are balanced.",
    ]
    assert gauges()["busk_ledger_differences"] == 0
    assert gauges()["busk_ledger_checked_seconds"] < 60
    assert not AuditEvent.objects.filter(action="ledger.differs").exists()


def test_of_very_many_differences_some_are_kept(gift, bob):
    with unguarded() as cursor:
        cursor.execute(
            "INSERT INTO payments_transaction (id, kind, idempotency_key, request_hash, about, created_at) "
            "SELECT gen_random_uuid(), 'x', n::text, '', '', now() FROM generate_series(1, %s) AS n",
            [MOST_TOLD + 5],
        )
    assert len(ledger_check().differences) == MOST_TOLD


def test_it_runs_by_the_clock(gift):
    looks = LedgerCheck.objects.count()
    tasks.ledger_check()
    tasks.credits_fold()
    tasks.earnings_release()
    assert LedgerCheck.objects.count() == looks + 1
    planned = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert {
        f"payments.tasks.{name}" for name in ("ledger_check", "credits_fold", "earnings_release")
    } <= planned


def gauges() -> dict[str, float]:
    return {
        gauge.name: gauge.samples[0].value
        for read in _readers
        if read.__module__ == "payments.metrics"
        for gauge in read()
    }
