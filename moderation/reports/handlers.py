"""What follows from reports and decisions: the team hears of them, doors close."""

import uuid
from datetime import UTC

from core.facts import handles
from moderation.reports.events import GoLiveHeld, ReportAdded, ReportMade
from moderation.reports.models import Case, GoLiveHold
from moderation.reports.selectors import is_about_the_team
from moderation.rooms import channel_publish
from realtime.publish import sockets_close
from realtime.sockets import CLOSE_RESTART
from streams import media


@handles(ReportMade)
def on_report_made(fact: ReportMade) -> None:
    """Queries: 3."""
    case = Case.objects.select_related("channel").filter(pk=fact.case_id).first()
    if case is None or case.channel is None or is_about_the_team(case):
        return
    channel_publish(
        case.channel.pk,
        ReportAdded(
            case_id=str(case.pk),
            subject=case.subject,
            subject_id=str(case.subject_id),
            category=case.category,
            count=case.reports_count,
            at=case.last_reported_at.astimezone(UTC).isoformat(timespec="milliseconds"),
        ),
    )


@handles(GoLiveHeld)
def on_go_live_held(fact: GoLiveHeld) -> None:
    """Whatever sends, or could, comes in anew and is asked; what they only watch goes on after a moment."""
    user_id = uuid.UUID(fact.user_id)
    if GoLiveHold.objects.filter(person=user_id, released_at=None).exists():
        sockets_close(code=CLOSE_RESTART, reason="held_by_staff", user_id=user_id)
        media.backend().remove_person(user_id=user_id)
