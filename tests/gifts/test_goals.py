"""What a creator would like to be given, and how the room sees it fill."""

import threading
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection, connections, transaction
from django.utils import timezone

from core.errors import DomainError
from gifts import goals
from gifts.goals import goal_remove, goal_set, goals_tell
from gifts.models import Goal
from gifts.tasks import gifts_settle
from payments.disputes import dispute_open
from payments.ledger.folding import fold
from realtime.publish import room_publish
from streams.models import EndReason, Stream, StreamVisibility
from streams.services import stream_create, stream_end
from tests.payments.books import buy, differences
from tests.streams.media.conftest import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def clock():
    with time_machine.travel(timezone.now(), tick=False) as clock:
        yield clock


@pytest.fixture
def goal(live_stream) -> Goal:
    return goal_set(stream_id=live_stream.pk, title="A new lamp", target_coins=100)


def told(shown: Any) -> list[Any]:
    """Of each goal:changed: what was given, and whether it was reached."""
    events = [event for _, event in shown if event["type"] == "goal:changed"]
    return [event["id"] and (event["coins"], event["reached_at"] is not None) for event in events]


def test_it_counts_what_is_given_from_now_on(send, bob, live_stream, clock):
    buy(bob, 200)
    send("crown")
    clock.shift(timedelta(seconds=1))
    goal = goal_set(stream_id=live_stream.pk, title="  A new \n lamp ", target_coins=100)
    send("rocket", anonymous=True)
    fold()
    goal.refresh_from_db()
    assert (goal.title, goal.coins, goal.reached_at) == ("A new lamp", 20, None)
    assert differences() == []


def test_it_is_reached_once_and_stays_reached(send, bob, live_stream, clock, goal):
    lot = buy(bob, 200)
    for quantity in (1, 2):
        clock.shift(timedelta(seconds=1))
        send("crown", quantity)
        fold()
    goal.refresh_from_db()
    assert (goal.coins, goal.reached_at) == (150, timezone.now())
    reached = goal.reached_at
    clock.shift(timedelta(seconds=1))
    send("rose")
    fold()
    dispute_open(reference="dp_1", order_reference=lot.order_reference)
    fold()
    goal.refresh_from_db()
    assert (goal.coins, goal.reached_at) == (0, reached), "the coins are gone, what was reached is not"
    assert differences() == []


def test_the_room_is_told_at_most_once_a_second(send, bob, shown, clock, goal):
    buy(bob, 100)
    for _ in range(4):
        send("star")
        fold()
        gifts_settle()
    assert told(shown) == [(0, False)], "it was set a moment ago"
    clock.shift(timedelta(seconds=1))
    send("star")
    fold()
    assert told(shown) == [(0, False), (25, False)]
    send("star")
    fold()
    clock.shift(timedelta(seconds=1))
    for _ in range(3):
        gifts_settle()
    clock.shift(timedelta(seconds=1))
    gifts_settle()
    assert told(shown) == [(0, False), (25, False), (30, False)], "what came last is told too, and once"
    send("rose", 70)
    clock.shift(timedelta(seconds=1))
    fold()
    assert told(shown)[3:] == [(100, True)]


def test_a_change_keeps_what_was_given_and_after_a_reached_one_comes_a_new_one(
    send, bob, live_stream, shown, clock, goal
):
    buy(bob, 100)
    clock.shift(timedelta(seconds=1))
    send("star")
    fold()
    changed = goal_set(stream_id=live_stream.pk, title="Two lamps", target_coins=200)
    assert (changed.pk, changed.coins, changed.reached_at) == (goal.pk, 5, None)
    lowered = goal_set(stream_id=live_stream.pk, title="A candle", target_coins=4)
    assert (lowered.pk, lowered.reached_at) == (goal.pk, timezone.now())
    clock.shift(timedelta(seconds=1))
    again = goal_set(stream_id=live_stream.pk, title="A candle", target_coins=4)
    assert again.pk == goal.pk, "the same again changes nothing"
    new = goal_set(stream_id=live_stream.pk, title="Another candle", target_coins=4)
    assert (new.pk != goal.pk, new.coins, new.reached_at) == (True, 0, None)
    goal_remove(stream_id=live_stream.pk)
    goal_remove(stream_id=live_stream.pk)
    assert told(shown) == [(0, False), (5, False), (5, False), (5, True), (0, False), None]
    send("star")
    fold()
    assert differences() == []


@pytest.mark.parametrize(
    ("title", "target_coins"),
    [("", 1), (" \u202e ", 1), ("x" * 61, 1), ("x", 0), ("x", -5), ("x", 10**7 + 1)],
)
def test_what_is_no_goal(live_stream, title, target_coins):
    with pytest.raises(DomainError) as refused:
        goal_set(stream_id=live_stream.pk, title=title, target_coins=target_coins)
    assert refused.value.code == "invalid_input"
    assert not Goal.objects.exists()


def test_none_after_the_end(live_stream):
    stream_end(stream_id=live_stream.pk, reason=EndReason.CREATOR)
    with pytest.raises(DomainError) as refused:
        goal_set(stream_id=live_stream.pk, title="x", target_coins=1)
    assert refused.value.code == "stream_ended"


def test_a_process_that_dies_while_telling_leaves_it_to_the_next_round(
    send, bob, shown, clock, goal, monkeypatch
):
    def dies(*_: Any) -> None:
        raise SystemExit

    buy(bob, 10)
    clock.shift(timedelta(seconds=1))
    with monkeypatch.context() as patch:
        patch.setattr(goals, "room_publish", dies)
        send("star")
        with pytest.raises(SystemExit):
            fold()
    clock.shift(timedelta(seconds=1))
    goals_tell()
    assert told(shown) == [(0, False), (5, False)]


def test_one_that_changes_while_it_is_told_is_told_as_it_is(
    send, bob, live_stream, shown, clock, goal, monkeypatch
):
    once: list[bool] = []

    def publish(room: Any, event: Any) -> None:
        if not once:
            once.append(True)
            goal_remove(stream_id=live_stream.pk)
        room_publish(room, event)

    buy(bob, 10)
    clock.shift(timedelta(seconds=1))
    send("star")
    monkeypatch.setattr(goals, "room_publish", publish)
    fold()
    assert told(shown)[-1] is None


def set_while_folding(live_stream: Stream, send: Any) -> Goal:
    """A goal is being set when somebody gives, and the fold comes before it is committed."""
    setting, given = threading.Event(), threading.Event()

    def set_it() -> None:
        with transaction.atomic():
            goal_set(stream_id=live_stream.pk, title="x", target_coins=100)
            setting.set()
            given.wait(10)
        connections.close_all()

    def fold_it() -> None:
        fold()
        connections.close_all()

    setter = threading.Thread(target=set_it)
    setter.start()
    assert setting.wait(10)
    send("star")
    folder = threading.Thread(target=fold_it)
    folder.start()
    wait_until(lambda: waits_for_a_lock() or not folder.is_alive())
    given.set()
    setter.join()
    folder.join()
    return Goal.objects.get()


def waits_for_a_lock() -> bool:
    """Whether anybody waits in this database; other tests' waits are none of ours."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        (waiting,) = cursor.fetchone()
    return bool(waiting)


def test_a_gift_that_comes_while_it_is_set_counts(send, bob, live_stream):
    buy(bob, 10)
    assert set_while_folding(live_stream, send).coins == 5
    assert differences() == []


def test_without_the_lock_it_would_be_lost(send, bob, live_stream, monkeypatch):
    from tests.concurrency.racing import locks_removed

    buy(bob, 10)
    with locks_removed(monkeypatch):
        assert set_while_folding(live_stream, send).coins == 0
    assert [found["what"] for found in differences()] == [
        "a goal is not the sum of the gifts since it was set"
    ]


def test_over_http(api, api_of, alice, bob, live_stream, send):
    address = f"/api/streams/{live_stream.pk}/goal"
    none = {"id": None, "title": "", "target_coins": 0, "coins": 0, "reached_at": None}
    assert api.get(address).json() == none
    body = {"title": "A new lamp", "target_coins": 100}
    made = api_of(alice).put(address, body, format="json")
    assert (made.status_code, made.json()["title"], made.json()["target_coins"]) == (200, "A new lamp", 100)
    assert api_of(alice).put(address, body | {"target_coins": 0}, format="json").status_code == 400
    buy(bob, 10)
    send("star")
    fold()
    assert api.get(address).json() == made.json() | {"coins": 5}
    for client, status in ((api, 401), (api_of(bob), 403)):
        assert client.put(address, body, format="json").status_code == status
        assert client.delete(address).status_code == status
    assert api_of(alice).delete(address).status_code == 204
    assert api.get(address).json() == none


def test_it_is_seen_by_whoever_may_see_the_stream(api, api_of, alice, charlie, goal, live_stream):
    Stream.objects.update(visibility=StreamVisibility.INVITED)
    address = f"/api/streams/{live_stream.pk}/goal"
    assert (api.get(address).status_code, api_of(charlie).get(address).status_code) == (404, 404)
    assert api_of(alice).get(address).json()["id"] == str(goal.pk)


def test_a_prepared_stream_has_one_already(alice):
    stream, _ = stream_create(creator=alice, title="Soon")
    assert goal_set(stream_id=stream.pk, title="x", target_coins=1).coins == 0


def test_it_is_given_to_its_creator_with_their_data(alice, goal):
    from gifts.people import export

    assert b"A new lamp" in export(alice)["goals.json"]
