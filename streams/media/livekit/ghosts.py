"""People whom LiveKit tells of and who are not there.

A server that dies and comes back with its rooms in Redis goes on listing who was in them, publishers and tracks
included, until the room is deleted or the identity comes again. It cannot remove them either. So whoever publishes is
asked for now and then, and who was once out of reach is nobody to us.
"""

import uuid
from collections.abc import Collection

from django.core.cache import cache

from streams.media.livekit.client import engine
from streams.media.livekit.rooms import room_name

# A publisher who died with the server is noticed after this, and the grace begins.
ASK_EVERY_SECONDS = 12
_KNOWN_SECONDS = 3600


def ghosts_known(stream_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, frozenset[str]]:
    """The sids of those found out so far. Queries: none."""
    keys = {_key(stream_id): stream_id for stream_id in stream_ids}
    found: dict[str, frozenset[str]] = cache.get_many(list(keys))
    return {keys[key]: sids for key, sids in found.items()}


def ghosts_add(stream_id: uuid.UUID, sids: Collection[str]) -> None:
    """Only under the room's lock."""
    if sids:
        known: frozenset[str] = cache.get(_key(stream_id), frozenset())
        cache.set(_key(stream_id), known | frozenset(sids), timeout=_KNOWN_SECONDS)


def ghosts_among(publishers: dict[uuid.UUID, dict[str, str]]) -> dict[uuid.UUID, set[str]]:
    """Of the publishers of each stream, sids by identity, those who are not there; asked every 12 seconds.

    Raises: MediaAway, EngineRefused.
    """
    rooms = {room_name(stream_id): stream_id for stream_id, sids in publishers.items() if sids}
    due = {
        name: stream_id
        for name, stream_id in rooms.items()
        if cache.add(f"livekit:asked:{stream_id}", 1, timeout=ASK_EVERY_SECONDS)
    }
    pairs = [(name, identity) for name, stream_id in due.items() for identity in publishers[stream_id]]
    found: dict[uuid.UUID, set[str]] = {}
    for name, identity in engine().out_of_reach(pairs):
        found.setdefault(due[name], set()).add(publishers[due[name]][identity])
    return found


def _key(stream_id: uuid.UUID) -> str:
    return f"livekit:ghosts:{stream_id}"
