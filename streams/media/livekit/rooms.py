"""Rooms: which are ours, and how they are made. Nobody else makes any: the server's ``auto_create`` is off."""

import re
import uuid

from django.conf import settings

from streams.media.livekit.client import engine

_OURS = re.compile(r"stream-([0-9a-f]{32})")
# Publishers come on top of the viewers that we count. Were the server's own limit reached, browsers would see a 500.
HEADROOM = 50
# A room left empty by a stream that never began, or by a crash, goes by itself some time after we would have closed it.
SPARE_SECONDS = 300


def room_name(stream_id: uuid.UUID) -> str:
    """As ``services.stream_create`` names it."""
    return f"stream-{stream_id.hex}"


def stream_id_of(room: str) -> uuid.UUID | None:
    """The stream of a room that is named as ours are; a server may have others' rooms, which we never touch."""
    match = _OURS.fullmatch(room)
    return uuid.UUID(match[1]) if match else None


def room_open(*, stream_id: uuid.UUID) -> str:
    """Make the stream's room if it is not there. Returns its sid, another one after the server lost the room.

    Raises: MediaAway, EngineRefused.
    """
    room = engine().create_room(
        name=room_name(stream_id),
        empty_timeout=settings.STREAM_PREPARED_SECONDS + SPARE_SECONDS,
        departure_timeout=settings.STREAM_GRACE_SECONDS + SPARE_SECONDS,
        max_participants=settings.LIVEKIT_ROOM_CAPACITY + HEADROOM,
    )
    return room.sid
