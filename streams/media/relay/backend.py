"""The relay behind the media port."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from accounts.models import User
from core.errors import NotSupported
from streams.media.port import (
    EncoderAddress,
    Ingest,
    Participant,
    Person,
    PlaybackKind,
    PlaybackSource,
    RecordingInProgress,
    RoomToken,
)

from . import housekeeping, thumbnail
from .gate import gates
from .limits import ACK_WINDOW_SECONDS, BITRATES, MAX_FRAME_BYTES
from .passes import INGEST_SECONDS, ingest_pass_issue, playlist_pass
from .stages import stages


class RelayBackend:
    """One publisher, who sends from a browser; viewers watch HLS. Nobody else is on stage."""

    name = "relay"
    usual_kind: PlaybackKind = "hls"
    owns_ingest = True

    def seeing_since(self) -> datetime:
        """Always: who owns an ingest notes the loss, and the sweep does for one that died."""
        return datetime.min.replace(tzinfo=UTC)

    def open_stage(self, *, stream_id: UUID) -> None:
        """Nothing to prepare: the first ingest opens the stage in the process it reaches."""

    def close_stage(self, *, stream_id: UUID) -> None:
        """At once in this process; another process that owns it asks every two seconds whether it is over."""
        gates.forget(stream_id)
        stages.close_soon(stream_id)

    def broadcaster_credentials(self, *, stream_id: UUID, person: Person) -> Ingest:
        token = ingest_pass_issue(stream_id=stream_id, login=person.login)
        return Ingest(
            url=f"/ws/ingest/{stream_id}/?pass={token}",
            expires_at=timezone.now() + timedelta(seconds=INGEST_SECONDS),
            max_frame_bytes=MAX_FRAME_BYTES,
            ack_window_seconds=ACK_WINDOW_SECONDS,
            bitrates=BITRATES,
        )

    def viewer_credentials(self, *, stream_id: UUID, person: Person) -> RoomToken:
        raise NotSupported(what="viewer_credentials")

    def guest_credentials(self, *, stream_id: UUID, person: Person) -> RoomToken:
        raise NotSupported(what="guests")

    def encoder_credentials(self, *, creator: User) -> EncoderAddress:
        raise NotSupported(what="encoders")

    def playback(
        self, *, stream_id: UUID, session_id: UUID, person: Person, wanted: PlaybackKind | None = None
    ) -> PlaybackSource:
        # No pass need outlive the longest stream; what withdraws it sooner is the gate.
        token, entry = playlist_pass(
            stream_id=stream_id,
            session_id=session_id,
            lifetime_seconds=settings.STREAM_MAX_SECONDS + settings.STREAM_GRACE_SECONDS,
            asked_at=person.asked_at,
            until=person.until,
        )
        return PlaybackSource(
            kind="hls",
            url=f"/hls/{stream_id}/{token}/master.m3u8",
            expires_at=datetime.fromtimestamp(entry.expires_at, UTC),
            kinds=("hls",),
        )

    def remove_participant(self, *, stream_id: UUID, session_id: UUID, viewer_id: str) -> None:
        """The session's revocation is what shuts it out; here it is only noticed at once."""
        gates.forget(stream_id)

    def remove_viewers(self, *, stream_id: UUID) -> None:
        """Playlists ask by themselves."""

    def remove_person(self, *, login: str = "", user_id: UUID | None = None) -> None:
        """Sockets close by the same facts, and the ingest is one."""

    def frame(self, *, stream_id: UUID) -> bytes:
        return thumbnail.grab(stream_id)

    def tidy(self) -> None:
        housekeeping.sweep()

    def list_participants(self, *, stream_id: UUID) -> list[Participant]:
        raise NotSupported(what="participants")

    def start_recording(self, *, stream_id: UUID) -> RecordingInProgress:
        raise NotSupported(what="recording")

    def stop_recording(self, *, stream_id: UUID, recording_id: str) -> None:
        raise NotSupported(what="recording")
