"""What is no bookkeeping is refused by the database itself, whoever asks."""

import uuid

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.ids import new_id
from payments.errors import KeyUsedOtherwise
from payments.ledger.posting import Line, account_of, begin, book
from payments.models import Account, AccountKind, CoinLot, Entry, Transaction, Wallet
from payments.rounding import share
from tests.payments.books import buy, differences

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def accounts(db) -> tuple[int, int, int]:
    """Two in dollars and one in coins."""
    return (
        account_of(AccountKind.PROVIDER, "usd"),
        account_of(AccountKind.PLATFORM, "usd"),
        account_of(AccountKind.COINS_OUT, "coin"),
    )


def post(lines, key="k", content=None) -> uuid.UUID:
    with transaction.atomic():
        begun = begin(kind="test", key=key, content=content or {}, at=timezone.now())
        if begun.fresh:
            book(begun.id, lines)
    return begun.id


def test_what_balances_is_taken(accounts):
    provider, platform, _ = accounts
    post([Line(provider, 5), Line(platform, -5)])
    assert differences() == []


@pytest.mark.parametrize("amounts", [(5, -4, 0), (5, 0, -5), (1, 0, 0)])
def test_an_unbalanced_transaction_is_refused(accounts, amounts):
    """Also one that adds up over two currencies, but in neither."""
    with pytest.raises(IntegrityError, match="does not balance"):
        post([Line(account, amount) for account, amount in zip(accounts, amounts, strict=True)])
    assert not Transaction.objects.exists()


def test_an_empty_transaction_is_refused():
    with pytest.raises(IntegrityError, match="is empty"):
        post([])
    assert not Transaction.objects.exists()


def test_an_entry_of_nothing_is_refused(accounts):
    lines = [
        Entry(line=line, account_id=accounts[0], amount=amount) for line, amount in ((1, 5), (2, -5), (3, 0))
    ]
    with pytest.raises(IntegrityError, match="entry_is_something"):
        write(lines)


def write(entries: list[Entry]) -> None:
    """As they are, where ``book`` would leave out those of zero."""
    with transaction.atomic():
        begun = begin(kind="test", key="k", content={}, at=timezone.now())
        for entry in entries:
            entry.transaction_id = begun.id
        Entry.objects.bulk_create(entries)


def test_an_entry_of_no_account_is_refused(accounts):
    with pytest.raises(IntegrityError, match="of no account"):
        post([Line(accounts[0], 5), Line(0, -5)])


def test_nothing_is_added_to_a_transaction_later(accounts):
    provider, platform, _ = accounts
    known = post([Line(provider, 5), Line(platform, -5)])
    with pytest.raises(DatabaseError, match="together with their transaction"):
        Entry.objects.bulk_create(
            [
                Entry(transaction_id=known, line=3, account_id=provider, amount=7),
                Entry(transaction_id=known, line=4, account_id=platform, amount=-7),
            ]
        )
    with pytest.raises(DatabaseError, match="together with their transaction"):
        Entry.objects.create(transaction_id=new_id(), line=1, account_id=provider, amount=7)


def test_within_its_own_transaction_entries_may_come_in_steps_and_savepoints(accounts):
    provider, platform, _ = accounts
    with transaction.atomic():
        begun = begin(kind="test", key="k", content={}, at=timezone.now())
        Entry.objects.create(transaction_id=begun.id, line=1, account_id=provider, amount=7)
        with transaction.atomic():
            Entry.objects.create(transaction_id=begun.id, line=2, account_id=platform, amount=-7)
    assert differences() == []


@pytest.mark.parametrize("model", [Entry, Transaction, Account])
def test_what_is_written_is_neither_changed_nor_deleted(accounts, model):
    post([Line(accounts[0], 5), Line(accounts[1], -5)])
    field = {Entry: "amount", Transaction: "kind", Account: "currency"}[model]
    with pytest.raises(DatabaseError, match="append-only"):
        model.objects.update(**{field: 9})
    with pytest.raises(DatabaseError, match="append-only"), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {model._meta.db_table}")
    assert differences() == []


def test_the_same_key_is_one_transaction(accounts):
    lines = [Line(accounts[0], 5), Line(accounts[1], -5)]
    assert post(lines, content={"a": 1, "b": 2}) == post(lines, content={"b": 2, "a": 1})
    assert Transaction.objects.count() == 1


def test_the_same_key_with_other_content_is_refused(accounts):
    lines = [Line(accounts[0], 5), Line(accounts[1], -5)]
    post(lines, content={"a": 1})
    with pytest.raises(KeyUsedOtherwise):
        post(lines, content={"a": 2})
    with pytest.raises(IntegrityError, match="idempotency_key"):
        Transaction.objects.create(
            kind="test", idempotency_key="k", request_hash="x", created_at=timezone.now()
        )
    assert differences() == []


def test_a_wallet_is_never_negative(bob):
    buy(bob, 5)
    with pytest.raises(IntegrityError, match="wallet_not_negative"):
        Wallet.objects.update(balance_coins=-1)


@pytest.mark.parametrize("change", [{"gone": 6}, {"gone": -1}, {"gone": 5}, {"is_open": False}])
def test_a_lot_is_never_overspent_and_open_while_there_is_something(bob, change):
    buy(bob, 5)
    with pytest.raises(IntegrityError, match="lot_"):
        CoinLot.objects.update(**change)


def test_an_order_credits_once(bob):
    lot = buy(bob, 5, order="order-1")
    with pytest.raises(IntegrityError, match="order_reference"):
        CoinLot.objects.create(
            party_id=bob.party_id,
            order_reference="order-1",
            coins=5,
            price=9,
            currency="usd",
            charged_at=timezone.now(),
            source="stripe",
            transaction_id=lot.transaction_id,
        )
    assert Wallet.objects.get().balance_coins == 5
    assert differences() == []


@given(amount=st.integers(0, 10**9), whole=st.integers(1, 10**8), data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_database_rounds_as_we_do(db, amount, whole, data):
    part = data.draw(st.integers(0, whole))
    with connection.cursor() as cursor:
        cursor.execute("SELECT payments_share(%s, %s, %s)", [amount, part, whole])
        assert cursor.fetchone() == (share(amount, part, whole),)
