"""Locks that belong to no row."""

from django.db import connection


def lock_until_commit(name: str) -> None:
    """Whoever else asks for this name waits until this transaction is over. Must run in one. Queries: 1.

    Source: https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-ADVISORY-LOCKS
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
