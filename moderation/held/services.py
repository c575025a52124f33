"""Keeping lines for the team, and what the team decides about them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from django.db import connection, transaction

from moderation.held.events import HeldAddedEvent, HeldAuthor
from moderation.lines import iso
from realtime.publish import room_publish


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A line that is to be held under ``id``; ``name`` and ``role`` are its author's now."""

    id: UUID
    author_id: UUID
    name: str
    role: str
    client_id: str
    text: str
    reason: str
    piece: str


def held_add(*, stream_id: UUID, channel_id: UUID, lines: Sequence[Waiting], at: datetime) -> None:
    """Keep the lines until the team decides, within the transaction that decided to.

    Queries: 1, in plain SQL. Emits: held:added to the team, after commit.
    """
    rows = [
        (str(line.id), str(line.author_id), line.client_id, line.text, line.reason, line.piece)
        for line in lines
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO moderation_heldmessage (
                id, author_id, client_id, text, reason, piece, stream_id, channel_id, state, created_at
            )
            SELECT item.id, author, client_id, text, reason, piece, %s, %s, 'held', %s
            FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[])
                AS item (id, author, client_id, text, reason, piece)
            """,
            [stream_id, channel_id, at, *map(list, zip(*rows, strict=True))],
        )
    events = [
        HeldAddedEvent(
            id=str(line.id),
            user=HeldAuthor(id=str(line.author_id), name=line.name, role=line.role),
            text=line.text,
            reason=line.reason,
            piece=line.piece,
            at=iso(at),
        )
        for line in lines
    ]
    transaction.on_commit(lambda: room_publish(stream_id, *events))
