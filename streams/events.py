"""What streams tell: facts for the apps above, wire events for the rooms and for the grid of live streams."""

from typing import Any

from core.facts import Fact
from realtime.events import RoomEvent, room_event


class StreamPrepared(Fact, frozen=True, kw_only=True):
    """A stream was made; it has no pictures yet."""

    stream_id: str


class StreamStarted(Fact, frozen=True, kw_only=True):
    """The first pictures of a stream arrived."""

    stream_id: str


class StreamChanged(Fact, frozen=True, kw_only=True):
    """Title, description, tags, picture or visibility are other ones now."""

    stream_id: str


class AudienceChanged(Fact, frozen=True, kw_only=True):
    """Who may watch the stream is another question now: everybody there is asked again."""

    stream_id: str


class StreamEnded(Fact, frozen=True, kw_only=True):
    """A stream ended or was cancelled; what remains is settled in steps that can be repeated."""

    stream_id: str


class MediaLost(Fact, frozen=True, kw_only=True):
    """Pictures stopped; the broadcaster has the grace period to come back."""

    stream_id: str


class MediaReturned(Fact, frozen=True, kw_only=True):
    stream_id: str


class ViewerRevoked(Fact, frozen=True, kw_only=True):
    """This viewer's session at the stream ended for good; every door closes."""

    stream_id: str
    viewer_id: str


class StreamKeyReset(Fact, frozen=True, kw_only=True):
    """What was begun with the creator's stream key before ``at``, an ISO time, was begun with a key that is void."""

    creator_id: str
    at: str


@room_event
class StreamStartedEvent(RoomEvent, frozen=True, kw_only=True, tag="stream:started"):
    started_at: str


@room_event
class StreamPausedEvent(RoomEvent, frozen=True, kw_only=True, tag="stream:paused"):
    """The broadcaster is away and may be back."""


@room_event
class StreamResumedEvent(RoomEvent, frozen=True, kw_only=True, tag="stream:resumed"):
    pass


@room_event
class StageAwayEvent(RoomEvent, frozen=True, kw_only=True, tag="stage:away"):
    """The media server does not answer: pictures may stop. The room goes on, and the stream does not end by it."""


@room_event
class StageBackEvent(RoomEvent, frozen=True, kw_only=True, tag="stage:back"):
    """It answers again and the stage is there: whoever lost the pictures asks for them anew."""


@room_event
class StreamUpdatedEvent(RoomEvent, frozen=True, kw_only=True, tag="stream:updated"):
    title: str
    description: str
    tags: list[str]


@room_event
class StreamEndedEvent(RoomEvent, frozen=True, kw_only=True, tag="stream:ended"):
    """``reason`` is one of ``streams.models.EndReason``."""

    reason: str
    duration_seconds: int | None


@room_event
class LiveStartedEvent(RoomEvent, frozen=True, kw_only=True, tag="live:started"):
    """In the lobby: a public stream began. ``stream`` is a card of ``GET /api/streams/live``."""

    stream: dict[str, Any]


@room_event
class LiveUpdatedEvent(RoomEvent, frozen=True, kw_only=True, tag="live:updated"):
    stream: dict[str, Any]


@room_event
class LiveEndedEvent(RoomEvent, frozen=True, kw_only=True, tag="live:ended"):
    id: str
