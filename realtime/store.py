"""Stored events: numbered by the database per room, at commit, without holes."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TypeVar
from uuid import UUID

import msgspec
from django.db import connection, transaction
from django.utils import timezone

from realtime.events import StoredRoomEvent, encode, event_tag, stored_entry
from realtime.models import StoredEvent
from realtime.publish import entries_publish

KEPT_FOR = timedelta(days=1)

EventT = TypeVar("EventT", bound=StoredRoomEvent)


def append(room_id: UUID, events: Sequence[EventT]) -> list[EventT]:
    """Give the events the room's next numbers, and publish them when the surrounding transaction commits.

    Locks: the room's row until commit, so call it last. Queries: 1. Returns: the events with their ``seq``.
    Raises: TransactionManagementError outside a transaction.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("stored events are appended inside a transaction")
    if not events:
        return []
    tags = [event_tag(type(event)) for event in events]
    bodies = [encode(msgspec.structs.replace(event, seq=0)) for event in events]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT realtime_append(%s, %s, %s)", [room_id, tags, [body.decode() for body in bodies]]
        )
        (last,) = cursor.fetchone()
    first = last - len(events) + 1
    entries = [
        stored_entry(tag, seq, body) for seq, (tag, body) in enumerate(zip(tags, bodies, strict=True), first)
    ]
    transaction.on_commit(lambda: entries_publish(room_id, entries))
    return [msgspec.structs.replace(event, seq=seq) for seq, event in enumerate(events, first)]


def room_lock(room_id: UUID) -> int:
    """Hold the room until the transaction ends: nobody else numbers an event in it meanwhile.

    Locks: the room's row. Queries: 1. Returns: its newest number.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO realtime_room (id, last_seq) VALUES (%s, 0)"
            " ON CONFLICT (id) DO UPDATE SET last_seq = realtime_room.last_seq RETURNING last_seq",
            [room_id],
        )
        (last,) = cursor.fetchone()
    return int(last)


def rewrite(room_id: UUID, events: Mapping[int, StoredRoomEvent]) -> None:
    """Say something else under these numbers to those who ask from now on; who has the events is not told.

    Queries: 1 however many.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE realtime_storedevent AS stored SET tag = new.tag, body = new.body"
            " FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS new (seq, tag, body)"
            " WHERE stored.room_id = %s AND stored.seq = new.seq",
            [
                list(events),
                [event_tag(type(event)) for event in events.values()],
                [encode(msgspec.structs.replace(event, seq=0)).decode() for event in events.values()],
                room_id,
            ],
        )


def prune() -> int:
    """Forget events that no client can still ask for. Queries: 1. Returns: how many."""
    return StoredEvent.objects.filter(created_at__lt=timezone.now() - KEPT_FOR).delete()[0]
