"""Many spend, credit and fold at the same moment: nothing is lost, nothing happens twice, nobody waits in a circle."""

import time
from collections import Counter

import pytest
from django.db import OperationalError, connection, transaction
from django.db.models import F

from core.ids import new_id
from gifts.models import GiftSend
from gifts.services import gift_send
from payments.disputes import dispute_open, dispute_won
from payments.earnings import earnings_release
from payments.errors import NotEnoughCoins
from payments.ledger import folding
from payments.ledger.folding import fold
from payments.models import AccountKind, Balance, QueuedCredit, Transaction, Wallet
from streams.services import media_arrived, stream_create
from tests.concurrency.racing import at_once
from tests.conftest import viewer_of
from tests.payments.books import buy, differences, owed

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]


def rose_of(user, stream, catalogue, request_id=None):
    return gift_send(
        sender=viewer_of(user),
        stream=stream,
        gift=catalogue["rose"],
        quantity=1,
        request_id=request_id or new_id(),
    )


def test_of_fifty_spends_of_one_from_ten_ten_are_done(bob, live_stream, catalogue):
    buy(bob, 10)
    outcomes = at_once(50, lambda _: rose_of(bob, live_stream, catalogue))
    short = [outcome for outcome in outcomes if isinstance(outcome, NotEnoughCoins)]
    assert (len(short), GiftSend.objects.count()) == (40, 10)
    assert Wallet.objects.get(pk=bob.party_id).balance_coins == 0
    fold()
    assert differences() == []


@pytest.fixture
def without_the_lock(db):
    """``payments_spend`` as it would be without its lock on the wallet, and with a moment to be overtaken in."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef('payments_spend'::regproc)")
        (as_it_is,) = cursor.fetchone()
        lock, write = "w.party_id = payer FOR NO KEY UPDATE;", "INSERT INTO payments_transaction"
        assert as_it_is.count(lock) == as_it_is.count(write) == 1
        unlocked = as_it_is.replace(lock, "w.party_id = payer;").replace(
            write, f"PERFORM pg_sleep(0.2); {write}"
        )
        cursor.execute(unlocked)
    yield
    with connection.cursor() as cursor:
        cursor.execute(as_it_is)


def test_without_the_lock_only_the_database_stops_them(bob, live_stream, catalogue, without_the_lock):
    """They all find enough in the wallet: the lots run out under them, which is no way to tell anybody."""
    buy(bob, 3)
    outcomes = at_once(8, lambda _: rose_of(bob, live_stream, catalogue))
    assert not any(isinstance(outcome, NotEnoughCoins) for outcome in outcomes)
    assert sum(isinstance(outcome, Exception) for outcome in outcomes) == 5
    fold()
    assert differences() == [], "and still nothing is booked that is not there"


def test_the_same_request_twenty_times_is_one_gift(bob, live_stream, catalogue):
    buy(bob, 50)
    asked = new_id()
    outcomes = at_once(20, lambda _: rose_of(bob, live_stream, catalogue, asked))
    assert {outcome.gift.pk for outcome in outcomes} == {GiftSend.objects.get().pk}
    assert Counter(outcome.repeated for outcome in outcomes) == {False: 1, True: 19}
    assert Wallet.objects.get(pk=bob.party_id).balance_coins == 49


def test_without_the_lock_repeats_would_break(bob, live_stream, catalogue, without_the_lock):
    buy(bob, 50)
    asked = new_id()
    outcomes = at_once(8, lambda _: rose_of(bob, live_stream, catalogue, asked))
    assert any(isinstance(outcome, Exception) for outcome in outcomes)
    assert GiftSend.objects.count() == 1, "the key is unique all the same"


def test_the_same_order_credited_by_eight_is_one_lot(bob):
    lots = at_once(8, lambda _: buy(bob, 100, order="order-1"))
    assert len({lot.pk for lot in lots}) == 1
    assert Wallet.objects.get(pk=bob.party_id).balance_coins == 100
    assert differences() == []


def give_and_fold(bob, live_stream, catalogue, folds: int = 2, writers: int = 8, each: int = 12) -> None:
    """Until the writers are done, and once more."""
    done: list[int] = []

    def work(number):
        if number < folds:
            while len(done) < writers:
                folding.fold()
            folding.fold()
            return
        try:
            for _ in range(each):
                rose_of(bob[number - folds], live_stream, catalogue)
        finally:
            done.append(number)

    outcomes = at_once(folds + writers, work)
    assert [outcome for outcome in outcomes if outcome is not None] == []
    folding.fold()


@pytest.fixture
def eight_senders(make_user):
    senders = [make_user(f"sender{number}") for number in range(8)]
    for sender in senders:
        buy(sender, 100)
    return senders


def test_two_folders_and_eight_writers_lose_nothing(eight_senders, live_stream, catalogue):
    give_and_fold(eight_senders, live_stream, catalogue)
    assert QueuedCredit.objects.count() == 0
    live_stream.refresh_from_db()
    assert live_stream.gifts_total_coins == 96
    assert differences() == []


def test_folding_by_id_would_lose_some(alice, monkeypatch):
    """The twin: rows are read up to the newest id, and what was begun earlier and committed later is passed over."""
    from payments.ledger.posting import account_of

    account = account_of(AccountKind.PENDING, "usd", alice.party_id)
    Balance.objects.create(account_id=account)
    read_up_to = [0]

    def fold_by_id():
        rows = list(QueuedCredit.objects.filter(pk__gt=read_up_to[0]).order_by("id"))
        if rows:
            read_up_to[0] = rows[-1].pk
            Balance.objects.update(amount=F("amount") + sum(row.amount for row in rows))

    def work(number):
        if number == 2:
            for _ in range(6):
                fold_by_id()
                time.sleep(0.1)
            return
        with transaction.atomic():
            if number == 1:
                time.sleep(0.1)  # the later id
            QueuedCredit.objects.create(account_id=account, amount=1, gifted_at="2026-01-01T00:00Z")
            if number == 0:
                time.sleep(0.4)  # and the later commit

    at_once(3, work)
    fold_by_id()
    assert Balance.objects.get().amount == 1
    assert QueuedCredit.objects.count() == 2


def test_opposite_directions_never_wait_in_a_circle(alice, bob, catalogue, live_stream):
    """alice gives to bob while bob gives to alice, with folds and releases in between."""
    other = stream_create(creator=bob, title="Bob's")[0]
    media_arrived(stream_id=other.pk)
    other.refresh_from_db()
    for user in (alice, bob):
        buy(user, 100)

    def work(number):
        for _ in range(10):
            if number == 8:
                fold()
            elif number == 9:
                earnings_release()
            elif number % 2:
                rose_of(alice, other, catalogue)
            else:
                rose_of(bob, live_stream, catalogue)

    assert at_once(10, work) == [None] * 10
    fold()
    assert differences() == []


def test_locking_sender_and_creator_would_wait_in_a_circle(alice, bob):
    """The twin: both wallets locked, the own one first."""
    for user in (alice, bob):
        buy(user, 10)

    def work(number):
        first, second = (alice, bob) if number else (bob, alice)
        with transaction.atomic():
            Wallet.objects.select_for_update().get(pk=first.party_id)
            time.sleep(0.2)
            Wallet.objects.select_for_update().get(pk=second.party_id)

    outcomes = at_once(2, work)
    assert sum(isinstance(outcome, OperationalError) for outcome in outcomes) == 1


def test_a_dispute_amid_spending_takes_every_coin_once(bob, alice, live_stream, catalogue):
    buy(bob, 30, order="order-1")

    def work(number):
        if number == 0:
            time.sleep(0.1)
            dispute_open(reference="d", order_reference="order-1")
            return None
        for _ in range(8):
            try:
                rose_of(bob, live_stream, catalogue)
            except Exception as error:
                return getattr(error, "code", repr(error))
        return None

    outcomes = at_once(5, work)
    assert set(outcomes) <= {None, "wallet_frozen", "not_enough_coins"}
    assert Wallet.objects.get(pk=bob.party_id).balance_coins == 0
    assert owed("disputed") == 44
    assert (owed("coins_sold"), owed("pending", alice)) == (0, 0)
    fold()
    assert differences() == []
    at_once(4, lambda _: dispute_won(reference="d"))
    assert Transaction.objects.filter(kind="dispute_won").count() == 1
    fold()
    assert differences() == []
