"""What the hub is told about the room of a stream, and how events keep it true."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import msgspec
from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from chat.events import ChatMessageEvent, ChatPurgedEvent, ChatRemovedEvent, card_stripped
from chat.selectors import PINS_MOST, Pin, history, pin_of, pins_of, wire
from core.errors import NotFound
from moderation.modes.events import ModesEvent
from realtime.events import RoomEvent, RoomModes, RoomState, observes
from realtime.models import Room
from realtime.rooms import RoomHub, RoomPulse, RoomSnapshot
from streams.events import StreamEndedEvent, StreamPausedEvent, StreamResumedEvent, StreamStartedEvent
from streams.models import OVER, MediaState, Stream, StreamStatus


class StreamRoomState(msgspec.Struct, frozen=True, kw_only=True):
    """What decides who may write, kept in the hub's memory."""

    creator_id: UUID | None  # None when they are erased
    status: str
    paused: bool
    pins: tuple[Pin, ...] = ()
    modes: RoomModes = RoomModes()

    @property
    def is_over(self) -> bool:
        return self.status in OVER

    def public(self) -> RoomState:
        now = timezone.now()
        return RoomState(
            status=self.status,
            live=self.status == StreamStatus.LIVE,
            paused=self.paused,
            pins=msgspec.Raw(b"[%b]" % b",".join(pin.body for pin in self.pins if pin.until > now)),
            modes=self.modes,
        )


class StreamRooms:
    """The hub's source for rooms of streams."""

    def load(self, room_id: UUID) -> RoomSnapshot:
        """Queries: 3. Raises: NotFound."""
        rows = _rows([room_id])
        if not rows:
            raise NotFound()
        row = rows[0]
        return RoomSnapshot(
            last_seq=row["last_seq"],
            # Read after last_seq; what was accepted in between arrives as an event.
            history=history(room_id, up_to_seq=row["last_seq"]),
            state=_state(row, pins_of([room_id])),
            viewers=row["viewers_current"],
        )

    def pulse(self, room_ids: Iterable[UUID]) -> Mapping[UUID, RoomPulse]:
        """Queries: 2."""
        rooms = list(room_ids)
        pins = pins_of(rooms)
        return {row["id"]: RoomPulse(row["last_seq"], _state(row, pins)) for row in _rows(rooms)}


_MODES = {
    field: F(f"creator__chat_modes__{field}")
    for field in ("slow_seconds", "followers_minutes", "emote_only", "before_shield")
}


def _rows(room_ids: Iterable[UUID]) -> list[dict[str, Any]]:
    last_seq = Room.objects.filter(pk=OuterRef("pk")).values("last_seq")
    rows = (
        Stream.objects.filter(pk__in=list(room_ids))
        .annotate(last_seq=Coalesce(Subquery(last_seq), 0))
        .values("id", "creator_id", "status", "media_state", "viewers_current", "last_seq", **_MODES)
    )
    return [dict(row) for row in rows]


def _state(row: dict[str, Any], pins: Mapping[UUID, tuple[Pin, ...]]) -> StreamRoomState:
    return StreamRoomState(
        creator_id=row["creator_id"],
        status=row["status"],
        paused=row["status"] == StreamStatus.LIVE and row["media_state"] == MediaState.LOST,
        pins=pins.get(row["id"], ()),
        # A channel that never chose any has no row.
        modes=RoomModes(
            slow_seconds=row["slow_seconds"],
            followers_minutes=row["followers_minutes"],
            emote_only=bool(row["emote_only"]),
            shield=row["before_shield"] is not None,
        ),
    )


def _change(room: RoomHub, **changes: Any) -> None:
    room.changes += 1
    if room.state is not None:
        room.state = msgspec.structs.replace(room.state, **changes)


@observes(StreamStartedEvent)
def _on_started(room: RoomHub, event: RoomEvent) -> None:
    _change(room, status=StreamStatus.LIVE, paused=False)


@observes(StreamPausedEvent)
def _on_paused(room: RoomHub, event: RoomEvent) -> None:
    _change(room, paused=True)


@observes(StreamResumedEvent)
def _on_resumed(room: RoomHub, event: RoomEvent) -> None:
    _change(room, paused=False)


@observes(StreamEndedEvent)
def _on_ended(room: RoomHub, event: RoomEvent) -> None:
    _change(room, status=StreamStatus.ENDED, paused=False)


@observes(ModesEvent)
def _on_modes(room: RoomHub, event: ModesEvent) -> None:
    modes = RoomModes(
        slow_seconds=event.slow_seconds,
        followers_minutes=event.followers_minutes,
        emote_only=event.emote_only,
        shield=event.shield,
    )
    _change(room, modes=modes)


# Within a text the quotes would be escaped, so these bytes are the card's own.
@observes(ChatMessageEvent, mention=b'"pinned_until":"')
def _on_pinned(room: RoomHub, event: ChatMessageEvent) -> None:
    pin = pin_of(event)
    if pin is not None and room.state is not None:
        _change(room, pins=(pin, *room.state.pins)[:PINS_MOST])


@observes(ChatRemovedEvent)
def _on_removed(room: RoomHub, event: ChatRemovedEvent) -> None:
    """Newcomers are told as those are who come when the room is loaded anew."""
    room.history_change(lambda body: _stripped(body, event.id))
    if room.state is not None:
        _change(room, pins=tuple(pin for pin in room.state.pins if pin.id != event.id))


@observes(ChatPurgedEvent)
def _on_purged(room: RoomHub, event: ChatPurgedEvent) -> None:
    """The same for many at once."""
    room.history_change(lambda body: _left(body) if _is_purged(body, event) else body)
    if room.state is not None:
        pins = (pin for pin in room.state.pins if not _is_purged(pin.body, event))
        _change(room, pins=tuple(pins))


def _stripped(body: bytes, message_id: str) -> bytes | None:
    if message_id.encode() not in body:
        return body
    return _left(body) if _read(body).id == message_id else body


def _is_purged(body: bytes, event: ChatPurgedEvent) -> bool:
    said = _read(body)
    if said.seq > event.up_to_seq:
        return False
    return event.user is None or (said.user is not None and said.user.id == event.user)


def _left(body: bytes) -> bytes | None:
    """What newcomers are shown of a message that was taken away: of a card that it was given, of a line nothing."""
    said = _read(body)
    return None if said.card is None else wire(card_stripped(said))


def _read(body: bytes) -> ChatMessageEvent:
    return msgspec.json.decode(body, type=ChatMessageEvent)
