"""Which process of this host owns a stage: PostgreSQL advisory locks on one connection of each process.

The server frees them when the process dies, however it dies. The connection is outside the pool, since a
pooled one would be handed to others with the locks on it. Blocking calls, from any thread.
"""

import hashlib
import logging
import threading
from uuid import UUID

import psycopg
from django.db import connections

logger = logging.getLogger(__name__)


class Locks:
    def __init__(self) -> None:
        self._connection: psycopg.Connection[tuple[object, ...]] | None = None
        self._held: set[UUID] = set()
        self._guard = threading.Lock()

    def take(self, stream_id: UUID) -> bool:
        """Own this stage unless another process does. Not twice: the caller keeps what it owns."""
        with self._guard:
            if self._ask("SELECT pg_try_advisory_lock(%s)", stream_id):
                self._held.add(stream_id)
                return True
            return False

    def free(self, stream_id: UUID) -> None:
        with self._guard:
            if stream_id in self._held:
                self._held.discard(stream_id)
                try:
                    self._ask("SELECT pg_advisory_unlock(%s)", stream_id)
                except psycopg.Error:
                    logger.info("stream %s: its lock went with the connection", stream_id)

    def still_held(self, stream_id: UUID) -> bool:
        """False once the connection that held it broke: then another process may own the stage by now."""
        with self._guard:
            if stream_id not in self._held:
                return False
            try:
                self._ask("SELECT %s::bigint IS NOT NULL", stream_id)
            except psycopg.Error:
                return False
            return stream_id in self._held

    def close(self) -> None:
        with self._guard:
            self._drop()

    def _ask(self, query: str, stream_id: UUID) -> bool:
        if self._connection is None or self._connection.closed:
            self._drop()
            parameters = connections["default"].get_connection_params()
            self._connection = psycopg.connect(**parameters, autocommit=True)
        try:
            row = self._connection.execute(query, [_number(stream_id)]).fetchone()
        except psycopg.OperationalError:
            self._drop()
            raise
        return bool(row and row[0])

    def _drop(self) -> None:
        self._held.clear()
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _number(stream_id: UUID) -> int:
    """An advisory lock is a signed 64-bit number; a hash, so that no other use of locks meets it."""
    digest = hashlib.blake2b(stream_id.bytes, digest_size=8, person=b"busk.relay").digest()
    return int.from_bytes(digest, "big", signed=True)
