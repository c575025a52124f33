"""Decisions that count against an account for a while; so many of them suspend it."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from moderation.reports.models import Decision, DecisionAction, Strike

STRIKING = (DecisionAction.STOP_STREAM, DecisionAction.TAKE_DOWN, DecisionAction.SUSPEND)


def strike_add(decision: Decision) -> Strike | None:
    """Of a decision that counts, in its transaction. What follows by rule does not count again. Queries: 1."""
    if decision.action not in STRIKING or decision.by_id is None:
        return None
    return Strike.objects.create(
        party_id=decision.about_id,
        decision=decision,
        at=decision.at,
        expires_at=decision.at + timedelta(days=settings.STRIKE_DAYS),
    )


def strike_take_back(decision: Decision) -> None:
    """Queries: 1."""
    Strike.objects.filter(decision=decision, taken_back_at=None).update(taken_back_at=timezone.now())


def strikes_in_force(party_id: UUID) -> int:
    """Queries: 1."""
    return Strike.objects.filter(party_id=party_id, taken_back_at=None, expires_at__gt=timezone.now()).count()
