"""Accepting a batch: decided on and stored at once, numbered in order, refused line by line."""

import threading
from collections.abc import Callable, Sequence
from uuid import UUID, uuid4

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from chat.lines import Answer
from chat.models import AuthorRole, ChatMessage
from chat.services import Accepted, Line, messages_accept
from core.errors import NotFound, RateLimited
from realtime.events import Entry
from realtime.selectors import events_after, last_seq
from streams.errors import StreamOver
from streams.models import Stream

pytestmark = pytest.mark.django_db(transaction=True)


def line(
    user: User, text: str = "hello", *, client_id: str | None = None, role: AuthorRole = AuthorRole.VIEWER
) -> Line:
    return Line(
        user_id=user.pk,
        party_id=user.party_id,
        name=user.name,
        role=role,
        client_id=client_id or str(uuid4()),
        text=text,
    )


def accepted(answers: Sequence[Answer]) -> list[Accepted]:
    taken = [answer for answer in answers if isinstance(answer, Accepted)]
    assert len(taken) == len(answers), answers
    return taken


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[Entry]:
    """What reaches the hub of this process."""
    from realtime.hub import hub

    seen: list[Entry] = []
    monkeypatch.setattr(hub, "publish_soon", lambda room_id, entries: seen.extend(entries))
    return seen


# The transaction's begin and end; what decides about the lines, in the room's turn; storing them.
STATEMENTS = ["BEGIN", "SELECT", "SELECT", "COMMIT"]


def verbs(queries: CaptureQueriesContext) -> list[str]:
    return [query["sql"].split()[0].rstrip(";") for query in queries.captured_queries]


def test_a_batch_is_stored_in_order_by_two_statements(
    live_stream: Stream, bob: User, charlie: User, published: list[Entry]
) -> None:
    lines = [line(bob, "one"), line(charlie, "two"), line(bob, "three")]
    with CaptureQueriesContext(connection) as queries:
        answers = accepted(messages_accept(stream_id=live_stream.pk, lines=lines))

    assert verbs(queries) == STATEMENTS
    assert [answer.event.seq for answer in answers] == [1, 2, 3]
    rows = ChatMessage.objects.filter(stream=live_stream).order_by("seq")
    assert [(row.seq, row.text, row.party_id) for row in rows] == [
        (1, "one", bob.party_id),
        (2, "two", charlie.party_id),
        (3, "three", bob.party_id),
    ]
    assert published == events_after(live_stream.pk, 0), "the same bytes live and afterwards"


def test_statements_do_not_grow_with_the_batch(live_stream: Stream, make_user: Callable[..., User]) -> None:
    people = [make_user(f"person{number}") for number in range(20)]
    counts = []
    for size in (10, 100):
        with CaptureQueriesContext(connection) as queries:
            accepted(
                messages_accept(stream_id=live_stream.pk, lines=[line(people[n % 20]) for n in range(size)])
            )
        counts.append(verbs(queries))

    assert counts == [STATEMENTS, STATEMENTS]


def test_the_same_client_id_is_the_same_message(
    live_stream: Stream, bob: User, published: list[Entry]
) -> None:
    first = line(bob, "once", client_id="c1")
    (answer,) = accepted(messages_accept(stream_id=live_stream.pk, lines=[first]))

    (again,) = accepted(
        messages_accept(stream_id=live_stream.pk, lines=[line(bob, "other text", client_id="c1")])
    )

    assert (again.event.id, again.event.seq, again.event.text) == (answer.event.id, answer.event.seq, "once")
    assert again.repeated
    assert (ChatMessage.objects.count(), len(published), last_seq(live_stream.pk)) == (1, 1, 1)


def test_a_repeat_within_one_batch_is_found_too(
    live_stream: Stream, bob: User, charlie: User, published: list[Entry]
) -> None:
    lines = [
        line(bob, "a", client_id="c1"),
        line(bob, "b", client_id="c1"),
        line(charlie, "c", client_id="c1"),
    ]

    answers = accepted(messages_accept(stream_id=live_stream.pk, lines=lines))

    assert [(answer.event.seq, answer.repeated, answer.event.text) for answer in answers] == [
        (1, False, "a"),
        (1, True, "a"),
        (2, False, "c"),
    ]
    assert len(published) == 2


def test_the_same_client_id_in_two_transactions_at_once_is_one_message(
    live_stream: Stream, bob: User
) -> None:
    answers: list[Accepted] = []

    def send() -> None:
        answers.extend(accepted(messages_accept(stream_id=live_stream.pk, lines=[line(bob, client_id="c1")])))
        connections.close_all()

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert ChatMessage.objects.count() == 1
    assert len({answer.event.id for answer in answers}) == 1
    assert sorted(answer.repeated for answer in answers) == [False, *[True] * 5]


def test_the_21st_message_of_half_a_minute_is_refused_and_only_that(
    live_stream: Stream, bob: User, charlie: User, still_window: None
) -> None:
    lines = [line(bob) for _ in range(21)] + [line(charlie)]

    answers = messages_accept(stream_id=live_stream.pk, lines=lines)

    refused = answers[20]
    assert isinstance(refused, RateLimited)
    assert 1 <= refused.details["retry_after_seconds"] <= 30
    accepted(answers[:20] + answers[21:])
    assert ChatMessage.objects.count() == 21


def test_the_creator_may_say_100(live_stream: Stream, alice: User, still_window: None) -> None:
    lines = [line(alice, role=AuthorRole.CREATOR) for _ in range(101)]

    answers = messages_accept(stream_id=live_stream.pk, lines=lines)

    accepted(answers[:100])
    assert isinstance(answers[100], RateLimited)


def test_who_tries_again_over_the_limit_learns_that_it_was_accepted(
    live_stream: Stream, bob: User, still_window: None
) -> None:
    lines = [line(bob, client_id=f"c{number}") for number in range(20)]
    first = accepted(messages_accept(stream_id=live_stream.pk, lines=lines))

    again = accepted(messages_accept(stream_id=live_stream.pk, lines=[lines[7]]))

    assert again[0].event.id == first[7].event.id


def test_a_stream_that_does_not_exist_takes_nothing(bob: User) -> None:
    (answer,) = messages_accept(stream_id=UUID(int=0), lines=[line(bob)])

    assert isinstance(answer, NotFound)
    assert last_seq(UUID(int=0)) == 0


@pytest.mark.parametrize("over", ["ended", "cancelled"])
def test_nothing_is_said_once_the_stream_is_over(live_stream: Stream, bob: User, over: str) -> None:
    """Also what was on its way when it ended."""
    Stream.objects.filter(pk=live_stream.pk).update(
        status=over, ended_at=timezone.now(), end_reason="creator"
    )

    (answer,) = messages_accept(stream_id=live_stream.pk, lines=[line(bob)])

    assert isinstance(answer, StreamOver)
    assert ChatMessage.objects.count() == 0
