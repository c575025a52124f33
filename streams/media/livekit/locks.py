"""One reconcile of a room at a time, over all processes: PostgreSQL's advisory locks, which die with their holder.

Two that look at a room at once might write what they saw in the wrong order.
"""

import hashlib
import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress

from django.db import DatabaseError, connection


@contextmanager
def rooms_held(stream_ids: Collection[uuid.UUID]) -> Iterator[list[uuid.UUID]]:
    """Those of these streams whose rooms nobody else looks at now; nobody else does until the block ends.

    Locks of the session, not of a transaction, because the engine is asked meanwhile. Queries: 2.
    """
    by_number = {_number(stream_id): stream_id for stream_id in stream_ids}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT n FROM unnest(%s::bigint[]) AS n WHERE pg_try_advisory_lock(n)", [list(by_number)]
        )
        mine = [number for (number,) in cursor.fetchall()]
    try:
        yield [by_number[number] for number in mine]
    finally:
        # With a connection that broke its locks are gone already.
        with suppress(DatabaseError), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(n) FROM unnest(%s::bigint[]) AS n", [mine])


def _number(stream_id: uuid.UUID) -> int:
    """A signed 64-bit number; a hash with a name of its own, so that no other use of locks meets it."""
    digest = hashlib.blake2b(stream_id.bytes, digest_size=8, person=b"busk.livekit").digest()
    return int.from_bytes(digest, "big", signed=True)
