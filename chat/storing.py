"""Storing messages and showing them: one statement for as many as there are."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection, transaction

from chat.events import ChatMessageEvent
from realtime.events import encode, event_tag, stored_entry
from realtime.publish import entries_publish

_TAG = event_tag(ChatMessageEvent)


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """``event`` is as everybody sees it. ``repeated``: it was accepted before and is not shown again."""

    event: ChatMessageEvent
    repeated: bool


def rows_accept(
    stream_id: UUID, now: datetime, events: Sequence[ChatMessageEvent], rows: Sequence[dict[str, Any]]
) -> list[Accepted]:
    """What became of each event, whose ``rows`` the database takes in one statement.

    Locks: the room's row. Queries: 1. Emits: chat:message, after commit.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, seq, fresh, text, created_at FROM chat_accept(%s, %s, %s::jsonb) ORDER BY place",
            [stream_id, now, msgspec.json.encode(rows).decode()],
        )
        stored = cursor.fetchall()
    answers = []
    entries = []
    for event, (message_id, seq, fresh, text, created_at) in zip(events, stored, strict=True):
        if fresh:
            entries.append(stored_entry(_TAG, seq, encode(event)))
            answers.append(Accepted(event=msgspec.structs.replace(event, seq=seq), repeated=False))
        else:
            answers.append(repeated(event, message_id, seq, text, created_at))
    if entries:
        transaction.on_commit(lambda: entries_publish(stream_id, entries))
    return answers


def repeated(event: ChatMessageEvent, message_id: UUID, seq: int, text: str, at: datetime) -> Accepted:
    """``event`` as it was answered the first time."""
    first = msgspec.structs.replace(event, id=str(message_id), seq=seq, text=text, at=iso(at))
    return Accepted(event=first, repeated=True)


def iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
