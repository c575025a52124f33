"""Facts: what one app publishes when something has happened, so that apps above it can react.

A fact leaves on commit and only then. It is an outbox row of the same transaction, handled at once in the
process that committed it, and again by a sweep if that process died first or a handler failed. So handlers
run at least once and must be idempotent; they run outside any transaction and may use the network.
"""

import logging
from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

import msgspec
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from core.models import OutboxFact

logger = logging.getLogger(__name__)

CLAIM_SECONDS = 30
SWEEP_LIMIT = 500


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened, named in the past tense, of JSON-ready fields."""


FactT = TypeVar("FactT", bound=Fact)
Handler = Callable[[Any], None]

_types: dict[str, type[Fact]] = {}
_handlers: dict[str, list[Handler]] = defaultdict(list)


def fact_name(fact_type: type[Fact]) -> str:
    return f"{fact_type.__module__}.{fact_type.__qualname__}"


def handles(fact_type: type[FactT]) -> Callable[[Callable[[FactT], None]], Callable[[FactT], None]]:
    """Register a handler; modules with handlers are imported by their app's ``ready()``."""

    def register(handler: Callable[[FactT], None]) -> Callable[[FactT], None]:
        name = fact_name(fact_type)
        _types[name] = fact_type
        _handlers[name].append(handler)
        return handler

    return register


def publish_on_commit(fact: Fact) -> None:
    """Hand the fact to its handlers once the surrounding transaction has committed.

    Queries: 1 insert; on commit 1 delete, and whatever the handlers do.
    Raises: TransactionManagementError outside a transaction, where "on commit" would mean nothing.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError(
            f"{fact_name(type(fact))} published outside a transaction"
        )
    row = outbox_row(fact)
    if row is not None:
        row.save(force_insert=True)
        deliver_on_commit(row)


def outbox_row(fact: Fact) -> OutboxFact | None:
    """The row of a fact, not stored: for a statement that stores it itself, together with what happened.

    None when nobody handles such facts. Once it is stored, hand it to ``deliver_on_commit``. Queries: none.
    """
    name = fact_name(type(fact))
    if not _handlers[name]:
        return None
    return OutboxFact(name=name, payload=msgspec.to_builtins(fact), claimed_at=timezone.now())


def deliver_on_commit(row: OutboxFact) -> None:
    """Hand a stored row to its handlers once it is committed, which it is already outside of a transaction."""
    transaction.on_commit(lambda: _deliver(row))


def sweep() -> int:
    """Deliver the facts whose claim ran out. Returns how many were claimed. Queries: 1, and 2 per fact."""
    now = timezone.now()
    due = list(
        OutboxFact.objects.filter(claimed_at__lt=now - timedelta(seconds=CLAIM_SECONDS)).order_by("id")[
            :SWEEP_LIMIT
        ]
    )
    claimed = 0
    for row in due:
        # A conditional update instead of a lock: handlers may take long and must not hold one.
        if OutboxFact.objects.filter(pk=row.pk, claimed_at=row.claimed_at).update(claimed_at=now):
            claimed += 1
            _deliver(row)
    return claimed


def _deliver(row: OutboxFact) -> None:
    fact = msgspec.convert(row.payload, _types[row.name])
    failed = False
    for handler in _handlers[row.name]:
        try:
            handler(fact)
        except Exception:
            # One handler's bug must not keep the fact from the others; the sweep tries again.
            logger.exception("%s failed on %s", handler.__qualname__, row)
            failed = True
    if failed:
        OutboxFact.objects.filter(pk=row.pk).update(attempts=F("attempts") + 1)
    else:
        # One bare statement, since every fact pays for it: delete() would open a transaction around it. Nor does it
        # wait for the disk: if the database goes down at this moment, the fact is delivered once more.
        with connection.cursor() as cursor:
            cursor.execute(
                "DELETE FROM core_outboxfact WHERE id = %s RETURNING set_config('synchronous_commit', 'off', true)",
                [row.pk],
            )
