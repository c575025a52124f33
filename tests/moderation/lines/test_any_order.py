"""Bans, switches, warnings, roles, terms and time, in any order: nothing is said that is forbidden at that moment.

Beside the database runs a model that knows the rules as docs/moderation.md tells them. After each batch of lines both
must agree on each answer, and on all that can be read in the room. ``BUSK_LINE_STEPS=5000`` takes that many steps.
"""

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from accounts.blocks import block_create, block_delete
from accounts.models import Follow, User
from accounts.services import follow_create, user_reinstate, user_suspend
from chat import services
from chat.models import ChatMessage
from chat.services import Accepted, Held, Line, messages_accept
from core.errors import DomainError
from moderation.bans.errors import IsBanned
from moderation.bans.models import Caution
from moderation.bans.services import (
    caution_read,
    person_ban,
    person_time_out,
    person_unban,
    person_warn,
)
from moderation.held.models import HeldMessage
from moderation.held.services import held_decide
from moderation.modes.services import SHIELD_SET, modes_set, shield_lower, shield_raise
from moderation.team.models import TeamMember
from moderation.terms.models import Term
from moderation.terms.services import term_add, term_remove
from realtime.models import StoredEvent
from streams.models import Stream
from tests.moderation.lines.conftest import line_of, make_member

STEPS_IN_ALL = int(os.environ.get("BUSK_LINE_STEPS", "240"))
STEPS_EACH = 40

pytestmark = pytest.mark.django_db(transaction=True)

EMOTES, LINK, INSULT = "🎻 🎻", "look at https://example.com/x", "you are an idiot"
FRUITS = ("plum", "fig", "quince")
TEXTS = (
    "hello",
    EMOTES,
    LINK,
    INSULT,
    *(f"a {fruit}, please" for fruit in FRUITS),
    "a plum and a fig",
    f"fig {LINK}",
)
ACTIONS = ("mask", "hold", "block", "timeout")
RANKS = {"vip": 1, "moderator": 2, "lead": 3}
MODES = (
    *(("slow_seconds", value) for value in (None, 3, 30, 120)),
    *(("followers_minutes", value) for value in (None, None, 0, 1)),
    *(("emote_only", value) for value in (False, False, True)),
    *(("links", value) for value in ("allow", "hold", "block")),
    *(("automod_level", value) for value in (0, 3)),
)
OFF = {
    "slow_seconds": None,
    "followers_minutes": None,
    "emote_only": False,
    "links": "allow",
    "automod_level": 0,
}
HELD_MOST = 3
TABLES = (
    "chat_chatmessage", "realtime_room", "realtime_storedevent", "moderation_ban", "moderation_caution",
    "moderation_heldmessage", "moderation_chatmodes", "moderation_teammember", "accounts_block",
    "accounts_follow", "core_outboxfact", "core_auditevent",
)  # fmt: skip

somebody = st.sampled_from(("alice", "bob", "cara", "dora", "staffer"))
anybody = st.sampled_from(("bob", "cara", "dora"))
# What shuts somebody up for good is undone more often than done, or soon nobody would say anything.
seldom = st.sampled_from((True, False, False))


class Chat(RuleBasedStateMachine):
    people: dict[str, User] = {}
    owner: User
    admin: User
    stream: Stream
    clock: Any

    @initialize(seed=st.integers(0, 2**32))
    def begin(self, seed: int) -> None:
        self.random = Random(seed)
        Term.objects.all().delete()
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {', '.join(TABLES)} CASCADE")
        User.objects.update(is_active=True)
        self.bans: dict[str, datetime | None] = {}
        self.warnings: dict[str, list[Caution]] = {}
        self.blocked: set[str] = set()
        self.suspended: set[str] = set()
        self.modes: dict[str, Any] = dict(OFF)
        self.before_shield: dict[str, Any] | None = None
        self.terms: dict[str, tuple[str, Any]] = {}
        self.spoke: dict[str, datetime] = {}
        self.held: dict[str, tuple[str, str]] = {}
        # What may be read in the room, in order.
        self.room: list[str] = []
        self.answered: list[tuple[Line, str]] = []

    # Lines

    @rule(lines=st.lists(st.tuples(somebody, st.sampled_from(TEXTS)), min_size=1, max_size=5))
    def say(self, lines: list[tuple[str, str]]) -> None:
        self.say_all(lines)

    def say_all(self, lines: list[tuple[str, str]]) -> None:
        batch = [line_of(self.people[name], text) for name, text in lines]
        answers = messages_accept(stream_id=self.stream.pk, lines=batch)
        for (name, text), line, answer in zip(lines, batch, answers, strict=True):
            expected = self.judge(name, text)
            assert outcome(answer) == expected, (name, text)
            if isinstance(answer, Held):
                self.held[str(answer.id)] = (name, text)
            if not isinstance(answer, DomainError):
                self.answered.append((line, outcome(answer)))

    def chatter(self) -> None:
        """Everybody tries something, some twice."""
        names = ("alice", "bob", "cara", "dora", "staffer", "bob", "cara", "dora")
        self.say_all([(name, self.random.choice(TEXTS)) for name in names])

    @rule(which=st.integers(0, 10**6))
    def say_again(self, which: int) -> None:
        """A retry is answered, and nothing is said by it. One that was held may have been approved."""
        if not self.answered:
            return
        line, before = self.answered[which % len(self.answered)]
        (answer,) = messages_accept(stream_id=self.stream.pk, lines=[line])
        assert not isinstance(answer, DomainError)
        assert answer.repeated
        assert before == "held" or outcome(answer) == before

    def judge(self, name: str, text: str) -> str:
        """What the rules say becomes of the line, and what follows from it."""
        now, rank = timezone.now(), self.rank(name)
        reason = self.refusal(name, text, rank, now)
        if reason is None:
            reason = self.filtered(name, text, rank, now)
        if reason is None or reason == "held":
            self.spoke[name] = now
        if reason is None:
            said = text
            for fruit, (action, _term) in self.terms.items():
                if action == "mask" and rank < 2:
                    said = said.replace(fruit, "*" * len(fruit))
            self.room.append(said)
            return f"said {said}"
        return reason

    def refusal(self, name: str, text: str, rank: int, now: datetime) -> str | None:
        if name in self.suspended:
            return "not_signed_in"
        if rank < 4:
            if name in self.blocked:
                return "forbidden"
            if name in self.bans:
                until = self.bans[name]
                if until is None:
                    return "banned"
                if until > now:
                    return "timed_out"
            if self.warnings.get(name):
                return "cautioned"
        if rank < 1:
            minutes, slow = self.modes["followers_minutes"], self.modes["slow_seconds"]
            since = (
                Follow.objects.filter(follower=self.people[name]).values_list("created_at", flat=True).first()
            )
            if minutes is not None and (since is None or now - since < timedelta(minutes=minutes)):
                return "followers_mode"
            if slow is not None and name in self.spoke and now - self.spoke[name] < timedelta(seconds=slow):
                return "slow_mode"
            if self.modes["emote_only"] and text != EMOTES:
                return "emote_only"
        return None

    def filtered(self, name: str, text: str, rank: int, now: datetime) -> str | None:
        if rank >= 2:
            return None
        link = self.modes["links"] if LINK in text and rank < 1 else "allow"
        if link == "block":
            return "no_links"
        action = max(
            (action for fruit, (action, _term) in self.terms.items() if fruit in text),
            key=ACTIONS.index,
            default="mask",
        )
        if action == "timeout":
            self.bans[name] = now + timedelta(seconds=60)
        if action in {"block", "timeout"}:
            return "not_said_here"
        if link == "hold" or action == "hold" or (text == INSULT and self.modes["automod_level"] >= 3):
            waiting = sum(author == name for author, _text in self.held.values())
            return "too_many_held" if waiting >= HELD_MOST else "held"
        return None

    def rank(self, name: str) -> int:
        if name == "alice":
            return 4
        if name == "staffer":
            return 5
        member = TeamMember.objects.filter(person=self.people[name], accepted_at__isnull=False).first()
        return RANKS[member.role] if member else 0

    # What the team does

    @rule(name=anybody, bans=seldom)
    def ban(self, name: str, bans: bool) -> None:
        if bans:
            person_ban(actor=self.owner, channel=self.owner, person=self.people[name])
            self.bans[name] = None
            self.drop(name)
        else:
            person_unban(actor=self.owner, channel=self.owner, person=self.people[name])
            self.bans.pop(name, None)
        self.chatter()

    @rule(name=anybody, seconds=st.sampled_from((1, 10, 60, 600)))
    def time_out(self, name: str, seconds: int) -> None:
        try:
            person_time_out(actor=self.owner, channel=self.owner, person=self.people[name], seconds=seconds)
        except IsBanned:
            assert self.bans[name] is None
            return
        self.bans[name] = timezone.now() + timedelta(seconds=0 if seconds == 1 else seconds)
        self.chatter()

    @rule(name=anybody)
    def warn(self, name: str) -> None:
        caution = person_warn(actor=self.owner, channel=self.owner, person=self.people[name], reason="mind")
        self.warnings.setdefault(name, []).append(caution)
        self.chatter()

    @rule(name=anybody)
    def read(self, name: str) -> None:
        for caution in self.warnings.pop(name, []):
            caution_read(person=self.people[name], caution_id=caution.pk)
        self.chatter()

    @rule(name=anybody, blocks=seldom)
    def block(self, name: str, blocks: bool) -> None:
        if blocks:
            block_create(blocker=self.owner, blocked=self.people[name])
            self.blocked.add(name)
            self.drop(name)
        else:
            block_delete(blocker=self.owner, blocked=self.people[name])
            self.blocked.discard(name)
        self.chatter()

    @rule(name=anybody, suspends=seldom)
    def suspend(self, name: str, suspends: bool) -> None:
        person = User.objects.get(pk=self.people[name].pk)
        if suspends and name not in self.suspended:
            user_suspend(user=person, by=self.admin.party_id, reason="enough")
            self.suspended.add(name)
            self.drop(name)
        elif not suspends and name in self.suspended:
            user_reinstate(user=person, by=self.admin.party_id, reason="sorry")
            self.suspended.discard(name)
        self.chatter()

    @rule(name=anybody, role=st.sampled_from((None, "vip", "moderator", "lead")), accepted=st.booleans())
    def change_role(self, name: str, role: str | None, accepted: bool) -> None:
        TeamMember.objects.filter(person=self.people[name]).delete()
        if role is not None:
            make_member(self.owner, self.people[name], role, accepted=accepted)
        self.chatter()

    @rule(name=anybody)
    def follow(self, name: str) -> None:
        if name not in self.blocked:
            follow_create(follower=self.people[name], creator=self.owner)
        self.chatter()

    @rule(mode=st.sampled_from(MODES))
    def switch(self, mode: tuple[str, Any]) -> None:
        changes = dict([mode])
        modes_set(actor=self.owner, channel=self.owner, **changes)
        self.modes |= changes
        self.chatter()

    @rule(up=st.booleans())
    def shield(self, up: bool) -> None:
        (shield_raise if up else shield_lower)(actor=self.owner, channel=self.owner)
        if up and self.before_shield is None:
            self.before_shield, self.modes = self.modes, dict(SHIELD_SET)
        elif not up and self.before_shield is not None:
            self.modes, self.before_shield = self.before_shield, None
        self.chatter()

    @rule(fruit=st.sampled_from(FRUITS), action=st.sampled_from((None, *ACTIONS)), everywhere=st.booleans())
    def list_term(self, fruit: str, action: str | None, everywhere: bool) -> None:
        if fruit in self.terms:
            _action, term = self.terms.pop(fruit)
            term_remove(
                actor=self.admin if term.channel_id is None else self.owner,
                channel=term.channel,
                term_id=term.pk,
            )
        if action is not None:
            term = term_add(
                actor=self.admin if everywhere else self.owner,
                channel=None if everywhere else self.owner,
                text=fruit,
                action=action,
                timeout_seconds=60 if action == "timeout" else None,
            )
            self.terms[fruit] = (action, term)
        self.chatter()

    @rule(which=st.integers(0, 100), approve=st.booleans())
    def decide(self, which: int, approve: bool) -> None:
        if not self.held:
            return
        held_id = sorted(self.held)[which % len(self.held)]
        name, text = self.held.pop(held_id)
        decided = held_decide(actor=self.owner, held_id=held_id, approve=approve)  # type: ignore[arg-type]
        kept_out = name in self.blocked or name in self.suspended or self.bans.get(name, "no") is None
        assert not kept_out, "what they said was dropped"
        assert decided.state == ("approved" if approve else "denied")
        if approve:
            self.room.append(text)

    @rule(seconds=st.sampled_from((1, 2, 9, 29, 31, 60, 121, 600)))
    def wait(self, seconds: int) -> None:
        self.clock.shift(timedelta(seconds=seconds))
        self.chatter()

    def drop(self, name: str) -> None:
        self.held = {held_id: held for held_id, held in self.held.items() if held[0] != name}

    @invariant()
    def nothing_else_can_be_read(self) -> None:
        if not hasattr(self, "room"):
            return
        rows = list(ChatMessage.objects.order_by("seq").values_list("text", flat=True))
        assert rows == self.room
        assert StoredEvent.objects.count() == len(rows)
        waiting = {str(pk) for pk in HeldMessage.objects.filter(state="held").values_list("pk", flat=True)}
        assert waiting == set(self.held)


def outcome(answer: Any) -> str:
    if isinstance(answer, DomainError):
        return answer.code
    if isinstance(answer, Held):
        return "held"
    assert isinstance(answer, Accepted)
    return f"said {answer.event.text}"


def test_no_order_of_things_lets_out_what_is_forbidden(
    alice: User,
    live_stream: Stream,
    admin: User,
    make_user: Callable[..., User],
    time_machine: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(services, "MESSAGES_PER_WINDOW", 10**9)
    time_machine.move_to(timezone.now(), tick=False)
    names = {name: make_user(name) for name in ("bob", "cara", "dora")}
    Chat.people = names | {"alice": alice, "staffer": admin}
    Chat.owner, Chat.admin, Chat.stream, Chat.clock = alice, admin, live_stream, time_machine
    run = settings(
        max_examples=max(STEPS_IN_ALL // STEPS_EACH, 1),
        stateful_step_count=STEPS_EACH,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Chat, settings=run)
