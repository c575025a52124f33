"""What keeps a line from being said, in which order, and for whom it does not hold."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Block, User
from chat.models import ChatMessage
from chat.services import Accepted, messages_accept
from core.errors import DomainError
from streams.models import Stream
from tests.moderation.lines.conftest import Say, ban, follow, line_of, make_member, warn

pytestmark = pytest.mark.django_db(transaction=True)


def became(answer: Any) -> str:
    """The code of a refusal, else the role under which it was said."""
    if isinstance(answer, DomainError):
        return answer.code
    assert isinstance(answer, Accepted)
    assert answer.event.user is not None
    return answer.event.user.role


def test_a_ban_a_timeout_and_a_warning(say: Say, alice: User, bob: User, time_machine: Any) -> None:
    time_machine.move_to(timezone.now(), tick=False)
    assert became(say(bob)) == "viewer"

    ban(alice, bob)
    banned = say(bob)
    assert (became(banned), banned.details) == ("banned", {"reason": "spam"})

    timeout = ban(alice, bob, seconds=90.5)
    silent = say(bob)
    assert timeout.until is not None
    assert became(silent) == "timed_out"
    assert silent.details["retry_after_seconds"] == 91
    assert silent.details["until"] == timeout.until.isoformat(timespec="milliseconds")
    time_machine.shift(timedelta(seconds=90))
    assert became(say(bob)) == "timed_out"
    time_machine.shift(timedelta(seconds=1))
    assert became(say(bob)) == "viewer", "it is over without anybody doing anything"

    caution = warn(alice, bob)
    warned = say(bob)
    assert (became(warned), warned.details) == (
        "cautioned",
        {"caution": str(caution.pk), "reason": "mind your words"},
    )
    caution.read_at = timezone.now()
    caution.save()
    assert became(say(bob)) == "viewer"


def test_whoever_is_blocked_suspended_or_gone_says_nothing(say: Say, alice: User, bob: User) -> None:
    block = Block.objects.create(blocker=alice, blocked=bob)
    assert became(say(bob)) == "forbidden"
    block.delete()
    Block.objects.create(blocker=bob, blocked=alice)
    assert became(say(bob)) == "viewer", "it is for the creator to decide who is here"
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert became(say(bob)) == "not_signed_in"
    line = line_of(bob)
    User.objects.filter(pk=bob.pk).delete()
    stream = alice.streams.get()
    assert became(messages_accept(stream_id=stream.pk, lines=[line])[0]) == "not_signed_in"


def test_slow_mode_counts_what_was_said_in_this_room(
    say: Say, modes: Callable[..., None], live_stream: Stream, bob: User, charlie: User, time_machine: Any
) -> None:
    time_machine.move_to(timezone.now(), tick=False)
    assert became(say(bob)) == "viewer"
    modes(slow_seconds=30)

    refused = say(bob)

    assert (became(refused), refused.details) == (
        "slow_mode",
        {"slow_seconds": 30, "retry_after_seconds": 30},
    )
    assert became(say(charlie)) == "viewer"
    time_machine.shift(timedelta(seconds=29))
    assert say(bob).details["retry_after_seconds"] == 1, "a line that was refused does not count"
    time_machine.shift(timedelta(seconds=1))
    lines = [line_of(bob, "one"), line_of(charlie, "two"), line_of(bob, "three"), line_of(charlie, "four")]
    answers = messages_accept(stream_id=live_stream.pk, lines=lines)
    assert [became(answer) for answer in answers] == ["viewer", "viewer", "slow_mode", "slow_mode"]


def test_a_retry_is_answered_as_the_first_time_whatever_holds_by_then(
    say: Say, modes: Callable[..., None], live_stream: Stream, alice: User, bob: User
) -> None:
    modes(slow_seconds=30)
    first = say(bob, "once", "c1")
    assert isinstance(first, Accepted)

    again, new = messages_accept(
        stream_id=live_stream.pk, lines=[line_of(bob, "once", "c1"), line_of(bob, "more")]
    )

    assert isinstance(again, Accepted)
    assert (again.repeated, again.event.id) == (True, first.event.id)
    assert became(new) == "slow_mode"
    ban(alice, bob)
    banned = say(bob, "once", "c1")
    assert isinstance(banned, Accepted)
    assert (banned.repeated, banned.event.seq) == (True, first.event.seq)
    assert ChatMessage.objects.count() == 1


def test_followers_only(
    say: Say, modes: Callable[..., None], alice: User, bob: User, time_machine: Any
) -> None:
    now = timezone.now()
    time_machine.move_to(now, tick=False)
    modes(followers_minutes=0)
    refused = say(bob)
    assert (became(refused), refused.details) == ("followers_mode", {"minutes": 0, "follows_since": None})
    follow(bob, alice, now)
    assert became(say(bob)) == "viewer"
    modes(followers_minutes=10)
    assert say(bob).details == {"minutes": 10, "follows_since": now.isoformat(timespec="milliseconds")}
    time_machine.shift(timedelta(minutes=9, seconds=59))
    assert became(say(bob)) == "followers_mode"
    time_machine.shift(timedelta(seconds=1))
    assert became(say(bob)) == "viewer"


@pytest.mark.parametrize(
    "text", ["🎻", "🎻 🎻🎻", "👩🏽‍🎤", "🏳️‍🌈", "🇺🇦", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "❤️", "❤", "3️⃣", "👩‍👩‍👧‍👦 👍🏿"]
)
def test_emotes(say: Say, modes: Callable[..., None], bob: User, text: str) -> None:
    modes(emote_only=True)
    assert became(say(bob, text)) == "viewer"


@pytest.mark.parametrize(
    "text", ["hello", "🎻 hi", "42", "#", "🇫", "🎻.", "ⓐ", "🄰", "a\u200db", "🎻\U000e0061", "\u20e3", "©"]
)
def test_no_emotes(say: Say, modes: Callable[..., None], bob: User, text: str) -> None:
    modes(emote_only=True)
    assert became(say(bob, text)) == "emote_only"


def test_of_several_reasons_the_first_is_told(
    say: Say, modes: Callable[..., None], alice: User, bob: User
) -> None:
    assert became(say(bob)) == "viewer"
    modes(slow_seconds=30, followers_minutes=5, emote_only=True)
    warn(alice, bob)
    ban(alice, bob)
    told = []
    undo = [
        lambda: ban(alice, bob, seconds=60),
        lambda: bob.banned_from.all().delete(),
        lambda: bob.cautions.update(read_at=timezone.now()),
        lambda: modes(followers_minutes=None),
        lambda: modes(slow_seconds=None),
        lambda: modes(emote_only=False),
    ]
    for step in undo:
        told.append(became(say(bob)))
        step()

    assert told == ["banned", "timed_out", "cautioned", "followers_mode", "slow_mode", "emote_only"]
    assert became(say(bob)) == "viewer"


def test_who_is_exempt(
    say: Say, modes: Callable[..., None], alice: User, make_user: Callable[..., User], admin: User
) -> None:
    modes(slow_seconds=30, followers_minutes=5, emote_only=True)
    team = {role: make_user(role) for role in ("lead", "moderator", "vip")}
    for role, person in team.items():
        make_member(alice, person, role)
    people = {"creator": alice, "staff": admin, **team}
    for role, person in people.items():
        assert [became(say(person)), became(say(person))] == [role, role]
    invited = make_user("invited")
    make_member(alice, invited, "moderator", accepted=False)
    assert became(say(invited)) == "followers_mode"

    for role, person in people.items():
        if role != "creator":
            ban(alice, person, seconds=60)
            warn(alice, person)
    outcomes = {role: became(say(person)) for role, person in people.items()}
    assert outcomes == {
        "creator": "creator",
        "staff": "staff",
        "lead": "timed_out",
        "moderator": "timed_out",
        "vip": "timed_out",
    }, "what is meant for one person holds for the team too"
