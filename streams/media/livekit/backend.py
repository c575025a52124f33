"""LiveKit behind the media port."""

import logging
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from django.conf import settings

from accounts.models import User
from core.errors import NotFound, NotSupported
from streams import tasks
from streams.encoders.rtmp import rtmp_make
from streams.media.errors import MediaAway, MediaFull, SentElsewhere
from streams.media.livekit import watch
from streams.media.livekit.bridge import bridge_state, limit
from streams.media.livekit.client import EngineRefused, engine
from streams.media.livekit.closing import stage_close
from streams.media.livekit.overflow import choose
from streams.media.livekit.rooms import room_name, room_open
from streams.media.livekit.seats import (
    seat_issue,
    seat_leave,
    seat_replaced,
    seat_was_mine,
    seats_revoke,
    seats_taken,
)
from streams.media.livekit.tokens import token_for
from streams.media.livekit.wake import wake, wake_after_kick
from streams.media.port import (
    EncoderAddress,
    Participant,
    Person,
    PlaybackKind,
    PlaybackSource,
    RecordingInProgress,
    RoomToken,
)
from streams.media.relay import housekeeping, thumbnail
from streams.media.relay.backend import RelayBackend
from streams.media.relay.gate import gates
from streams.media.relay.stages import stages
from streams.models import SeatRole

logger = logging.getLogger(__name__)


class LiveKitBackend:
    """Everybody meets in a room of LiveKit's; how many at most is ours to say."""

    name = "livekit"
    usual_kind: PlaybackKind = "webrtc"
    owns_ingest = False

    def seeing_since(self) -> datetime | None:
        return watch.seeing_since()

    def open_stage(self, *, stream_id: UUID) -> None:
        room_open(stream_id=stream_id)

    def close_stage(self, *, stream_id: UUID) -> None:
        """LiveKit is not waited for while it is known to be away. Raises: MediaAway; closing again does the rest."""
        if watch.away_since() is not None:
            seats_revoke(stream_id=stream_id)
            raise MediaAway()
        stages.close_soon(stream_id)
        gates.forget(stream_id)
        stage_close(stream_id=stream_id)

    def broadcaster_credentials(self, *, stream_id: UUID, person: Person) -> RoomToken:
        """The room is made sure of before anybody is sent there. Raises: MediaAway, SentElsewhere."""
        if person.leaving and seat_replaced(stream_id=stream_id, person=person):
            raise SentElsewhere()
        room_open(stream_id=stream_id)
        return self._token(stream_id, SeatRole.BROADCASTER, person)

    def viewer_credentials(self, *, stream_id: UUID, person: Person) -> RoomToken:
        """Raises: MediaFull."""
        if seats_taken(stream_id=stream_id) >= settings.LIVEKIT_ROOM_CAPACITY:
            raise MediaFull(limit=settings.LIVEKIT_ROOM_CAPACITY)
        return self._token(stream_id, SeatRole.VIEWER, person)

    def guest_credentials(self, *, stream_id: UUID, person: Person) -> RoomToken:
        return self._token(stream_id, SeatRole.GUEST, person)

    def encoder_credentials(self, *, creator: User) -> EncoderAddress:
        """Raises: NotSupported without an ingress service, NoCapacity, MediaAway."""
        address, key = rtmp_make(creator=creator)
        return EncoderAddress(protocol="rtmp", url=address.url, stream_key=key)

    def playback(
        self, *, stream_id: UUID, session_id: UUID, person: Person, wanted: PlaybackKind | None = None
    ) -> PlaybackSource:
        """Raises: MediaFull when there is no HLS for those whom the room does not take."""
        bridge = bridge_state(stream_id=stream_id)
        choice = choose(
            ready=bridge.ready,
            full=bridge.full,
            seats=seats_taken(stream_id=stream_id),
            limit=limit(),
            capacity=settings.LIVEKIT_ROOM_CAPACITY,
            wanted=wanted,
            newcomer=not (bridge.ready and seat_was_mine(stream_id=stream_id, person=person)),
        )
        if choice.kind == "hls":
            seat_leave(stream_id=stream_id, person=person)
            hls = RelayBackend().playback(stream_id=stream_id, session_id=session_id, person=person)
            return replace(hls, kinds=choice.kinds)
        given = self._token(stream_id, SeatRole.VIEWER, person)
        return PlaybackSource(
            kind="webrtc",
            url=given.url,
            expires_at=given.expires_at,
            token=given.token,
            identity=given.identity,
            kinds=choice.kinds,
        )

    def remove_participant(self, *, stream_id: UUID, session_id: UUID, viewer_id: str) -> None:
        """At once, and looked after for some seconds: where there is no door the same token comes in again."""
        gates.forget(stream_id)
        _put_out(seats_revoke(stream_id=stream_id, viewer_id=viewer_id))
        wake_after_kick(stream_id)

    def remove_viewers(self, *, stream_id: UUID) -> None:
        _put_out(seats_revoke(stream_id=stream_id, role=SeatRole.VIEWER))
        wake_after_kick(stream_id)

    def remove_person(self, *, login: str = "", user_id: UUID | None = None) -> None:
        """Also somebody whose account is gone, and their seats with it: the next look finds them unknown."""
        revoked = seats_revoke(login=login, user_id=user_id)
        _put_out(revoked)
        for stream_id in revoked:
            wake_after_kick(stream_id)
        if user_id is not None:
            tasks.livekit_rooms.delay()

    def frame(self, *, stream_id: UUID) -> bytes:
        """Of the bridge, if there is one: to enter a room for one picture would cost more than the picture is worth."""
        if not bridge_state(stream_id=stream_id).ready:
            raise NotFound(what="frame")
        return thumbnail.grab(stream_id)

    def tidy(self) -> None:
        """What bridges left behind; rooms are kept in order by the reconcile."""
        housekeeping.sweep()

    def list_participants(self, *, stream_id: UUID) -> list[Participant]:
        room = room_name(stream_id)
        return [
            Participant(
                identity=found.identity,
                publishing=bool(found.tracks),
                joined_at=datetime.fromtimestamp(found.joined_at, UTC) if found.joined_at else None,
            )
            for found in engine().list_participants([room]).get(room, [])
        ]

    def start_recording(self, *, stream_id: UUID) -> RecordingInProgress:
        raise NotSupported(what="recording")

    def stop_recording(self, *, stream_id: UUID, recording_id: str) -> None:
        raise NotSupported(what="recording")

    def _token(self, stream_id: UUID, role: SeatRole, person: Person) -> RoomToken:
        seat = seat_issue(stream_id=stream_id, role=role, person=person)
        if person.leaving:
            wake(stream_id)  # should somebody else have come by that token, they go now
        publishes = role != SeatRole.VIEWER
        return RoomToken(
            url=settings.LIVEKIT_PUBLIC_URL,
            token=token_for(seat, room=room_name(stream_id), name=person.name if publishes else ""),
            identity=seat.identity,
            expires_at=seat.expires_at,
            height_most=settings.PUBLISH_HEIGHT_MOST if publishes else 0,
            bitrate_most=settings.PUBLISH_BITRATE_MOST if publishes else 0,
        )


def _put_out(revoked: dict[UUID, list[str]]) -> None:
    """Now, if LiveKit answers; else the look at its return does, since the seats are void."""
    if watch.away_since() is not None:
        return
    for stream_id, identities in revoked.items():
        try:
            engine().remove_participants(room=room_name(stream_id), identities=identities)
        except (MediaAway, EngineRefused) as error:
            logger.info("%s: nobody was put out yet: %s", room_name(stream_id), error)
