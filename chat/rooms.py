"""What the hub is told about the room of a stream, and how events keep it true."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import msgspec
from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce

from chat.selectors import history
from core.errors import NotFound
from realtime.events import RoomEvent, RoomState, observes
from realtime.models import Room
from realtime.rooms import RoomHub, RoomPulse, RoomSnapshot
from streams.events import StreamEndedEvent, StreamPausedEvent, StreamResumedEvent, StreamStartedEvent
from streams.models import OVER, MediaState, Stream, StreamStatus


class StreamRoomState(msgspec.Struct, frozen=True, kw_only=True):
    """What decides who may write, kept in the hub's memory."""

    creator_id: UUID | None  # None when they are erased
    status: str
    paused: bool

    @property
    def is_over(self) -> bool:
        return self.status in OVER

    def public(self) -> RoomState:
        return RoomState(status=self.status, live=self.status == StreamStatus.LIVE, paused=self.paused)


class StreamRooms:
    """The hub's source for rooms of streams."""

    def load(self, room_id: UUID) -> RoomSnapshot:
        """Queries: 2. Raises: NotFound."""
        rows = _rows([room_id])
        if not rows:
            raise NotFound()
        row = rows[0]
        return RoomSnapshot(
            last_seq=row["last_seq"],
            # Read after last_seq; what was accepted in between arrives as an event.
            history=history(room_id, up_to_seq=row["last_seq"]),
            state=_state(row),
            viewers=row["viewers_current"],
        )

    def pulse(self, room_ids: Iterable[UUID]) -> Mapping[UUID, RoomPulse]:
        """Queries: 1."""
        return {row["id"]: RoomPulse(row["last_seq"], _state(row)) for row in _rows(room_ids)}


def _rows(room_ids: Iterable[UUID]) -> list[dict[str, Any]]:
    last_seq = Room.objects.filter(pk=OuterRef("pk")).values("last_seq")
    rows = (
        Stream.objects.filter(pk__in=list(room_ids))
        .annotate(last_seq=Coalesce(Subquery(last_seq), 0))
        .values("id", "creator_id", "status", "media_state", "viewers_current", "last_seq")
    )
    return [dict(row) for row in rows]


def _state(row: dict[str, Any]) -> StreamRoomState:
    return StreamRoomState(
        creator_id=row["creator_id"],
        status=row["status"],
        paused=row["status"] == StreamStatus.LIVE and row["media_state"] == MediaState.LOST,
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
