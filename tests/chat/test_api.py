"""The chat over REST: the same rules, the same limits, the same messages."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.models import User
from chat.models import ChatMessage
from streams.models import EndReason, Stream, StreamVisibility
from streams.services import stream_end

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def say(live_stream: Stream, api_of: Callable[[User], APIClient]) -> Callable[..., Any]:
    def say(user: User, text: str, client_id: str = "c1") -> Any:
        body = {"client_id": client_id, "text": text}
        return api_of(user).post(f"/api/streams/{live_stream.pk}/message", body, format="json")

    return say


def test_a_message_is_answered_as_everybody_sees_it(say: Callable[..., Any], bob: User) -> None:
    answer = say(bob, " Bravo! ")

    assert answer.status_code == 201
    message = answer.json()
    assert (message["type"], message["seq"], message["text"]) == ("chat:message", 1, "Bravo!")
    assert message["user"] == {"id": str(bob.pk), "name": "bob", "role": "viewer"}


def test_a_repeat_answers_the_same(say: Callable[..., Any], bob: User) -> None:
    first, again = say(bob, "once").json(), say(bob, "once").json()

    assert (first["id"], first["seq"]) == (again["id"], again["seq"])
    assert ChatMessage.objects.count() == 1


@pytest.mark.parametrize(
    ("text", "client_id", "code"),
    [
        ("x" * 501, "c1", "too_long"),
        (" ", "c1", "empty"),
        ("x", "", "invalid_input"),
        ("x", "a b", "invalid_input"),
    ],
)
def test_bad_messages_are_refused(
    say: Callable[..., Any], bob: User, text: str, client_id: str, code: str
) -> None:
    answer = say(bob, text, client_id)

    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert ChatMessage.objects.count() == 0


def test_the_limit_counts_every_door_together(say: Callable[..., Any], bob: User, still_window: None) -> None:
    answers = [say(bob, "x", f"c{number}") for number in range(21)]

    assert [answer.status_code for answer in answers] == [*[201] * 20, 429]
    assert answers[-1].json()["code"] == "rate_limited"
    assert answers[-1].headers["Retry-After"]


def test_strangers_need_an_account(live_stream: Stream, api: APIClient) -> None:
    answer = api.post(
        f"/api/streams/{live_stream.pk}/message", {"client_id": "c", "text": "x"}, format="json"
    )

    assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")


def test_nothing_is_said_after_the_end(say: Callable[..., Any], live_stream: Stream, bob: User) -> None:
    stream_end(stream_id=live_stream.pk, reason=EndReason.CREATOR)

    answer = say(bob, "too late")

    assert (answer.status_code, answer.json()["code"]) == (410, "stream_ended")


def test_history_is_paged_newest_first(
    say: Callable[..., Any], live_stream: Stream, alice: User, api: APIClient
) -> None:
    for number in range(30):
        assert say(alice, f"line {number}", f"c{number}").status_code == 201

    first = api.get(f"/api/streams/{live_stream.pk}/messages").json()
    assert say(alice, "in between", "later").status_code == 201
    second = api.get(first["next"]).json()

    texts = [message["text"] for message in first["results"] + second["results"]]
    assert texts == [f"line {number}" for number in reversed(range(30))]
    assert second["next"] is None


def test_history_costs_the_same_however_long(
    say: Callable[..., Any], live_stream: Stream, alice: User, bob: User, api: APIClient
) -> None:
    counts = []
    for upto in (2, 20):
        for number in range(upto):
            say(bob if number % 2 else alice, "x", f"{upto}-{number}")
        with CaptureQueriesContext(connection) as queries:
            api.get(f"/api/streams/{live_stream.pk}/messages")
        counts.append(len(queries))

    # 1 for who is shut out, 1 for the messages with their authors; the stream is cached.
    assert counts == [2, 2]


def test_events_after_a_seq(
    say: Callable[..., Any], live_stream: Stream, alice: User, api: APIClient
) -> None:
    said = [say(alice, f"line {number}", f"c{number}").json() for number in range(5)]

    answer = api.get(f"/api/streams/{live_stream.pk}/events?after=2").json()

    assert answer == {"events": said[2:], "last_seq": 5}
    assert api.get(f"/api/streams/{live_stream.pk}/events?after=5").json() == {"events": [], "last_seq": 5}


def test_who_misses_the_same_shares_one_look(
    say: Callable[..., Any], live_stream: Stream, alice: User, api: APIClient
) -> None:
    say(alice, "line")
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            api.get(f"/api/streams/{live_stream.pk}/events?after=0")
        counts.append(len(queries))

    # Who is shut out, and where the room stands; for the first also the events.
    assert counts == [3, 2]


@pytest.mark.parametrize("query", ["", "after=", "after=-1", "after=x"])
def test_events_need_a_seq(live_stream: Stream, api: APIClient, query: str) -> None:
    answer = api.get(f"/api/streams/{live_stream.pk}/events?{query}")

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")


@pytest.mark.parametrize("what", ["messages", "events?after=0"])
@pytest.mark.parametrize("over", [False, True])
def test_what_followers_say_stays_among_them(
    live_stream: Stream,
    api: APIClient,
    api_of: Callable[[User], APIClient],
    alice: User,
    what: str,
    over: bool,
) -> None:
    Stream.objects.filter(pk=live_stream.pk).update(visibility=StreamVisibility.FOLLOWERS)
    if over:
        stream_end(stream_id=live_stream.pk, reason=EndReason.CREATOR)

    assert api.get(f"/api/streams/{live_stream.pk}/{what}").status_code == 403
    assert api_of(alice).get(f"/api/streams/{live_stream.pk}/{what}").status_code == 200


def test_an_ended_public_stream_can_be_read(
    say: Callable[..., Any], live_stream: Stream, bob: User, api: APIClient
) -> None:
    say(bob, "goodbye")
    stream_end(stream_id=live_stream.pk, reason=EndReason.CREATOR)

    page = api.get(f"/api/streams/{live_stream.pk}/messages").json()

    assert [message["text"] for message in page["results"]] == ["goodbye"]


def test_a_name_changes_with_its_person(
    say: Callable[..., Any], live_stream: Stream, bob: User, api: APIClient
) -> None:
    say(bob, "it is me")
    User.objects.filter(pk=bob.pk).update(display_name="Bobby")

    (message,) = api.get(f"/api/streams/{live_stream.pk}/messages").json()["results"]

    assert message["user"]["name"] == "Bobby"
