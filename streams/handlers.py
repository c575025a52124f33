"""What follows from facts: rooms and the grid are told, doors close, ended streams are settled."""

import uuid
from datetime import UTC

from accounts.events import BlockChanged, FollowChanged, UserSuspended
from core.facts import handles
from realtime import LOBBY
from realtime.events import RoomEvent
from realtime.publish import room_publish, sockets_close
from realtime.sockets import CLOSE_NOT_ALLOWED, CLOSE_RESTART, CLOSE_SIGN_IN, CLOSE_STREAM_OVER
from streams import ending, media, tasks
from streams.events import (
    AudienceChanged,
    LiveEndedEvent,
    LiveStartedEvent,
    LiveUpdatedEvent,
    MediaLost,
    MediaReturned,
    StreamChanged,
    StreamEnded,
    StreamEndedEvent,
    StreamPausedEvent,
    StreamResumedEvent,
    StreamStarted,
    StreamStartedEvent,
    StreamUpdatedEvent,
    ViewerRevoked,
)
from streams.me.selectors import card_of
from streams.models import EndReason, Stream, StreamStatus, StreamVisibility
from streams.selectors import StreamView, stream_forget, stream_view
from streams.services import stream_end
from streams.sessions import streams_shared, viewer_revoke
from streams.viewers import session_id

# The first frames of a camera are dark; after this the grid shows something better than a placeholder.
FIRST_FRAME_SECONDS = 4


@handles(StreamStarted)
def on_stream_started(fact: StreamStarted) -> None:
    view = _fresh(fact.stream_id)
    assert view.started_at is not None
    room_publish(view.id, StreamStartedEvent(started_at=view.started_at.astimezone(UTC).isoformat()))
    _tell_lobby(view, LiveStartedEvent(stream=card_of(view)))
    if view.thumbnail is None and not view.mature:
        tasks.thumbnail_refresh.apply_async((fact.stream_id,), countdown=FIRST_FRAME_SECONDS)


@handles(StreamChanged)
def on_stream_changed(fact: StreamChanged) -> None:
    view = _fresh(fact.stream_id)
    room_publish(view.id, StreamUpdatedEvent(title=view.title, description=view.description, tags=view.tags))
    if view.visibility == StreamVisibility.PUBLIC and not view.mature:
        _tell_lobby(view, LiveUpdatedEvent(stream=card_of(view)))
    else:
        room_publish(LOBBY, LiveEndedEvent(id=str(view.id)))


@handles(AudienceChanged)
def on_audience_changed(fact: AudienceChanged) -> None:
    """Everybody enters anew, by the rules of now; playlists notice by themselves."""
    stream_id = uuid.UUID(fact.stream_id)
    sockets_close(code=CLOSE_RESTART, reason="audience_changed", room_id=stream_id)
    media.backend().remove_viewers(stream_id=stream_id)


@handles(MediaLost)
def on_media_lost(fact: MediaLost) -> None:
    view = _fresh(fact.stream_id)
    if view.paused:
        room_publish(view.id, StreamPausedEvent())


@handles(MediaReturned)
def on_media_returned(fact: MediaReturned) -> None:
    view = _fresh(fact.stream_id)
    if not view.paused:
        room_publish(view.id, StreamResumedEvent())


@handles(StreamEnded)
def on_stream_ended(fact: StreamEnded) -> None:
    view = _fresh(fact.stream_id)
    room_publish(view.id, StreamEndedEvent(reason=view.end_reason, duration_seconds=view.duration_seconds))
    room_publish(LOBBY, LiveEndedEvent(id=str(view.id)))
    sockets_close(code=CLOSE_STREAM_OVER, reason="stream_ended", room_id=view.id)
    ending.stream_settle(stream_id=view.id)


@handles(ViewerRevoked)
def on_viewer_revoked(fact: ViewerRevoked) -> None:
    stream_id = uuid.UUID(fact.stream_id)
    sockets_close(code=CLOSE_NOT_ALLOWED, reason="forbidden", room_id=stream_id, viewer_id=fact.viewer_id)
    media.backend().remove_participant(
        stream_id=stream_id,
        session_id=session_id(stream_id=stream_id, viewer_id=fact.viewer_id),
        viewer_id=fact.viewer_id,
    )


@handles(FollowChanged)
def on_follow_changed(fact: FollowChanged) -> None:
    """Whoever stops following leaves followers-only streams."""
    if fact.following:
        return
    streams = Stream.objects.filter(
        creator_id=uuid.UUID(fact.creator_id), status=StreamStatus.LIVE, visibility=StreamVisibility.FOLLOWERS
    )
    for stream_id in streams.values_list("id", flat=True):
        viewer_revoke(stream_id=stream_id, viewer_id=f"u:{fact.follower_id}")


@handles(BlockChanged)
def on_block_changed(fact: BlockChanged) -> None:
    """Whoever is blocked leaves the blocker's streams; where both are guests, both come in anew, apart."""
    people = [uuid.UUID(fact.blocker_id), uuid.UUID(fact.blocked_id)]
    for stream_id in streams_shared(user_ids=people):
        for user_id in people:
            sockets_close(code=CLOSE_RESTART, reason="people_changed", room_id=stream_id, user_id=user_id)
    if fact.blocking:
        streams = Stream.objects.filter(creator_id=uuid.UUID(fact.blocker_id), ended_at=None)
        for stream_id in streams.values_list("id", flat=True):
            viewer_revoke(stream_id=stream_id, viewer_id=f"u:{fact.blocked_id}")


@handles(UserSuspended)
def on_suspended(fact: UserSuspended) -> None:
    """Their sockets close and what they broadcast ends."""
    user_id = uuid.UUID(fact.user_id)
    sockets_close(code=CLOSE_SIGN_IN, reason="not_signed_in", user_id=user_id)
    media.backend().remove_person(user_id=user_id)
    for stream_id in Stream.objects.filter(creator_id=user_id, ended_at=None).values_list("id", flat=True):
        stream_end(stream_id=stream_id, reason=EndReason.STAFF)


def _fresh(stream_id: str) -> StreamView:
    """The stream as it is now, past every cache. Queries: 1."""
    stream_forget(stream_id=uuid.UUID(stream_id))
    return stream_view(Stream.objects.select_related("creator").get(pk=stream_id))


def _tell_lobby(view: StreamView, event: RoomEvent) -> None:
    if view.status == StreamStatus.LIVE and view.visibility == StreamVisibility.PUBLIC and not view.mature:
        room_publish(LOBBY, event)
