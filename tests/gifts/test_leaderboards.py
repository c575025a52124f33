"""Who gave most to a creator: this week, and ever."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.erasure import account_erase
from gifts import selectors
from gifts.selectors import stream_leaderboard
from payments.ledger.folding import fold
from tests.conftest import viewer_of
from tests.payments.books import buy

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def board(api, api_of):
    def board(span=None, user=None, username="alice"):
        client = api_of(user) if user else api
        answer = client.get(f"/api/channels/{username}/leaderboard", {"span": span} if span else {})
        assert answer.status_code == 200, answer.json()
        told = answer.json()
        places = [
            (place["person"] and place["person"]["username"], place["coins"]) for place in told["places"]
        ]
        return places, told["you"]

    return board


def test_a_channel_has_one_of_the_week_and_one_of_all_time(send, bob, charlie, board):
    for user in (bob, charlie):
        buy(user, 100)
    with time_machine.travel(timezone.now() - timedelta(days=7), tick=False):
        send("diamond")
    send("rose")
    send("star", anonymous=True)
    send("heart", sender=viewer_of(charlie))
    assert board("ever") == ([], None)
    fold()
    assert board("ever", bob) == ([("bob", 11), (None, 5), ("charlie", 2)], {"place": 1, "coins": 11})
    assert board("week", bob) == ([(None, 5), ("charlie", 2), ("bob", 1)], {"place": 3, "coins": 1})
    assert board(None, charlie)[1] == {"place": 2, "coins": 2}
    assert board(username="ALICE") == ([(None, 5), ("charlie", 2), ("bob", 1)], None)
    assert board(username="bob") == ([], None)


def test_ten_are_shown_and_whoever_is_behind_them_is_told_where(send, make_user, board, monkeypatch):
    senders = [make_user(f"sender{number}") for number in range(13)]
    for number, sender in enumerate(senders):
        buy(sender, 20)
        send(quantity=13 - number // 2, sender=viewer_of(sender))
    fold()
    places, you = board("ever", senders[-1])
    assert [coins for _, coins in places] == [13, 13, 12, 12, 11, 11, 10, 10, 9, 9]
    assert [name for name, _ in places] == [f"sender{number}" for number in range(10)]
    assert you == {"place": 13, "coins": 7}
    assert [board("ever", sender)[1]["place"] for sender in senders] == list(range(1, 14))
    monkeypatch.setattr(selectors, "PLACES_COUNTED", 12)
    assert board("ever", senders[-2])[1] == {"place": 12, "coins": 8}
    assert board("ever", senders[-1])[1] == {"place": None, "coins": 7}


def test_whoever_gave_namelessly_only_is_not_told_a_place(send, bob, board):
    buy(bob, 10)
    send(anonymous=True)
    fold()
    assert board("ever", bob) == ([(None, 1)], None)


def test_who_is_erased_stays_as_nobody_we_know_and_their_channel_is_gone(send, alice, bob, board, api):
    buy(bob, 10)
    send("star")
    fold()
    account_erase(user=bob)
    assert board("ever") == ([("deleted", 5)], None)
    account_erase(user=alice)
    assert api.get("/api/channels/alice/leaderboard").status_code == 404
    assert api.get("/api/channels/nobody/leaderboard").status_code == 404


def test_what_is_no_span(api, alice):
    assert api.get("/api/channels/alice/leaderboard?span=stream").status_code == 400


def test_what_it_costs_does_not_grow(send, make_user, bob, live_stream, django_assert_num_queries):
    for number in range(3):
        sender = make_user(f"sender{number}")
        buy(sender, 10)
        send(sender=viewer_of(sender))
        fold()
        # The places with their people; the viewer's own; how many are before them.
        with django_assert_num_queries(3):
            stream_leaderboard(stream_id=live_stream.pk, party_id=sender.party_id)
    with django_assert_num_queries(2):
        stream_leaderboard(stream_id=live_stream.pk, party_id=bob.party_id)
    with django_assert_num_queries(1):
        stream_leaderboard(stream_id=live_stream.pk)
