"""Telling staff in time: of evidence that is due, and of refunds on which nobody decided."""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from core.audit import audit_record
from payments.orders.models import Chargeback
from payments.staff.models import EvidenceReminder, EvidenceState

logger = logging.getLogger(__name__)

# Shortest first: who is told so late that both are over is told once.
DAYS_BEFORE = (1, 3)


def unanswered(now: datetime) -> QuerySet[Chargeback]:
    """Disputes whose bank waits for our side, until when soonest first."""
    waits = Q(evidence=None) | Q(evidence__state=EvidenceState.DRAFT)
    return Chargeback.objects.filter(
        waits, closed_at=None, status__endswith="needs_response", due_by__gt=now
    ).order_by("due_by")


def disputes_remind() -> int:
    """Say aloud which evidence is due within 3 days and within 1, once each. Returns how many. Queries: 1, 4 each."""
    now = timezone.now()
    told = 0
    for chargeback in unanswered(now).filter(due_by__lte=now + timedelta(days=max(DAYS_BEFORE))):
        assert chargeback.due_by is not None
        days = next(days for days in DAYS_BEFORE if chargeback.due_by - now <= timedelta(days=days))
        told += _remind(chargeback, days, now)
    return told


@transaction.atomic
def _remind(chargeback: Chargeback, days: int, now: datetime) -> bool:
    _, is_new = EvidenceReminder.objects.get_or_create(chargeback=chargeback, days=days, defaults={"at": now})
    if is_new:
        audit_record(
            actor_party_id=None,
            action="dispute.evidence_due",
            target=f"dispute:{chargeback.provider_id}",
            after={"due_by": str(chargeback.due_by), "days": days},
        )
        logger.error(
            "evidence in dispute %s is due by %s, which is within %s days",
            chargeback.provider_id,
            chargeback.due_by,
            days,
        )
    return is_new
