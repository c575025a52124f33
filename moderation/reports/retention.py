"""How long evidence is kept: until it is long decided."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from accounts.erasure import register_eraser
from accounts.exports import Files, as_json, register_exporter
from accounts.models import User
from moderation.reports.evidence import pictures_drop
from moderation.reports.models import Case, Decision, Report, Statement

BATCH = 500


def evidence_forget() -> int:
    """Drop what things looked like whose case was decided so long ago. Returns how many. Queries: 1, and 1 each."""
    before = timezone.now() - timedelta(days=settings.EVIDENCE_DAYS)
    old = Case.objects.filter(decided_at__lt=before).exclude(evidence={})
    cases = list(old.values_list("pk", flat=True)[:BATCH])
    for case_id in cases:
        pictures_drop(case_id)
        Case.objects.filter(pk=case_id).update(evidence={})
    return len(cases)


@register_eraser
def erase(user: User) -> None:
    """What an appeal would have brought back goes. Evidence stays as long as everybody's: others rely on it."""
    Decision.objects.filter(about=user.party_id).exclude(before={}).update(before={})


@register_exporter
def export(user: User) -> Files:
    """What they reported, and what they were told; not what others reported of them."""
    reports = Report.objects.filter(reporter=user.party_id).order_by("id")
    told = Statement.objects.filter(party=user.party_id).order_by("id")
    return {
        "reports.json": as_json(
            list(
                reports.values(
                    "case__subject", "case__subject_id", "category", "note", "created_at", "answer"
                )
            )
        ),
        "notices.json": as_json(list(told.values("kind", "title", "text", "created_at", "read_at"))),
    }
