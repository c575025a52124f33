"""The rooms of a channel: whose turn it is, and telling them."""

import uuid

from django.db import connection

from realtime.events import RoomEvent
from realtime.publish import room_publish
from streams.models import Stream


def rooms_turn(*, channel_id: uuid.UUID) -> list[uuid.UUID]:
    """Take turns with the lines of the channel's streams until commit: what is said after that is said under new rules.

    A line is stored under a lock on its room's row, taken before it is decided on. So a ban, a timeout or a switch that
    took the same lock is either seen by a line or comes after it.
    Locks: the rows of the rooms, in the order of their ids. Queries: 1. Returns: the streams that are not over.
    """
    with connection.cursor() as cursor:
        # A room that nothing was stored in yet has no row; there is one from here on.
        cursor.execute(
            """
            WITH streams AS (
                SELECT id FROM streams_stream WHERE creator_id = %s AND ended_at IS NULL ORDER BY id
            ), made AS (
                INSERT INTO realtime_room (id, last_seq) SELECT id, 0 FROM streams ORDER BY id
                ON CONFLICT (id) DO UPDATE SET last_seq = realtime_room.last_seq
                RETURNING id
            )
            SELECT id FROM made
            """,
            [channel_id],
        )
        return [stream_id for (stream_id,) in cursor.fetchall()]


def room_turn(*, stream_id: uuid.UUID) -> None:
    """Take turns with the lines of one stream until commit, also after its end. Locks: the room's row. Queries: 1."""
    with connection.cursor() as cursor:
        # The first line of a room may be about to make its row.
        cursor.execute(
            "INSERT INTO realtime_room (id, last_seq) VALUES (%s, 0)"
            " ON CONFLICT (id) DO UPDATE SET last_seq = realtime_room.last_seq",
            [stream_id],
        )


def channel_publish(channel_id: uuid.UUID, *events: RoomEvent) -> None:
    """Tell every room of the channel's streams that are not over. Queries: 1."""
    streams = Stream.objects.filter(creator_id=channel_id, ended_at=None)
    for stream_id in streams.values_list("id", flat=True):
        room_publish(stream_id, *events)
