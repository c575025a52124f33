"""What becomes of a line: said, held for the team, or refused. Decided while the room's row is held."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import UUID

import msgspec

from core.errors import DomainError, Forbidden, NotSignedIn
from moderation.emotes import is_emotes
from moderation.errors import (
    Banned,
    Cautioned,
    EmoteOnly,
    FollowersMode,
    NoLinks,
    NotSaidHere,
    SlowMode,
    TimedOut,
    TooManyHeld,
)
from moderation.filtering import Findings
from moderation.modes.models import LinkRule
from moderation.policies import Rank
from moderation.standing import Author, RoomNow
from moderation.terms.models import TermAction
from streams.errors import StreamOver

# Lines that wait for the team: of one person in a room, and of a channel.
HELD_OF_AUTHOR = 3
HELD_OF_CHANNEL = 500

# What an author is called beside what they say.
_ROLES = {
    Rank.NOBODY: "viewer",
    Rank.VIP: "vip",
    Rank.MODERATOR: "moderator",
    Rank.LEAD: "lead",
    Rank.OWNER: "creator",
    Rank.STAFF: "staff",
}


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """A line that nobody decided on. ``last_said_at`` is when its author last spoke in this room, for slow mode."""

    user_id: UUID
    text: str
    last_said_at: datetime | None = None


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """``text`` is as it may be said, ``role`` what its author is in the room.

    Of what is held, ``reason`` and ``piece`` say why; of what is refused, ``refusal``. With ``timeout_seconds`` its
    author is to be timed out.
    """

    kind: Literal["say", "hold", "refuse"]
    text: str
    role: str
    refusal: DomainError | None = None
    reason: str = ""
    piece: str = ""
    timeout_seconds: int | None = None


def role_of(rank: Rank) -> str:
    return _ROLES[rank]


def judge(*, room: RoomNow, lines: Sequence[Said], findings: Findings | None, at: datetime) -> list[Verdict]:
    """Decide on the lines one after another: what one does counts for those after it. Queries: none.

    ``room`` was read while its row is held, ``at`` is after that, ``findings`` are under the room's rules.
    """
    bench = _Bench(room, findings, at)
    return [bench.decide(line) for line in lines]


class _Bench:
    """The decisions on one batch, and what they change for the lines that follow."""

    def __init__(self, room: RoomNow, findings: Findings | None, at: datetime) -> None:
        self.room = room
        self.findings = findings
        self.at = at
        self.held_of_channel = room.held_lines
        self.held_of: dict[UUID, int] = {}
        # Who spoke in this batch, and who was timed out by it.
        self.spoke: set[UUID] = set()
        self.silent_until: dict[UUID, datetime] = {}

    def decide(self, line: Said) -> Verdict:
        author = self.room.authors.get(line.user_id)
        if author is None or not author.is_active:
            return _refuse(line, "viewer", NotSignedIn())
        rank = self.room.rank(author)
        role = role_of(rank)
        refusal = self._standing(author, rank) or self._modes(author, rank, line)
        if refusal is not None:
            return _refuse(line, role, refusal)
        verdict = self._filter(author, rank, line, role)
        if verdict.kind != "refuse":
            self.spoke.add(author.id)
        return verdict

    def _standing(self, author: Author, rank: Rank) -> DomainError | None:
        """Whether this person may say anything at all. Owners and staff always may, while the stream is on."""
        if self.room.is_over:
            return StreamOver()
        if rank >= Rank.OWNER:
            return None
        if author.is_blocked:
            return Forbidden()
        return personal_refusal(author, at=self.at, silent_until=self.silent_until.get(author.id))

    def _modes(self, author: Author, rank: Rank, line: Said) -> DomainError | None:
        if rank >= Rank.VIP:
            return None
        last = self.at if author.id in self.spoke else _latest(line.last_said_at, author.held_at)
        return (
            followers_refusal(self.room, author, at=self.at)
            or slow_refusal(self.room, last_said_at=last, at=self.at)
            or (EmoteOnly() if self.room.emote_only and not is_emotes(line.text) else None)
        )

    def _filter(self, author: Author, rank: Rank, line: Said, role: str) -> Verdict:
        if rank >= Rank.MODERATOR or self.findings is None:
            return Verdict(kind="say", text=line.text, role=role)
        found = self.findings.of(line.text)
        link_rule = self.room.links if found.has_link and rank < Rank.VIP else LinkRule.ALLOW
        if link_rule == LinkRule.BLOCK:
            return _refuse(line, role, NoLinks())
        term = found.term
        if term is not None and term.action == TermAction.TIMEOUT:
            assert term.timeout_seconds is not None
            self.silent_until[author.id] = self.at + timedelta(seconds=term.timeout_seconds)
            return _refuse(line, role, NotSaidHere(), timeout_seconds=term.timeout_seconds)
        if term is not None and term.action == TermAction.BLOCK:
            return _refuse(line, role, NotSaidHere())
        if link_rule == LinkRule.HOLD:
            return self._hold(author, line, role, "link", "")
        if term is not None and term.action == TermAction.HOLD:
            return self._hold(author, line, role, "term", term.piece)
        if found.automod is not None:
            return self._hold(author, line, role, *found.automod)
        return Verdict(kind="say", text=found.said, role=role)

    def _hold(self, author: Author, line: Said, role: str, reason: str, piece: str) -> Verdict:
        mine = self.held_of.get(author.id, author.held_lines)
        if mine >= HELD_OF_AUTHOR or self.held_of_channel >= HELD_OF_CHANNEL:
            return _refuse(line, role, TooManyHeld())
        self.held_of[author.id] = mine + 1
        self.held_of_channel += 1
        return Verdict(kind="hold", text=line.text, role=role, reason=reason, piece=piece)


def personal_refusal(
    author: Author, *, at: datetime, silent_until: datetime | None = None
) -> DomainError | None:
    """A ban, a timeout or a warning that was not read."""
    if author.is_put_out():
        return Banned(reason=author.ban_reason)
    if author.is_silent(at):
        silent_until = _latest(author.until, silent_until)
    if silent_until is not None:
        return TimedOut(until=iso(silent_until), retry_after_seconds=_seconds(silent_until - at))
    if author.caution_id is not None:
        return Cautioned(caution=str(author.caution_id), reason=author.caution)
    return None


def followers_refusal(room: RoomNow, author: Author, *, at: datetime) -> FollowersMode | None:
    if room.followers_minutes is None:
        return None
    since = author.follows_since
    if since is not None and since + timedelta(minutes=room.followers_minutes) <= at:
        return None
    return FollowersMode(minutes=room.followers_minutes, follows_since=iso(since) if since else None)


def slow_refusal(room: RoomNow, *, last_said_at: datetime | None, at: datetime) -> SlowMode | None:
    if room.slow_seconds is None or last_said_at is None:
        return None
    left = last_said_at + timedelta(seconds=room.slow_seconds) - at
    if left <= timedelta():
        return None
    return SlowMode(slow_seconds=room.slow_seconds, retry_after_seconds=_seconds(left))


def iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def _seconds(left: timedelta) -> int:
    return max(1, math.ceil(left.total_seconds()))


def _latest(*moments: datetime | None) -> datetime | None:
    return max((moment for moment in moments if moment is not None), default=None)


def _refuse(line: Said, role: str, refusal: DomainError, *, timeout_seconds: int | None = None) -> Verdict:
    return Verdict(kind="refuse", text=line.text, role=role, refusal=refusal, timeout_seconds=timeout_seconds)
