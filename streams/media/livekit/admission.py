"""The one statement that lets a token in. The door is allowed three queries, of which access may need two."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection
from django.db.models import Model
from django.utils import timezone

from accounts.models import User
from streams.models import Seat, Stream

# What the statement answers, under the names that it gives to the tables. The person may be nobody.
_JOINED: tuple[tuple[type[Model], str], ...] = ((Seat, "seat"), (Stream, "stream"), (User, "person"))


def seat_use_up(*, identity: str, holders: Sequence[str]) -> Seat | None:
    """Mark the unused seat of this token as admitted and answer it with stream and user; None when there is none.

    Of two that meet at the row the second waits, looks again and finds it used. Locks: the seat's row, for the
    statement. Queries: 1.
    """
    with connection.cursor() as cursor:
        cursor.execute(_USE_UP, {"identity": identity, "holders": list(holders), "now": timezone.now()})
        row = cursor.fetchone()
    if row is None:
        return None
    seat, stream, user = _instances(row)
    assert isinstance(seat, Seat)
    assert isinstance(stream, Stream)
    seat.stream = stream
    seat.user = user if isinstance(user, User) and seat.user_id else None
    return seat


def _columns() -> str:
    return ", ".join(
        f'{table}."{field.column}"' for model, table in _JOINED for field in model._meta.concrete_fields
    )


_USE_UP = f"""
    WITH seat AS (
        UPDATE streams_seat SET admitted_at = %(now)s
        WHERE identity = %(identity)s AND bound_to = ANY(%(holders)s)
            AND admitted_at IS NULL AND participant_sid = '' AND revoked_at IS NULL
        RETURNING *
    )
    SELECT {_columns()}
    FROM seat
    JOIN streams_stream stream ON stream.id = seat.stream_id
    LEFT JOIN accounts_user person ON person.id = seat.user_id
"""  # noqa: S608 - the names of our own columns


def _instances(row: Sequence[Any]) -> Iterator[Model]:
    """As the ORM would have made them."""
    start = 0
    for model, _ in _JOINED:
        fields = model._meta.concrete_fields
        values = [
            field.from_db_value(value, None, connection) if hasattr(field, "from_db_value") else value
            for field, value in zip(fields, row[start : start + len(fields)], strict=True)
        ]
        yield model.from_db(connection.alias, [field.attname for field in fields], values)
        start += len(fields)
