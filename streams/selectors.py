"""What can be read about streams. Permission to see one is decided here, by asking ``streams.access``."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.db.models import Q, QuerySet

from accounts.models import User
from accounts.selectors import erased_card, follower_count, follows, profile_get, user_card
from core.errors import NotFound
from streams.access import Action, require
from streams.models import EndReason, Guest, MediaState, Stream, StreamStatus, StreamVisibility
from streams.thumbnails import thumbnail_urls
from streams.viewers import Viewer

CACHE_SECONDS = 2


@dataclass(frozen=True)
class StreamView:
    """A stream as others read it. Independent of who reads, so it is cached; ``streams.access`` decides over it."""

    id: uuid.UUID
    creator_id: uuid.UUID | None
    creator: dict[str, Any]
    title: str
    description: str
    tags: list[str]
    status: str
    visibility: str
    mature: bool
    ticketed: bool
    paused: bool
    room_name: str
    viewers: dict[str, int]
    gifts_total_coins: int
    scheduled_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    duration_seconds: int | None
    end_reason: str
    thumbnail: dict[str, str] | None

    @property
    def url(self) -> str:
        return f"/stream/{self.id}"


def stream_view(stream: Stream) -> StreamView:
    """Queries: none when the creator was selected with the stream."""
    return StreamView(
        id=stream.pk,
        creator_id=stream.creator_id,
        creator=user_card(stream.creator) if stream.creator else erased_card(stream.party_id),
        title=stream.title,
        description=stream.description,
        tags=stream.tags,
        status=stream.status,
        visibility=stream.visibility,
        mature=stream.mature,
        ticketed=stream.ticketed,
        paused=stream.status == StreamStatus.LIVE and stream.media_state == MediaState.LOST,
        room_name=stream.room_name,
        viewers={
            "current": stream.viewers_current,
            "peak": stream.viewers_peak,
            "total": stream.viewers_total,
        },
        gifts_total_coins=stream.gifts_total_coins,
        scheduled_at=stream.scheduled_at,
        started_at=stream.started_at,
        ended_at=stream.ended_at,
        duration_seconds=stream.duration_seconds,
        end_reason=stream.end_reason,
        thumbnail=None if stream.mature else thumbnail_urls(stream.thumbnail),
    )


def stream_get_for(*, viewer: Viewer, stream_id: uuid.UUID) -> Stream:
    """The row, for somebody who may see it. Queries: 1, and those of ``access``. Raises: NotFound."""
    stream = Stream.objects.select_related("creator").filter(pk=stream_id).first()
    if stream is None:
        raise NotFound()
    require(viewer=viewer, stream=stream, action=Action.SEE)
    return stream


def stream_view_for(*, viewer: Viewer, stream_id: uuid.UUID) -> StreamView:
    """The stream as at most two seconds ago. Queries: none on a cache hit, else 1. Raises: NotFound."""
    key = f"stream:{stream_id}"
    view: StreamView | None = cache.get(key)
    if view is None:
        stream = Stream.objects.select_related("creator").filter(pk=stream_id).first()
        if stream is None:
            raise NotFound()
        view = stream_view(stream)
        cache.set(key, view, timeout=CACHE_SECONDS)
    require(viewer=viewer, stream=view, action=Action.SEE)
    return view


def stream_forget(*, stream_id: uuid.UUID) -> None:
    """Drop the cached view, after a change that must show at once."""
    cache.delete(f"stream:{stream_id}")


def streams_live() -> QuerySet[Stream]:
    """Public streams that are on, most viewers first; the grid, which shows nothing mature. Queries: 1."""
    return (
        Stream.objects.filter(status=StreamStatus.LIVE, visibility=StreamVisibility.PUBLIC, mature=False)
        .select_related("creator")
        .order_by("-viewers_current", "-id")
    )


def streams_of(*, viewer: Viewer, creator: User) -> QuerySet[Stream]:
    """A creator's streams that this viewer may find in a list, newest first. Queries: 1, and 1 to build it."""
    streams = Stream.objects.filter(creator=creator).select_related("creator").order_by("-id")
    if viewer.user_id == creator.pk:
        return streams
    visible = Q(visibility=StreamVisibility.PUBLIC)
    if viewer.user is not None and follows(follower_id=viewer.user.pk, creator_id=creator.pk):
        visible |= Q(visibility=StreamVisibility.FOLLOWERS)
    # What staff stopped is not shown around.
    return streams.filter(visible).exclude(status=StreamStatus.CANCELLED).exclude(end_reason=EndReason.STAFF)


def streams_hidden(*, channel: User, reader: User) -> QuerySet[Stream]:
    """The channel's invited streams of which the reader is no guest, and is not to know. Queries: none."""
    if reader.pk == channel.pk or reader.is_staff:
        return Stream.objects.none()
    invited = Stream.objects.filter(creator=channel, visibility=StreamVisibility.INVITED).order_by()
    return invited.exclude(pk__in=Guest.objects.filter(viewer_id=f"u:{reader.pk}").values("stream"))


def streams_running(*, creator: User) -> QuerySet[Stream]:
    """What takes one of the creator's places: live, or prepared to start now. Queries: 1."""
    running = Q(status=StreamStatus.LIVE) | Q(status=StreamStatus.SCHEDULED, scheduled_at=None)
    return Stream.objects.filter(running, creator=creator).select_related("creator").order_by("id")


@dataclass(frozen=True)
class Channel:
    """A creator's page: ``live`` newest first, ``past`` the newest ended ones."""

    user: User
    live: list[StreamView]
    past: list[StreamView]
    followers: int
    following: bool


def channel_get(*, viewer: Viewer, username: str, past_limit: int = 12) -> Channel:
    """Queries: 4, or 6 for somebody signed in. Raises: NotFound."""
    user = profile_get(username=username)
    streams = streams_of(viewer=viewer, creator=user)
    return Channel(
        user=user,
        live=[stream_view(stream) for stream in streams.filter(status=StreamStatus.LIVE)],
        past=[stream_view(stream) for stream in streams.filter(status=StreamStatus.ENDED)[:past_limit]],
        followers=follower_count(creator_id=user.pk),
        following=viewer.user is not None and follows(follower_id=viewer.user.pk, creator_id=user.pk),
    )
