"""How somebody stands in a chat: whether they may write, and if not, until when."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone

from accounts.models import User
from chat.lines import last_said
from core.errors import DomainError
from moderation.lines import followers_refusal, personal_refusal
from moderation.policies import Rank
from moderation.standing import Author, RoomNow, room_now
from streams.access import Action, StreamLike, decide
from streams.viewers import Viewer


@dataclass(frozen=True)
class Warned:
    id: UUID
    reason: str


@dataclass(frozen=True)
class ChatStanding:
    """``reason`` is the error code a message would get, ``until`` when it is over by itself.

    Slow mode is no reason: who waits for it may write, from ``slow_until`` on.
    """

    can_chat: bool
    reason: str | None
    until: datetime | None
    caution: Warned | None
    rank: str
    moderates: bool
    slow_until: datetime | None
    followers_until: datetime | None


def chat_standing(*, viewer: Viewer, user: User, stream: StreamLike) -> ChatStanding:
    """Queries: those of ``streams.access``, 1, and 1 more in slow mode."""
    refusal = decide(viewer=viewer, stream=stream, action=Action.CHAT).refusal
    return chat_standing_inside(user=user, stream_id=stream.id, refusal=refusal)


def chat_standing_inside(*, user: User, stream_id: UUID, refusal: DomainError | None = None) -> ChatStanding:
    """Of somebody who is in the room, but for ``refusal`` may write there. Queries: 1, and 1 more in slow mode."""
    now = timezone.now()
    room = room_now(stream_id=stream_id, authors=[user.pk])
    author = room.authors.get(user.pk) if room else None
    if room is None or author is None:
        return ChatStanding(False, refusal.code if refusal else None, None, None, "nobody", False, None, None)
    rank = room.rank(author)
    followers_until = _followers_until(room, author, now) if rank < Rank.VIP else None
    if refusal is None and rank < Rank.OWNER:
        refusal = personal_refusal(author, at=now)
    if refusal is None and rank < Rank.VIP:
        refusal = followers_refusal(room, author, at=now)
    return ChatStanding(
        can_chat=refusal is None,
        reason=refusal.code if refusal else None,
        until=_until(refusal, author, followers_until),
        caution=Warned(author.caution_id, author.caution or "") if author.caution_id else None,
        rank=rank.name.lower(),
        moderates=rank >= Rank.MODERATOR,
        slow_until=_slow_until(room, author, user, stream_id, now) if rank < Rank.VIP else None,
        followers_until=followers_until,
    )


def _until(refusal: DomainError | None, author: Author, followers_until: datetime | None) -> datetime | None:
    if refusal is None:
        return None
    return {"timed_out": author.until, "followers_mode": followers_until}.get(refusal.code)


def _followers_until(room: RoomNow, author: Author, now: datetime) -> datetime | None:
    if room.followers_minutes is None or author.follows_since is None:
        return None
    until = author.follows_since + timedelta(minutes=room.followers_minutes)
    return until if until > now else None


def _slow_until(room: RoomNow, author: Author, user: User, stream_id: UUID, now: datetime) -> datetime | None:
    if room.slow_seconds is None:
        return None
    said = last_said(stream_id, room, [user.party_id], now).get(user.party_id)
    moments = [moment for moment in (said, author.held_at) if moment is not None]
    until = max(moments) + timedelta(seconds=room.slow_seconds) if moments else now
    return until if until > now else None
