"""The audit trail: who did what to whom, when and why. Rows are only ever added; the database sees to it."""

import uuid
from typing import Any

from core.logs import request_id
from core.models import AuditEvent


def audit_record(
    *,
    action: str,
    target: str,
    actor_party_id: uuid.UUID | None,
    reason: str = "",
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    whom_party_id: uuid.UUID | None = None,
    channel_party_id: uuid.UUID | None = None,
) -> AuditEvent:
    """Add one event, in the transaction of what it is about, so that neither happens without the other.

    ``action`` is ``<what>.<verb in the past>`` such as ``stream.stopped``; ``target`` is ``<what>:<id>``. Secrets do
    not belong into ``before`` and ``after``. The team of ``channel_party_id`` may read it. Queries: 1.
    """
    current = request_id.get()
    return AuditEvent.objects.create(
        actor_party_id=actor_party_id,
        action=action,
        target=target,
        whom_party_id=whom_party_id,
        channel_party_id=channel_party_id,
        reason=reason,
        before=before,
        after=after,
        request_id="" if current == "-" else current,
    )
