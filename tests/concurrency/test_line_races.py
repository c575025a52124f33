"""A line meets what forbids it, and two decide on one message, at the same moment."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from chat import lines as lines_module
from chat.models import AuthorRole, ChatMessage
from chat.services import Accepted, Held, Line, messages_accept
from core.models import AuditEvent
from moderation.bans.models import Ban
from moderation.bans.services import person_ban, person_time_out
from moderation.errors import Decided
from moderation.held import services as held_services
from moderation.held.models import HeldMessage
from moderation.held.services import held_decide
from moderation.modes.models import ChatModes
from moderation.modes.services import modes_set, shield_lower, shield_raise
from moderation.terms.models import TermAction
from moderation.terms.services import term_add
from streams.models import Stream
from streams.services import stream_create
from tests.concurrency.racing import at_once, locks_removed

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]


def line_of(user: User, text: str = "hello") -> Line:
    return Line(
        user_id=user.pk,
        party_id=user.party_id,
        name=user.name,
        role=AuthorRole.VIEWER,
        client_id=str(uuid4()),
        text=text,
    )


FORBID: dict[str, Callable[[User, User], Any]] = {
    "ban": lambda alice, bob: person_ban(actor=alice, channel=alice, person=bob),
    "timeout": lambda alice, bob: person_time_out(actor=alice, channel=alice, person=bob, seconds=600),
    "emote_only": lambda alice, bob: modes_set(actor=alice, channel=alice, emote_only=True),
    "shield": lambda alice, bob: shield_raise(actor=alice, channel=alice),
    "term": lambda alice, bob: term_add(actor=alice, channel=alice, text="hello", action=TermAction.BLOCK),
}


def race(monkeypatch: Any, live_stream: Stream, alice: User, bob: User, forbid: Callable[..., Any]) -> bool:
    """Whether a line came after what forbids it was done, which began while the line was being decided on."""
    judged, done = threading.Event(), threading.Event()
    real: Any = vars(lines_module)["judge"]

    def slow_judge(**asked: Any) -> Any:
        verdicts = real(**asked)
        judged.set()
        # Where a lock holds it back, it is not done before the line is stored; where none does, it is at once.
        done.wait(1)
        return verdicts

    with monkeypatch.context() as patch:
        patch.setattr(lines_module, "judge", slow_judge)

        def work(number: int) -> Any:
            if number == 0:
                messages_accept(stream_id=live_stream.pk, lines=[line_of(bob)])
                return None
            assert judged.wait(5)
            forbid(alice, bob)
            said_by_then = ChatMessage.objects.count()
            done.set()
            return said_by_then

        outcomes = at_once(2, work)
    assert not any(isinstance(outcome, Exception) for outcome in outcomes), outcomes
    return bool(ChatMessage.objects.count() != outcomes[1])


@pytest.mark.parametrize("what", FORBID)
def test_no_line_comes_after_what_forbids_it(
    live_stream: Stream, alice: User, bob: User, monkeypatch: Any, what: str
) -> None:
    assert not race(monkeypatch, live_stream, alice, bob, FORBID[what])
    assert ChatMessage.objects.count() == 1, "the line was first"
    (answer,) = messages_accept(stream_id=live_stream.pk, lines=[line_of(bob)])
    assert not isinstance(answer, Accepted)


@pytest.fixture
def without_the_turn(db: None) -> Iterator[None]:
    """What decides about lines is read without the room's row being held."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef('moderation_standing'::regproc)")
        (as_it_is,) = cursor.fetchone()
        assert as_it_is.count("IF turn THEN") == 1
        cursor.execute(as_it_is.replace("IF turn THEN", "IF false THEN"))
    yield
    with connection.cursor() as cursor:
        cursor.execute(as_it_is)


@pytest.mark.parametrize("what", FORBID)
def test_without_the_rooms_turn_one_does(
    live_stream: Stream, alice: User, bob: User, monkeypatch: Any, what: str, without_the_turn: None
) -> None:
    assert race(monkeypatch, live_stream, alice, bob, FORBID[what])


def test_of_two_who_decide_at_once_one_does(
    live_stream: Stream, alice: User, bob: User, monkeypatch: Any
) -> None:
    for _ in range(3):
        held = hold(live_stream, bob)
        outcomes = at_once(2, lambda number: held_decide(actor=alice, held_id=held.pk, approve=number == 0))  # noqa: B023
        assert Counter(type(outcome) for outcome in outcomes) == {HeldMessage: 1, Decided: 1}
        held.refresh_from_db()
        assert ChatMessage.objects.filter(pk=held.pk).exists() == (held.state == "approved")
        assert AuditEvent.objects.filter(target=f"held:{held.pk}").count() == 1
        HeldMessage.objects.all().delete()


def test_without_the_locks_both_do(live_stream: Stream, alice: User, bob: User, monkeypatch: Any) -> None:
    held = hold(live_stream, bob)
    real: Any = vars(held_services)["require"]

    def slow_require(**asked: Any) -> None:
        real(**asked)
        time.sleep(0.5)

    monkeypatch.setattr(held_services, "require", slow_require)
    monkeypatch.setattr(held_services, "rooms_turn", lambda **channel: [])
    with locks_removed(monkeypatch):
        outcomes = at_once(2, lambda number: held_decide(actor=alice, held_id=held.pk, approve=number == 0))
    assert not any(isinstance(outcome, Decided) for outcome in outcomes)


def hold(live_stream: Stream, person: User) -> HeldMessage:
    ChatModes.objects.update_or_create(channel_id=live_stream.creator_id, defaults={"links": "hold"})
    line = line_of(person, "see https://example.com/x")
    (answer,) = messages_accept(stream_id=live_stream.pk, lines=[line])
    assert isinstance(answer, Held)
    return HeldMessage.objects.get(pk=answer.id)


def test_terms_that_time_out_in_two_rooms_at_once_do_not_wait_in_a_circle(
    live_stream: Stream, alice: User, make_user: Callable[..., User]
) -> None:
    """Each would hold one room and ask for the other; a moderator who bans asks for both."""
    term_add(actor=alice, channel=alice, text="quince", action=TermAction.TIMEOUT, timeout_seconds=60)
    other = stream_create(creator=alice, title="Another")[0]
    people = [make_user(f"p{number}") for number in range(12)]

    def work(number: int) -> Any:
        if number % 4 == 3:
            return person_ban(actor=alice, channel=alice, person=people[number])
        room = (live_stream, other)[number % 2]
        return messages_accept(stream_id=room.pk, lines=[line_of(people[number], "quince")])

    outcomes = at_once(12, work)

    assert not any(isinstance(outcome, Exception) for outcome in outcomes), outcomes
    assert Ban.objects.filter(until__isnull=False).count() == 9
    assert Ban.objects.filter(until=None).count() == 3


def test_a_shield_raised_twice_at_once_keeps_what_was(live_stream: Stream, alice: User) -> None:
    for _ in range(3):
        modes_set(actor=alice, channel=alice, slow_seconds=7, emote_only=True)
        outcomes = at_once(4, lambda _number: shield_raise(actor=alice, channel=alice))
        assert not any(isinstance(outcome, Exception) for outcome in outcomes)
        shield_lower(actor=alice, channel=alice)
        modes = ChatModes.objects.get()
        assert (modes.slow_seconds, modes.emote_only, modes.before_shield) == (7, True, None)


def test_the_same_line_held_twice_at_once_is_held_once(live_stream: Stream, alice: User, bob: User) -> None:
    ChatModes.objects.create(channel=alice, links="hold")
    line = line_of(bob, "see https://example.com/x")
    outcomes = at_once(6, lambda _number: messages_accept(stream_id=live_stream.pk, lines=[line])[0])
    assert {type(outcome) for outcome in outcomes} == {Held}
    assert sorted(outcome.repeated for outcome in outcomes) == [False, *[True] * 5]
    assert HeldMessage.objects.count() == 1


def test_a_line_that_is_held_while_the_stream_ends_does_not_wait_for_ever(
    live_stream: Stream, alice: User, bob: User, monkeypatch: Any
) -> None:
    from moderation.held.services import held_of_stream_drop

    ChatModes.objects.create(channel=alice, links="hold")
    judged = threading.Event()
    real: Any = vars(lines_module)["held_add"]

    def slow_add(**asked: Any) -> None:
        judged.set()
        time.sleep(0.5)
        real(**asked)

    monkeypatch.setattr(lines_module, "held_add", slow_add)

    def work(number: int) -> Any:
        if number == 0:
            line = line_of(bob, "see https://example.com/x")
            return messages_accept(stream_id=live_stream.pk, lines=[line])[0]
        assert judged.wait(5)
        with transaction.atomic():
            Stream.objects.filter(pk=live_stream.pk).update(
                status="ended", ended_at=timezone.now(), end_reason="creator"
            )
        return held_of_stream_drop(stream_id=live_stream.pk)

    held, dropped = at_once(2, work)

    assert isinstance(held, Held)
    assert dropped == 1
    assert HeldMessage.objects.get().state == "dropped"
