"""Saying something to a room, from any thread of any process.

Each function returns at once. The sockets of this process are reached through its hub, those of other processes
through the bus; the layer promises at most once, which is why what must not be missed is a stored event.
"""

import time
from uuid import UUID

from realtime.bus import bus
from realtime.events import Entry, RoomEvent, entry_of
from realtime.hub import hub
from realtime.orders import Order


def room_publish(room_id: UUID, *events: RoomEvent) -> None:
    """Send events to every socket of the room, in this order.

    Stored events are published by ``realtime.store.append``; one that comes twice is shown once.
    """
    entries_publish(room_id, [entry_of(event) for event in events])


def entries_publish(room_id: UUID, entries: list[Entry]) -> None:
    """``room_publish`` for events that are serialised already."""
    hub.publish_soon(room_id, entries)
    bus().publish(room_id, entries)


def sockets_close(
    *,
    code: int,
    reason: str,
    user_id: UUID | None = None,
    session_id: UUID | None = None,
    viewer_id: str | None = None,
    room_id: UUID | None = None,
    login: str | None = None,
) -> None:
    """Close the sockets that match all ids given, in every process, and refuse the passes they were issued."""
    if not any([user_id, session_id, viewer_id, room_id, login]):
        raise ValueError("whose sockets?")
    _order(
        Order(
            before_ms=_now_ms(),
            code=code,
            reason=reason,
            user_id=user_id,
            session_id=session_id,
            viewer_id=viewer_id,
            room_id=room_id,
            login=login,
        )
    )


def _order(order: Order) -> None:
    hub.obey_soon(order)
    bus().order(order)


def _now_ms() -> int:
    return int(time.time() * 1000)
