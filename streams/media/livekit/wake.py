"""When a room is looked at again: at once, but not four hundred times when four hundred people leave."""

import logging
import time
import uuid

from django.core.cache import cache

from streams import tasks
from streams.media.errors import MediaAway
from streams.media.livekit import watch
from streams.media.livekit.client import EngineRefused
from streams.media.livekit.reconcile import room_reconcile, rooms_reconcile

logger = logging.getLogger(__name__)

# A room that was looked at is looked at again after this, for all that was said meanwhile.
PAUSE_SECONDS = 1
# Whoever was thrown out may try again with what they still have.
AFTER_A_KICK_SECONDS = (1, 3, 8)


def wake(stream_id: uuid.UUID) -> None:
    """Something may have happened in this room: look now, or once more after the look that has just begun.

    Should the look that is promised here be lost with its process, the one by the clock comes four seconds later.
    """
    if cache.add(f"livekit:woken:{stream_id}", 1, timeout=PAUSE_SECONDS):
        tasks.livekit_room.delay(str(stream_id))
    elif cache.add(_later_key(stream_id), 1, timeout=10):
        tasks.livekit_room.apply_async((str(stream_id),), countdown=PAUSE_SECONDS)


def rooms_look() -> None:
    """Look at all rooms, unless somebody does; while LiveKit does not answer, every second."""
    # A server that swallows packets holds each look for seconds; not every thread needs to wait with it.
    if not cache.add("livekit:looking", 1, timeout=10):
        return
    try:
        answered = rooms_reconcile()
    finally:
        cache.delete("livekit:looking")
    if not answered and cache.add("livekit:look-again", 1, timeout=1):
        tasks.livekit_rooms.apply_async(countdown=1, expires=10)


def room_look(stream_id: uuid.UUID) -> None:
    """The look that was promised. Must not run in a transaction."""
    # What is said from now on needs another one.
    cache.delete(_later_key(stream_id))
    if watch.away_since() is not None:
        return  # the look at its return is at every room
    try:
        room_reconcile(stream_id)
    except (MediaAway, EngineRefused) as error:
        logger.info("the room of %s was not looked at: %s", stream_id, error)


def wake_after_kick(stream_id: uuid.UUID) -> None:
    """Look again and again; two hundred kicks in one second cost as much as one."""
    now = int(time.time())
    for seconds in AFTER_A_KICK_SECONDS:
        if cache.add(f"livekit:kicked:{stream_id}:{now + seconds}", 1, timeout=seconds + 2):
            tasks.livekit_room.apply_async((str(stream_id),), countdown=seconds)


def _later_key(stream_id: uuid.UUID) -> str:
    return f"livekit:later:{stream_id}"
