"""What would become of a text, for those who make the rules."""

from dataclasses import dataclass
from typing import Literal

from django.utils import timezone

from accounts.models import User
from core.ids import new_id
from core.text import said
from moderation.errors import NoLinks
from moderation.filtering import Findings
from moderation.lines import Said, judge
from moderation.modes.selectors import modes_of
from moderation.policies import Act, require
from moderation.standing import Author, RoomNow
from moderation.terms.matching import versions_of


@dataclass(frozen=True)
class Tried:
    """``text`` is what others would read, "" when nobody would. ``reason`` is "", "term", "link" or automod's."""

    becomes: Literal["said", "masked", "held", "refused", "timed_out"]
    text: str
    reason: str
    # What of the text made it so.
    piece: str
    timeout_seconds: int | None


def text_try(*, actor: User, channel: User, text: str) -> Tried:
    """Decide on a text as if somebody who is no VIP and no moderator said it in the channel, whatever the modes are.

    Queries: 3, and those for lists that changed. Raises: NotYourPlace.
    """
    require(act=Act.TERMS, channel_id=channel.pk, actor=actor)
    text = said(text)
    modes = modes_of(channel_id=channel.pk)
    somebody = _anybody()
    room = RoomNow(
        channel_id=channel.pk,
        is_over=False,
        slow_seconds=None,
        followers_minutes=None,
        emote_only=False,
        links=modes.links,
        automod_level=modes.automod_level,
        versions=versions_of(channel.pk),
        held_lines=0,
        authors={somebody.id: somebody},
        held={},
    )
    assert room.rules is not None
    findings = Findings(room.rules)
    (verdict,) = judge(
        room=room, lines=[Said(user_id=somebody.id, text=text)], findings=findings, at=timezone.now()
    )
    term = findings.of(text).term
    piece = term.piece if term else ""
    if verdict.kind == "hold":
        return Tried("held", "", verdict.reason, verdict.piece, None)
    if isinstance(verdict.refusal, NoLinks):
        return Tried("refused", "", "link", "", None)
    if verdict.kind == "refuse":
        becomes: Literal["refused", "timed_out"] = "timed_out" if verdict.timeout_seconds else "refused"
        return Tried(becomes, "", "term", piece, verdict.timeout_seconds)
    if verdict.text != text:
        return Tried("masked", verdict.text, "term", piece, None)
    return Tried("said", text, "", "", None)


def _anybody() -> Author:
    """Somebody whom no rule on people is about."""
    return Author(
        id=new_id(),
        is_active=True,
        is_staff=False,
        role=None,
        follows_since=None,
        is_blocked=False,
        is_banned=False,
        until=None,
        ban_reason=None,
        caution_id=None,
        caution=None,
        held_at=None,
        held_lines=0,
    )
