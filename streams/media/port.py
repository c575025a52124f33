"""What Busk asks of a media engine, whichever it is.

A backend answers what it cannot do with ``core.errors.NotSupported``; pages hide what is not there. Closing and
removing may be repeated, and must be harmless for what is already gone. No call may be made in a transaction.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal, Protocol, get_args
from uuid import UUID

from django.utils import timezone

if TYPE_CHECKING:  # the port knows no models, so it can be read before there are any
    from accounts.models import User


@dataclass(frozen=True)
class Person:
    """Whom a credential is for, as one tab or device shows itself: see ``streams.watching.person_of``."""

    viewer_id: str
    user_id: UUID | None = None
    # What others on stage read.
    name: str = ""
    # accounts.selectors.session_hash of the sign-in: what ends it ends this too.
    login: str = ""
    # Who may show the credential: streams.viewers.holder_of.
    holder: str = ""
    said_adult: bool = False
    # What this tab was before and says it is no more: that credential ends with the making of the new one.
    leaving: str = ""
    # From before anything was decided about the request: its credentials are no newer, so whatever is withdrawn while
    # it is being answered beats them.
    asked_at: datetime = field(default_factory=timezone.now)
    # When what they are given to watch ends by itself: a preview.
    until: datetime | None = None


@dataclass(frozen=True)
class Ingest:
    """How a browser sends its recording over a websocket. ``bitrates`` are bits per second, best first."""

    url: str
    expires_at: datetime
    max_frame_bytes: int
    ack_window_seconds: float
    bitrates: tuple[int, ...]


@dataclass(frozen=True)
class RoomToken:
    """A seat in a WebRTC room, for one connect. ``height_most`` and ``bitrate_most`` (bit/s) are for who publishes."""

    url: str
    token: str
    identity: str
    expires_at: datetime
    height_most: int = 0
    bitrate_most: int = 0


@dataclass(frozen=True)
class EncoderAddress:
    """What a person types into an encoder such as OBS. ``stream_key`` is a secret."""

    protocol: Literal["rtmp", "whip"]
    url: str
    stream_key: str


PlaybackKind = Literal["webrtc", "hls"]
PLAYBACK_KINDS: tuple[PlaybackKind, ...] = get_args(PlaybackKind)


@dataclass(frozen=True)
class PlaybackSource:
    """One way to watch. ``token`` and ``identity`` only with webrtc; ``kinds`` is what can be had now, best first."""

    kind: PlaybackKind
    url: str
    expires_at: datetime
    token: str | None = None
    identity: str | None = None
    kinds: tuple[PlaybackKind, ...] = ()


@dataclass(frozen=True)
class Participant:
    """Somebody whom the engine itself sees on the stage. Viewers of HLS are not among them."""

    identity: str
    publishing: bool
    joined_at: datetime | None


@dataclass(frozen=True)
class RecordingInProgress:
    recording_id: str
    started_at: datetime


class MediaBackend(Protocol):
    """Blocking calls, made from services and tasks."""

    name: str
    # How most people watch, so that pages can make ready for it.
    usual_kind: PlaybackKind
    # Whether processes of ours take the pictures in and say so: then one that falls silent has died.
    owns_ingest: bool

    def seeing_since(self) -> datetime | None:
        """Since when it is known without a gap whether pictures arrive; None while it is not, and nothing may end."""

    def open_stage(self, *, stream_id: UUID) -> None:
        """Prepare for a broadcaster; opening twice is opening once."""

    def close_stage(self, *, stream_id: UUID) -> None:
        """End what is published and let nobody in again. The stream must be over already."""

    def broadcaster_credentials(self, *, stream_id: UUID, person: Person) -> Ingest | RoomToken:
        """For the creator's studio. Whether they may is decided before, by ``streams.access``."""

    def viewer_credentials(self, *, stream_id: UUID, person: Person) -> RoomToken:
        """For a viewer who watches in the room itself."""

    def guest_credentials(self, *, stream_id: UUID, person: Person) -> RoomToken:
        """For somebody who joins the creator on stage."""

    def encoder_credentials(self, *, creator: "User") -> EncoderAddress:
        """An address of the creator's own for RTMP, the same over streams; the one they had before is void."""

    def playback(
        self, *, stream_id: UUID, session_id: UUID, person: Person, wanted: PlaybackKind | None = None
    ) -> PlaybackSource | None:
        """Where a viewer session finds the pictures, in the wanted way if it is there; None while there are none.

        Whether the session may watch is decided before. Raises: MediaFull.
        """

    def remove_participant(self, *, stream_id: UUID, session_id: UUID, viewer_id: str) -> None:
        """Take away at once what a viewer session, now revoked, was given."""

    def remove_viewers(self, *, stream_id: UUID) -> None:
        """Take away what viewers were given until now: who may watch is another question since then."""

    def remove_person(self, *, login: str = "", user_id: UUID | None = None) -> None:
        """Take away, at all streams, what was given to this sign-in, or to this user by any sign-in."""

    def frame(self, *, stream_id: UUID) -> bytes:
        """A picture of what is on air now, in any format that Pillow reads. Raises: NotFound when there is none."""

    def tidy(self) -> None:
        """Delete what streams that are over have left behind. Called every minute or so, by any process."""

    def list_participants(self, *, stream_id: UUID) -> list[Participant]: ...

    def start_recording(self, *, stream_id: UUID) -> RecordingInProgress: ...

    def stop_recording(self, *, stream_id: UUID, recording_id: str) -> None: ...
