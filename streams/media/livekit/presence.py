"""What is written of who was found in the rooms: a statement for all of them, however many they are.

None waits for a row that somebody else writes right now, so none can be part of a deadlock; the next look writes it.
"""

import uuid
from collections.abc import Collection, Mapping

from django.db import connection
from django.utils import timezone

from streams.models import Seat, SeatRole


def seats_of(identities: Collection[str]) -> dict[str, Seat]:
    """By identity. Queries: 1."""
    return {seat.identity: seat for seat in Seat.objects.filter(identity__in=identities).order_by()}


def seats_present(sids: Mapping[uuid.UUID, str]) -> None:
    """These seats are taken by these participants: the first one is noted for good, an encoder's the last. Queries: 1.

    Only for those of whom something else is known; nothing to write costs nothing.
    """
    if not sids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH free AS (
                SELECT seat.id, found.sid FROM unnest(%(ids)s::uuid[], %(sids)s::text[]) AS found (id, sid)
                JOIN streams_seat AS seat ON seat.id = found.id
                WHERE seat.participant_sid IN ('', found.sid) OR seat.role = %(encoder)s
                FOR UPDATE OF seat SKIP LOCKED
            )
            UPDATE streams_seat AS seat SET participant_sid = free.sid, seen_at = %(now)s, left_at = NULL
            FROM free WHERE seat.id = free.id
            """,
            {
                "now": timezone.now(),
                "ids": list(sids),
                "sids": list(sids.values()),
                "encoder": SeatRole.ENCODER.value,
            },
        )


def seats_left(*, stream_ids: Collection[uuid.UUID], present: Collection[uuid.UUID]) -> None:
    """Whoever was seen in these streams' rooms and is not there now has left. Queries: 1."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE streams_seat SET left_at = %(now)s
            WHERE id IN (
                SELECT id FROM streams_seat
                WHERE stream_id = ANY(%(streams)s)
                    AND seen_at IS NOT NULL AND left_at IS NULL AND revoked_at IS NULL
                    AND NOT id = ANY(%(present)s)
                FOR UPDATE SKIP LOCKED
            )
            """,
            {"now": timezone.now(), "streams": list(stream_ids), "present": list(present)},
        )


def seats_put_out(ids: Collection[uuid.UUID]) -> None:
    """These seats are nobody's any more. Written before they are removed from the rooms. Queries: none, or 1."""
    if not ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE streams_seat
            SET revoked_at = COALESCE(revoked_at, %(now)s), left_at = COALESCE(left_at, %(now)s)
            WHERE id IN (SELECT id FROM streams_seat WHERE id = ANY(%(ids)s) FOR UPDATE SKIP LOCKED)
            """,
            {"now": timezone.now(), "ids": list(ids)},
        )


def viewers_inside(stream_ids: Collection[uuid.UUID]) -> list[uuid.UUID]:
    """The seats of viewers who were in these rooms when they were last looked at. Queries: 1."""
    inside = Seat.objects.filter(
        stream_id__in=stream_ids,
        role=SeatRole.VIEWER,
        left_at=None,
        revoked_at=None,
        seen_at__isnull=False,
    )
    return list(inside.order_by().values_list("pk", flat=True))
