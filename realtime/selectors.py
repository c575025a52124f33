"""What can be read of a room's stored events."""

from uuid import UUID

from realtime.events import Entry, stored_entry
from realtime.models import Room, StoredEvent

FETCH_LIMIT = 500


def events_after(room_id: UUID, seq: int, limit: int = FETCH_LIMIT) -> list[Entry]:
    """The room's stored events after ``seq``, oldest first. Queries: 1."""
    rows = StoredEvent.objects.filter(room_id=room_id, seq__gt=seq).order_by("seq")
    return [
        stored_entry(tag, number, body.encode())
        for tag, number, body in rows.values_list("tag", "seq", "body")[:limit]
    ]


def last_seq(room_id: UUID) -> int:
    """The newest number of the room, 0 when nothing was stored. Queries: 1."""
    return Room.objects.filter(pk=room_id).values_list("last_seq", flat=True).first() or 0
