"""What a year of moderation comes to: counts only, nobody's name.

Source: Regulation (EU) 2022/2065, article 15.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from statistics import median
from typing import Any

from django.db.models import Count, Q, QuerySet

from core.models import AuditEvent
from moderation.legal.models import CounterNotice, LegalNotice
from moderation.reports.models import Appeal, Decision, DecisionAction, Report, Strike

Row = tuple[str, str, str, int]


def year_rows(year: int) -> Iterator[Row]:
    """Of each figure: what is counted, by what, which, and how many. Times are whole seconds. Queries: 12."""
    since, until = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    made = Q(created_at__gte=since, created_at__lt=until)
    decided = Q(at__gte=since, at__lt=until)
    reports = Report.objects.filter(made)
    yield "reports", "all", "", reports.count()
    yield from _by(reports, "reports", "category")
    yield from _by(reports, "reports", "case__subject")
    notices = LegalNotice.objects.filter(made)
    yield "notices", "all", "", notices.count()
    yield from _by(notices, "notices", "kind")
    yield from _by(notices, "notices", "state")
    yield "counter_notices", "all", "", CounterNotice.objects.filter(made).count()
    decisions = Decision.objects.filter(decided)
    by_people = decisions.filter(by__isnull=False)
    yield from _by(decisions, "decisions", "action")
    yield from _by(decisions.exclude(action=DecisionAction.DISMISS), "restrictions", "category")
    yield "decisions", "by", "people", by_people.count()
    yield "decisions", "by", "rule", decisions.filter(by=None).count()
    yield "decisions", "undone", "", decisions.filter(undone_at__isnull=False).count()
    times = [
        int((at - begun).total_seconds())
        for at, begun in by_people.filter(case__isnull=False).values_list("at", "case__created_at")
    ]
    yield "median_seconds_to_decide", "all", "", int(median(times)) if times else 0
    appeals = Appeal.objects.filter(made)
    yield "appeals", "all", "", appeals.count()
    yield from _by(appeals, "appeals", "state")
    yield "strikes", "all", "", Strike.objects.filter(decided).count()
    acts = AuditEvent.objects.filter(decided)
    suspended = acts.filter(action="user.suspended")
    yield "suspensions", "all", "", suspended.count()
    yield "suspensions", "by", "rule", suspended.filter(actor_party_id=None).count()
    # What rules did in channels: no person decided.
    yield (
        "automated_in_channels",
        "all",
        "",
        acts.filter(actor_party_id=None, channel_party_id__isnull=False).count(),
    )


def _by(rows: QuerySet[Any], what: str, field: str) -> Iterator[Row]:
    counted = rows.order_by().values(field).annotate(n=Count("pk")).order_by(field)
    for row in counted:
        yield what, field.split("__")[-1], str(row[field]), row["n"]
