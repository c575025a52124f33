"""Rooms and who is in them.

Source: pkg/service/roommanager.go and pkg/rtc/room.go of livekit-server 1.11.0. As there, what the API lists comes from
a store that outlives the rooms themselves when the server dies and the store is Redis.
"""

import secrets
import string
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from google.protobuf.message import Message
from livekit.protocol import models, rtc
from livekit.protocol.models import DisconnectReason, ParticipantInfo, Room, TrackInfo, TrackType
from livekit.protocol.webhook import WebhookEvent

from tests.livekit.stub.clock import Clock, Timer
from tests.livekit.stub.grants import Claims
from tests.livekit.stub.webhooks import Webhooks

VERSION = "1.11.0"
PROTOCOL_WITH_ACTIONS = 13  # from here on a leave says what to do next
CODECS = (
    "audio/PCMU",
    "audio/PCMA",
    "audio/opus",
    "audio/red",
    "video/VP8",
    "video/H264",
    "video/VP9",
    "video/AV1",
)
ICE_SERVERS = ("stun:global.stun.twilio.com:3478", "stun:stun.l.google.com:19302")
GONE_AFTER_SECONDS = 21  # from the last packet of somebody who vanished
ACTIVE_WITHIN_SECONDS = 60
AUDIO_SOURCES = {"MICROPHONE", "SCREEN_SHARE_AUDIO"}

MessageT = TypeVar("MessageT", bound=Message)


class Refused(Exception):
    """Nobody was let in. ``status`` is what the handshake answers."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"{status} {text}")
        self.status, self.text = status, text


class Connection(Protocol):
    """Somebody's signalling socket."""

    protocol: int

    def send(self, message: rtc.SignalResponse) -> None: ...

    def close(self) -> None: ...


@dataclass
class Member:
    """Somebody in a room."""

    info: ParticipantInfo
    claims: Claims
    room: "LiveRoom"
    connection: Connection | None = None
    was_active: bool = False
    ufrag: str = ""  # of those who came by WHIP
    leaving: Timer | None = None

    @property
    def hidden(self) -> bool:
        return self.info.permission.hidden


@dataclass
class LiveRoom:
    """A room in the server's memory. ``info`` is what it says of itself, with counts up to five seconds old."""

    info: Room
    born_at: float
    counted_at: float
    members: dict[str, Member] = field(default_factory=dict)
    uncounted: bool = False
    joined_at: float | None = None
    left_at: float | None = None


def new_id(prefix: str) -> str:
    return prefix + "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(12))


class Rooms:
    """All rooms of the server. Used on the loop only."""

    def __init__(self, clock: Clock, webhooks: Webhooks) -> None:
        self.auto_create = False
        self.empty_timeout, self.departure_timeout, self.max_participants = 300, 20, 0
        self.media_flows = False
        self.count_lag_seconds = 5.0
        self.live: dict[str, LiveRoom] = {}
        self.stored: dict[str, Room] = {}
        self.stored_people: dict[str, dict[str, ParticipantInfo]] = {}
        self.on_closed: list[Callable[[str], None]] = []
        self.on_left: list[Callable[[str, str], None]] = []
        self.renew: Callable[[Claims], str] = lambda claims: ""
        self._clock, self._webhooks = clock, webhooks
        clock.later(1, self._each_second)

    # --- rooms ---------------------------------------------------------------

    def open(
        self, name: str, *, empty: int = 0, departure: int = 0, people: int = 0, metadata: str = ""
    ) -> LiveRoom:
        """The room in memory, made if need be; one that is there stays as it is."""
        if name in self.live:
            return self.live[name]
        info = self.stored.get(name)
        if info is None:
            now = self._clock.milliseconds()
            info = Room(
                sid=new_id("RM_"),
                name=name,
                empty_timeout=self.empty_timeout,
                departure_timeout=self.departure_timeout,
                max_participants=self.max_participants,
                creation_time=now // 1000,
                creation_time_ms=now,
                turn_password=secrets.token_urlsafe(32),
                enabled_codecs=[models.Codec(mime=mime) for mime in CODECS],
            )
        info.empty_timeout = empty or info.empty_timeout
        info.departure_timeout = departure or info.departure_timeout
        info.max_participants = people or info.max_participants
        info.metadata = metadata or info.metadata
        now_at = self._clock.now()
        room = self.live[name] = LiveRoom(info=_copy(info), born_at=now_at, counted_at=now_at)
        self.stored[name] = _copy(info)
        self._webhooks.tell(WebhookEvent(event="room_started", room=room.info))
        return room

    def delete(self, name: str, reason: DisconnectReason = DisconnectReason.ROOM_DELETED) -> None:
        """Put everybody out and forget the room, ghosts included."""
        room = self.live.get(name)
        if room is not None:
            for member in list(room.members.values()):
                self.remove(member, reason)
            del self.live[name]
            self._webhooks.tell(WebhookEvent(event="room_finished", room=room.info))
        self.stored.pop(name, None)
        self.stored_people.pop(name, None)
        for tell in self.on_closed:
            tell(name)

    def must_exist(self, name: str) -> None:
        """Raises: Refused, unless rooms make themselves."""
        if not self.auto_create and name not in self.stored:
            raise Refused(404, "requested room does not exist")

    def forget(self, *, keep_store: bool) -> None:
        """What dies with the server's process."""
        for room in self.live.values():
            for member in room.members.values():
                self._stays(member)
                if member.connection:
                    member.connection.close()
            room.members.clear()
        self.live.clear()
        if not keep_store:
            self.stored.clear()
            self.stored_people.clear()

    # --- people --------------------------------------------------------------

    def join(self, name: str, claims: Claims, connection: Connection | None = None) -> Member:
        """Whoever has the identity already is put out first. Raises: Refused when the room is full."""
        room = self.open(name)
        if claims.identity in room.members:
            self.remove(room.members[claims.identity], DisconnectReason.DUPLICATE_IDENTITY)
        if 0 < room.info.max_participants <= len(room.members):
            raise Refused(500, "room has exceeded its max participants")
        now = self._clock.milliseconds()
        info = ParticipantInfo(
            sid=new_id("PA_"),
            identity=claims.identity,
            state=ParticipantInfo.State.JOINED,
            name=claims.name,
            metadata=claims.metadata,
            attributes=claims.attributes,
            joined_at=now // 1000,
            joined_at_ms=now,
            permission=claims.permission(),
        )
        member = Member(info=info, claims=claims, room=room, connection=connection)
        others = [_copy(other.info) for other in room.members.values() if not other.hidden]
        room.members[claims.identity] = member
        room.joined_at = room.joined_at or self._clock.now()
        self._store(member)
        self._recount_later(room)
        if connection is not None:
            connection.send(rtc.SignalResponse(join=self._join_response(member, others)))
        self._tell_others(member)
        self._renew_for(member)
        member.leaving = self._clock.later(ACTIVE_WITHIN_SECONDS, lambda: self._join_timed_out(member))
        return member

    def activate(self, member: Member) -> None:
        """Media has come up."""
        if member.was_active:
            return
        member.was_active = True
        self._stays(member)
        member.info.state = ParticipantInfo.State.ACTIVE
        self._changed(member)
        self._webhooks.tell(
            WebhookEvent(event="participant_joined", room=member.room.info, participant=member.info)
        )

    def resume(self, member: Member, connection: Connection) -> None:
        """Go on by another socket. The identity is all that counts; the old socket is closed without a word."""
        if member.connection is not None:
            member.connection.close()
        member.connection = connection
        if member.was_active:
            self._stays(member)
        server = models.ServerInfo(version=VERSION, protocol=17)
        connection.send(
            rtc.SignalResponse(
                reconnect=rtc.ReconnectResponse(ice_servers=_ice_servers(), server_info=server)
            )
        )
        people = [other.info for other in member.room.members.values() if not other.hidden]
        connection.send(rtc.SignalResponse(update=rtc.ParticipantUpdate(participants=people)))
        connection.send(rtc.SignalResponse(room_update=rtc.RoomUpdate(room=member.room.info)))
        self._renew_for(member)

    def remove(self, member: Member, reason: DisconnectReason, *, say_so: bool = True) -> None:
        """Put somebody out, or note that they left."""
        room = member.room
        if room.members.get(member.info.identity) is not member:
            return
        self._stays(member)
        del room.members[member.info.identity]
        room.left_at = self._clock.now()
        self.stored_people.get(room.info.name, {}).pop(member.info.identity, None)
        self._recount_later(room)
        for track in list(member.info.tracks):
            self.unpublish(member, track.sid)
        member.info.state = ParticipantInfo.State.DISCONNECTED
        member.info.disconnect_reason = reason
        member.info.version += 1
        connection, member.connection = member.connection, None
        if connection is not None:
            if say_so:
                connection.send(rtc.SignalResponse(leave=rtc.LeaveRequest(reason=reason)))
            connection.close()
        self._tell_others(member)
        event = "participant_left" if member.was_active else "participant_connection_aborted"
        self._webhooks.tell(WebhookEvent(event=event, room=room.info, participant=member.info))
        for tell in self.on_left:
            tell(room.info.name, member.info.identity)

    def socket_lost(self, member: Member, connection: Connection) -> None:
        """Who never had media is gone with the socket; others have the time until their media times out."""
        if member.connection is not connection:
            return
        member.connection = None
        if not member.was_active:
            self.remove(member, DisconnectReason.SIGNAL_CLOSE)
        else:
            self.vanish(member)

    def vanish(self, member: Member) -> None:
        """No packet comes any more."""
        self._stays(member)
        member.leaving = self._clock.later(
            GONE_AFTER_SECONDS, lambda: self.remove(member, DisconnectReason.CONNECTION_TIMEOUT)
        )

    def come_back(self, member: Member) -> None:
        """Packets come again, before it was too late."""
        self._stays(member)

    # --- tracks --------------------------------------------------------------

    def publish(self, member: Member, track: TrackInfo) -> None:
        member.info.tracks.append(track)
        member.info.is_publisher = True
        self._changed(member)
        self._recount_later(member.room)
        self._webhooks.tell(_track_event("track_published", member, track))

    def unpublish(self, member: Member, track_sid: str) -> None:
        kept = [_copy(track) for track in member.info.tracks if track.sid != track_sid]
        gone = [_copy(track) for track in member.info.tracks if track.sid == track_sid]
        del member.info.tracks[:]
        member.info.tracks.extend(kept)
        self._changed(member)
        for track in gone:
            self._webhooks.tell(_track_event("track_unpublished", member, track))

    def mute(self, member: Member, track_sid: str, *, muted: bool) -> TrackInfo | None:
        for track in member.info.tracks:
            if track.sid == track_sid:
                track.muted = muted
                self._changed(member)
                if member.connection is not None:
                    mute = rtc.MuteTrackRequest(sid=track_sid, muted=muted)
                    member.connection.send(rtc.SignalResponse(mute=mute))
                return track
        return None

    def update(self, member: Member, *, name: str, metadata: str, attributes: dict[str, str]) -> None:
        member.info.name = name or member.info.name
        member.info.metadata = metadata or member.info.metadata
        for key, value in attributes.items():
            if value:
                member.info.attributes[key] = value
            else:
                member.info.attributes.pop(key, None)
        self._changed(member)

    def permit(self, member: Member, permission: models.ParticipantPermission) -> None:
        """What is not written in it is taken away; so are the tracks of who may not publish any more."""
        member.info.permission.CopyFrom(permission)
        if not permission.can_publish:
            for track in list(member.info.tracks):
                self.unpublish(member, track.sid)
        self._changed(member)
        self._renew_for(member)

    def set_metadata(self, room: LiveRoom, metadata: str) -> None:
        room.info.metadata = metadata
        self._count(room)

    # --- time ----------------------------------------------------------------

    def _each_second(self) -> None:
        now = self._clock.now()
        for name, room in list(self.live.items()):
            if room.uncounted and now - room.counted_at >= self.count_lag_seconds:
                self._count(room)
            if room.members:
                continue
            if room.joined_at is not None and room.left_at is not None:
                over = now - room.left_at >= room.info.departure_timeout
            else:
                over = now - room.born_at >= room.info.empty_timeout
            if over:
                self.delete(name, DisconnectReason.ROOM_CLOSED)
        self._clock.later(1, self._each_second)

    def _recount_later(self, room: LiveRoom) -> None:
        room.uncounted = True
        if self._clock.now() - room.counted_at >= self.count_lag_seconds:
            self._count(room)

    def _count(self, room: LiveRoom) -> None:
        room.uncounted, room.counted_at = False, self._clock.now()
        room.info.num_participants = len(room.members)
        room.info.num_publishers = sum(bool(member.info.tracks) for member in room.members.values())
        self.stored[room.info.name] = _copy(room.info)
        update = rtc.SignalResponse(room_update=rtc.RoomUpdate(room=room.info))
        for member in room.members.values():
            if member.connection is not None:
                member.connection.send(update)

    def _join_timed_out(self, member: Member) -> None:
        self.remove(member, DisconnectReason.JOIN_FAILURE)

    def _stays(self, member: Member) -> None:
        if member.leaving is not None:
            member.leaving.cancel()
            member.leaving = None

    # --- what is told to whom ------------------------------------------------

    def _changed(self, member: Member) -> None:
        member.info.version += 1
        if member.room.members.get(member.info.identity) is member:
            self._store(member)
            self._tell_others(member)

    def _store(self, member: Member) -> None:
        people = self.stored_people.setdefault(member.room.info.name, {})
        people[member.info.identity] = _copy(member.info)

    def _tell_others(self, member: Member) -> None:
        if member.hidden:
            return
        update = rtc.SignalResponse(update=rtc.ParticipantUpdate(participants=[member.info]))
        for other in member.room.members.values():
            if other is not member and other.connection is not None:
                other.connection.send(update)

    def _renew_for(self, member: Member) -> None:
        """At once and each five minutes: tokens outlive what they were minted for."""
        if member.connection is None:
            return
        connection = member.connection
        connection.send(rtc.SignalResponse(refresh_token=self.renew(member.claims)))

        def again() -> None:
            if member.connection is connection:
                self._renew_for(member)

        self._clock.later(300, again)

    def _join_response(self, member: Member, others: Iterable[ParticipantInfo]) -> rtc.JoinResponse:
        return rtc.JoinResponse(
            room=member.room.info,
            participant=member.info,
            other_participants=others,
            server_version=VERSION,
            server_info=models.ServerInfo(version=VERSION, protocol=17, node_id="ND_stub"),
            ice_servers=_ice_servers(),
            ping_interval=5,
            ping_timeout=15,
            enabled_publish_codecs=member.room.info.enabled_codecs,
            fast_publish=member.info.permission.can_publish,
        )


def new_track(source: str, *, name: str = "") -> TrackInfo:
    """A track as somebody publishes it, by the name of its source: "camera", "microphone", "screen_share"."""
    audio = source.upper() in AUDIO_SOURCES
    track = TrackInfo(sid=new_id("TR_"), name=name or source, source=source.upper())
    if audio:
        track.type, track.mime_type = TrackType.AUDIO, "audio/opus"
        return track
    track.type, track.mime_type, track.width, track.height = TrackType.VIDEO, "video/VP8", 1280, 720
    track.simulcast = True
    sizes = ((models.VideoQuality.LOW, 320, 180), (models.VideoQuality.MEDIUM, 640, 360))
    for quality, width, height in (*sizes, (models.VideoQuality.HIGH, 1280, 720)):
        track.layers.append(models.VideoLayer(quality=quality, width=width, height=height))
    return track


def _track_event(event: str, member: Member, track: TrackInfo) -> WebhookEvent:
    """Of room and participant only the names come along."""
    room = Room(sid=member.room.info.sid, name=member.room.info.name)
    who = ParticipantInfo(sid=member.info.sid, identity=member.info.identity)
    return WebhookEvent(event=event, room=room, participant=who, track=track)


def _ice_servers() -> list[rtc.ICEServer]:
    return [rtc.ICEServer(urls=ICE_SERVERS)]


def _copy(message: MessageT) -> MessageT:
    copy = type(message)()
    copy.CopyFrom(message)
    return copy
