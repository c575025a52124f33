"""What is in a line: terms, links, what automod takes it for."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from chat.models import ChatMessage
from chat.services import Accepted, Held, messages_accept
from core.models import AuditEvent
from moderation.bans.models import Ban
from moderation.held.models import HeldMessage
from moderation.lines import HELD_OF_AUTHOR
from moderation.terms.models import TermAction
from moderation.terms.services import term_add, term_remove
from streams.models import Stream
from tests.moderation.lines.conftest import Say, line_of, make_member
from tests.moderation.lines.test_judged import became

pytestmark = pytest.mark.django_db(transaction=True)

FAR = "look at https://example.com/x"


@pytest.fixture
def term(alice: User) -> Callable[..., Any]:
    def add(text: str, action: str = TermAction.BLOCK, timeout_seconds: int | None = None) -> Any:
        return term_add(actor=alice, channel=alice, text=text, action=action, timeout_seconds=timeout_seconds)

    return add


def held() -> list[tuple[str, str, str]]:
    return list(HeldMessage.objects.order_by("id").values_list("text", "reason", "piece"))


def test_a_term_masks_holds_blocks_and_times_out(
    say: Say, term: Callable[..., Any], live_stream: Stream, bob: User, charlie: User
) -> None:
    term("plum", TermAction.MASK)
    term("pear", TermAction.HOLD)
    term("fig", TermAction.BLOCK)
    term("quince", TermAction.TIMEOUT, 600)

    masked = say(bob, "a Plum a day")
    assert isinstance(masked, Accepted)
    assert masked.event.text == "a **** a day"
    assert ChatMessage.objects.get().text == "a **** a day"
    assert isinstance(say(bob, "a plum and a pear"), Held)
    assert held() == [("a plum and a pear", "term", "pear")], "the team reads what was written"
    refused = say(bob, "a fig, a pear")
    assert (became(refused), refused.details) == ("not_said_here", {}), "which term it was is not told"

    lines = [line_of(charlie, "hello"), line_of(charlie, "quince!"), line_of(charlie, "sorry"), line_of(bob)]
    answers = messages_accept(stream_id=live_stream.pk, lines=lines)
    assert [became(answer) for answer in answers] == ["viewer", "not_said_here", "timed_out", "viewer"]
    ban = Ban.objects.get(person=charlie)
    assert ban.by is None
    assert ban.until is not None
    assert 590 < (ban.until - timezone.now()).total_seconds() <= 600
    assert AuditEvent.objects.get(action="person.timed_out").actor_party_id is None
    assert became(say(charlie)) == "timed_out"


def test_a_list_that_changed_holds_for_the_next_line(
    say: Say, term: Callable[..., Any], alice: User, bob: User, admin: User
) -> None:
    assert became(say(bob, "a fig")) == "viewer"
    fig = term("fig")
    assert became(say(bob, "a fig")) == "not_said_here"
    term_remove(actor=alice, channel=alice, term_id=fig.pk)
    assert became(say(bob, "a fig")) == "viewer"
    term_add(actor=admin, channel=None, text="fig", action=TermAction.BLOCK)
    assert became(say(bob, "a fig")) == "not_said_here"


def test_the_filter_works_before_the_room_is_held(
    say: Say, term: Callable[..., Any], bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But for the first line after the rules changed, which nobody could look at before."""
    from moderation import filtering

    looks: list[bool] = []
    real = filtering._look

    def look(rules: Any, text: str) -> Any:
        looks.append(connection.in_atomic_block)
        return real(rules, text)

    monkeypatch.setattr(filtering, "_look", look)
    term("fig")
    for text in ("one", "two"):
        say(bob, text)
    term("pear")
    for text in ("three", "a pear"):
        say(bob, text)

    # Under the lock; before it; before it by the old list, and again under the lock; before it.
    assert looks == [True, False, False, True, False]


@pytest.mark.parametrize(("rule", "outcome"), [("allow", "viewer"), ("block", "no_links")])
def test_links(say: Say, modes: Callable[..., None], bob: User, rule: str, outcome: str) -> None:
    modes(links=rule)
    assert became(say(bob, FAR)) == outcome
    assert became(say(bob, "no link.")) == "viewer"


def test_links_and_automod_hold(say: Say, modes: Callable[..., None], bob: User) -> None:
    modes(links="hold", automod_level=4)
    assert isinstance(say(bob, FAR), Held)
    assert isinstance(say(bob, "you are an idiot"), Held)
    assert [(reason, piece) for _text, reason, piece in held()] == [("link", ""), ("insult", "idiot")]


def test_what_is_refused_comes_before_what_is_held(
    say: Say, modes: Callable[..., None], term: Callable[..., Any], bob: User
) -> None:
    term("fig")
    modes(links="hold", automod_level=4)
    assert became(say(bob, f"fig {FAR}")) == "not_said_here"
    modes(links="block")
    assert became(say(bob, f"fig {FAR}")) == "no_links"
    assert held() == []


def test_who_is_exempt(
    say: Say,
    modes: Callable[..., None],
    term: Callable[..., Any],
    alice: User,
    admin: User,
    make_user: Callable[..., User],
) -> None:
    term("fig")
    modes(links="block", automod_level=4)
    people = {"creator": alice, "staff": admin}
    for role in ("lead", "moderator", "vip"):
        people[role] = make_user(role)
        make_member(alice, people[role], role)
    for role, person in people.items():
        assert became(say(person, FAR)) == role
        assert became(say(person, "a fig")) == ("not_said_here" if role == "vip" else role)


def test_so_much_waits_and_no_more(
    say: Say, modes: Callable[..., None], live_stream: Stream, bob: User, charlie: User, monkeypatch: Any
) -> None:
    modes(links="hold")
    lines = [line_of(bob, FAR) for _ in range(HELD_OF_AUTHOR + 1)]
    answers = messages_accept(stream_id=live_stream.pk, lines=lines)
    assert [isinstance(answer, Held) for answer in answers] == [True, True, True, False]
    assert became(answers[-1]) == became(say(bob, FAR)) == "too_many_held"
    assert became(say(bob, "without")) == "viewer"
    monkeypatch.setattr("moderation.lines.HELD_OF_CHANNEL", HELD_OF_AUTHOR)
    assert became(say(charlie, FAR)) == "too_many_held"
    HeldMessage.objects.update(state="denied", decided_at=timezone.now())
    assert isinstance(say(charlie, FAR), Held)


def test_a_repeat_of_a_held_line_is_held_whatever_holds_by_then(
    say: Say, modes: Callable[..., None], live_stream: Stream, bob: User
) -> None:
    modes(links="hold")
    first = say(bob, FAR, "c1")
    assert isinstance(first, Held)
    modes(links="allow", slow_seconds=30)

    again, other = messages_accept(
        stream_id=live_stream.pk, lines=[line_of(bob, FAR, "c1"), line_of(bob, "more")]
    )

    assert again == Held(id=first.id, repeated=True)
    assert became(other) == "slow_mode", "what is held counts"
    modes(slow_seconds=None)
    assert say(bob, FAR, "c1") == again
    assert HeldMessage.objects.count() == 1
    assert ChatMessage.objects.count() == 0


def test_statements_do_not_grow_with_what_is_found(
    term: Callable[..., Any],
    modes: Callable[..., None],
    live_stream: Stream,
    make_user: Callable[..., User],
) -> None:
    term("plum", TermAction.MASK)
    modes(links="hold", slow_seconds=3)
    counts = []
    for size in (4, 40):
        people = [make_user(f"p{size}n{number}") for number in range(size)]
        texts = ["hello", "a plum", FAR, "fig"]
        lines = [line_of(person, texts[number % 4]) for number, person in enumerate(people)]
        messages_accept(stream_id=live_stream.pk, lines=[line_of(people[0])])
        with CaptureQueriesContext(connection) as queries:
            messages_accept(stream_id=live_stream.pk, lines=lines)
        counts.append([query["sql"].split()[0] for query in queries.captured_queries])

    # The standing; what was said before, and when last, since slow mode is on; what is held; what is said.
    assert counts == [["BEGIN", "SELECT", "SELECT", "SELECT", "INSERT", "SELECT", "COMMIT"]] * 2
