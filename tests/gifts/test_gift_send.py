"""Spending coins on a gift: what it costs, who gets what, what is refused."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.blocks import block_create
from accounts.models import AgeBand
from core import facts
from core.errors import DomainError, InvalidInput, NotSignedIn
from core.models import OutboxFact
from gifts.errors import GiftChanged, StreamNotLive
from gifts.models import Gift, GiftSend
from gifts.selectors import channel_leaderboard, stream_leaderboard
from gifts.standings import week_of
from payments.errors import KeyUsedOtherwise, NotEnoughCoins, OwnChannel, WalletFrozen
from payments.ledger.folding import fold
from payments.models import Balance, CoinLot, Entry, QueuedCredit, Transaction, Wallet
from streams.models import EndReason
from streams.services import stream_create, stream_end
from streams.viewers import Viewer
from tests.conftest import viewer_of
from tests.payments.books import buy, differences, entries_of, owed, request

pytestmark = pytest.mark.django_db(transaction=True)


def test_it_takes_coins_and_books_money(send, bob, alice):
    buy(bob, 100)
    sent = send("rocket", 2)
    assert (sent.gift.coins, sent.balance_coins, sent.repeated) == (40, 60, False)
    assert Wallet.objects.get(pk=bob.party_id).balance_coins == 60
    # 40 of 100 coins for 149 cents; the creator gets 95 cents a hundred.
    assert entries_of(sent.gift.pk) == {
        "wallet": 40, "coins_out": -40, "coins_sold": 60, "pending": -38, "platform": -22,
    }  # fmt: skip
    assert owed("pending", alice) == 38
    assert differences() == []


def test_lots_are_spent_first_in_first_out_and_named(send, bob):
    first, second = buy(bob, 10), buy(bob, 10)
    sent = send("rose", 15)
    lots = {lot.pk: lot for lot in CoinLot.objects.all()}
    assert (lots[first.pk].gone, lots[first.pk].is_open) == (10, False)
    assert (lots[second.pk].gone, lots[second.pk].is_open) == (5, True)
    wallet = Entry.objects.filter(transaction_id=sent.gift.pk, account__kind="wallet").order_by("line")
    assert [(entry.lot_id, entry.amount) for entry in wallet] == [(first.pk, 10), (second.pk, 5)]
    assert differences() == []


def test_nothing_that_senders_share_is_changed_before_the_fold(send, bob, alice, live_stream):
    buy(bob, 100)
    send("crown")
    live_stream.refresh_from_db()
    assert (live_stream.gifts_total_coins, Balance.objects.count(), QueuedCredit.objects.count()) == (0, 0, 1)
    assert differences() == [], "the check counts what is in the queue"
    assert fold() == 1
    live_stream.refresh_from_db()
    assert live_stream.gifts_total_coins == 50
    assert Balance.objects.get(account__kind="pending", account__party=alice.party_id).amount == 48
    assert fold() == 0
    assert differences() == []


def test_leaderboards_name_who_wants_to_be_named(send, bob, charlie, alice, live_stream):
    buy(bob, 100)
    buy(charlie, 100)
    with time_machine.travel(timezone.now() - timedelta(days=7), tick=False):
        send("diamond")
    send("rose")
    send("star", anonymous=True)
    send("heart", sender=viewer_of(charlie))
    fold()

    def told(board):
        return [(place.person and place.person["username"], place.coins) for place in board.places]

    everybody = [("bob", 11), (None, 5), ("charlie", 2)]
    assert told(stream_leaderboard(stream_id=live_stream.pk)) == everybody
    assert told(channel_leaderboard(creator_id=alice.party_id)) == everybody
    week = week_of(timezone.now())
    this_week = [(None, 5), ("charlie", 2), ("bob", 1)]
    assert told(channel_leaderboard(creator_id=alice.party_id, week=week)) == this_week
    assert told(stream_leaderboard(stream_id=live_stream.pk, limit=1)) == everybody[:1]
    assert differences() == []


def test_a_repeat_answers_as_the_first_time_also_after_the_stream(send, bob, live_stream):
    buy(bob, 10)
    asked = request()
    first = send("star", request_id=asked)
    again = send("star", request_id=asked)
    stream_end(stream_id=live_stream.pk, reason=EndReason.CREATOR)
    live_stream.refresh_from_db()
    late = send("star", request_id=asked)
    for repeat in (again, late):
        assert repeat.repeated
        assert (repeat.gift.pk, repeat.gift.coins, repeat.gift.gift.sku) == (first.gift.pk, 5, "star")
    assert Wallet.objects.get(pk=bob.party_id).balance_coins == 5
    assert GiftSend.objects.count() == 1
    with pytest.raises(DomainError) as refused:
        send("star")
    assert refused.value.code == "stream_ended"


def over(stream):
    stream_end(stream_id=stream.pk, reason=EndReason.CREATOR)


def withdrawn(stream):
    Gift.objects.update(on_sale=False)


@pytest.mark.parametrize(("change", "refusal"), [(over, StreamNotLive), (withdrawn, GiftChanged)])
def test_a_repeat_is_known_before_anything_is_refused(send, bob, live_stream, change, refusal):
    """By who looked at the stream and the gift while both were to be had."""
    buy(bob, 10)
    asked = request()
    first = send("star", request_id=asked)
    change(live_stream)
    again = send("star", request_id=asked)
    assert (again.repeated, again.gift.pk) == (True, first.gift.pk)
    with pytest.raises(KeyUsedOtherwise):
        send("star", 2, request_id=asked)
    with pytest.raises(refusal):
        send("star")
    assert GiftSend.objects.count() == 1


@pytest.mark.parametrize("other", [{"quantity": 2}, {"sku": "heart"}, {"anonymous": True}])
def test_a_request_id_is_good_for_one_gift(send, bob, other):
    buy(bob, 10)
    asked = request()
    send("rose", request_id=asked)
    with pytest.raises(KeyUsedOtherwise):
        send(**({"sku": "rose"} | other), request_id=asked)
    assert GiftSend.objects.count() == 1


def test_the_same_request_id_of_two_people_is_two_gifts(send, bob, charlie):
    buy(bob, 1)
    buy(charlie, 1)
    asked = request()
    send(request_id=asked)
    send(request_id=asked, sender=viewer_of(charlie))
    assert GiftSend.objects.count() == 2


def test_what_is_missing_is_told_and_nothing_written(send, bob):
    buy(bob, 3)
    before = Transaction.objects.count()
    with pytest.raises(NotEnoughCoins) as refused:
        send("star")
    assert refused.value.details == {"balance_coins": 3, "needed_coins": 5, "missing_coins": 2}
    assert (Transaction.objects.count(), GiftSend.objects.count()) == (before, 0)


def test_without_a_wallet_everything_is_missing(send):
    with pytest.raises(NotEnoughCoins) as refused:
        send("star")
    assert refused.value.details["missing_coins"] == 5


def refusals(send, bob, alice, live_stream, catalogue):
    def frozen():
        Wallet.objects.update(frozen=Wallet.Frozen.STAFF)
        return send()

    def prepared():
        other = stream_create(creator=alice, title="Not yet")[0]
        return send(stream=other)

    def dearer():
        Gift.objects.filter(sku="rose").update(price_coins=2)
        return send()

    def withdrawn():
        Gift.objects.filter(sku="rose").update(on_sale=False)
        return send()

    def young():
        bob.age_band = AgeBand.FROM_16
        return send(sender=viewer_of(bob))

    def blocked():
        block_create(blocker=alice, blocked=bob)
        return send()

    def own():
        buy(alice, 5)
        return send(sender=viewer_of(alice))

    return {
        "frozen": (frozen, WalletFrozen.code),
        "prepared": (prepared, StreamNotLive.code),
        "dearer": (dearer, GiftChanged.code),
        "withdrawn": (withdrawn, GiftChanged.code),
        "young": (young, "too_young"),
        "blocked": (blocked, "forbidden"),
        "own": (own, OwnChannel.code),
        "nobody": (lambda: send(sender=Viewer(user=None, viewer_id="a:x")), NotSignedIn.code),
        "none": (lambda: send(quantity=0), InvalidInput.code),
        "hundred": (lambda: send(quantity=100), InvalidInput.code),
    }


@pytest.mark.parametrize(
    "why",
    ["frozen", "prepared", "dearer", "withdrawn", "young", "blocked", "own", "nobody", "none", "hundred"],
)
def test_what_may_not_be_is_refused_and_books_nothing(why, send, bob, alice, live_stream, catalogue):
    buy(bob, 1000)
    act, code = refusals(send, bob, alice, live_stream, catalogue)[why]
    with pytest.raises(DomainError) as refused:
        act()
    assert refused.value.code == code
    assert not GiftSend.objects.exists()
    assert not Transaction.objects.filter(kind="gift").exists()
    assert differences() == []


def test_it_asks_the_database_three_times(send, bob):
    buy(bob, 10)
    send()
    with CaptureQueriesContext(
        connection,
    ) as captured:
        send()
    # Whether the creator blocked bob; then everything else; then the fact is taken out of the outbox.
    assert len(captured) == 3, [query["sql"] for query in captured]


def test_the_room_sees_it_once_and_never_who_wants_to_be_nobody(send, bob, live_stream, shown):
    buy(bob, 100)
    asked = request()
    first = send("rocket", 2, request_id=asked)
    send("rocket", 2, request_id=asked)
    send("star", anonymous=True)
    with pytest.raises(NotEnoughCoins):
        send("mansion")
    (room, event), (_, nobodys) = shown
    assert room == live_stream.pk
    at, combo = datetime.fromisoformat(event.pop("at")), event.pop("combo")
    assert at <= timezone.now()
    assert datetime.fromisoformat(combo.pop("ends_at")) == at + timedelta(seconds=3)
    assert combo == {"id": str(first.gift.pk), "quantity": 2, "coins": 40}
    assert event == {
        "type": "gift:sent", "id": str(first.gift.pk), "user": {"id": str(bob.pk), "name": "bob"}, "gift": "rocket",
        "name": "Rocket", "animation": "fireworks", "rarity": "epic", "quantity": 2, "coins": 40,
    }  # fmt: skip
    assert nobodys["user"] is None
    assert str(bob.pk) not in str(nobodys)
    assert not OutboxFact.objects.exists()


def test_a_process_that_dies_before_telling_leaves_it_to_the_sweep(send, bob, shown, monkeypatch):
    buy(bob, 10)
    monkeypatch.setattr(facts, "deliver_on_commit", lambda row: None)
    sent = send("rose")
    assert shown == []
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        facts.sweep()
    assert [event["id"] for _, event in shown] == [str(sent.gift.pk)]
    assert not OutboxFact.objects.exists()


def whole_tables_read() -> dict[str, int]:
    """How often, by table; counted on since this connection last reported it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, seq_scan FROM pg_stat_xact_user_tables WHERE relname ~ '^(payments|gifts|streams)_'"
        )
        return dict(cursor.fetchall())


def test_it_looks_into_indexes_also_while_the_tables_are_new(send, bob):
    """Else the plans of the first gifts read whole tables, until somebody analyses them."""
    buy(bob, 10)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        with transaction.atomic():
            before = whole_tables_read()
            send()
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            assert whole_tables_read() == before


def test_in_whatever_steps_a_lot_is_spent_it_comes_out_even(send, bob, alice):
    buy(bob, 100)
    for quantity in (1, 1, 1, 5, 42, 50):
        send("rose", quantity)
    assert (owed("pending", alice), owed("platform"), owed("coins_sold")) == (95, 54, 0)
    assert differences() == []
