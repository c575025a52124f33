"""What can be read of reports."""

from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import User
from moderation.policies import Act, require
from moderation.reports.appeals import appealable_until
from moderation.reports.models import Appeal, Case, Decision, Report, Statement, Subject
from moderation.reports.services import WAITING
from moderation.team.models import TeamMember
from streams.selectors import streams_hidden


def reports_of(person: User) -> QuerySet[Report]:
    """What somebody reported, newest first. Queries: 1."""
    return Report.objects.filter(reporter=person.party_id).select_related("case").order_by("-id")


def cases_for_team(*, actor: User, channel: User) -> QuerySet[Case]:
    """What waits for staff in a channel, newest first. What is about the team itself is for staff alone, and what is
    of a stream that is hidden from ``actor`` is for who may see that.

    Queries: 1, and 1 to build it. Raises: NotYourPlace.
    """
    require(act=Act.SEE, channel_id=channel.pk, actor=actor)
    return (
        Case.objects.filter(channel=channel, state__in=WAITING)
        .exclude(_about_the_team(channel))
        .exclude(stream__in=streams_hidden(channel=channel, reader=actor))
        .order_by("-id")
    )


def is_about_the_team(case: Case) -> bool:
    """Queries: 1."""
    return case.channel is None or Case.objects.filter(_about_the_team(case.channel), pk=case.pk).exists()


def case_card(case: Case) -> dict[str, Any]:
    """A case as a channel's team reads it: nobody who reported, and no note of theirs. Queries: none."""
    return {
        "case_id": case.pk,
        "subject": case.subject,
        "subject_id": case.subject_id,
        "category": case.category,
        "count": case.reports_count,
        "at": case.last_reported_at,
        "stream_id": case.stream_id,
        "text": case.evidence.get("text") or case.evidence.get("title") or "",
        "about": case.evidence.get("author"),
    }


def statement_card(statement: Statement) -> dict[str, Any]:
    """What somebody was told, as they read it. Queries: none after ``statements_of``."""
    decision = statement.decision
    return {
        "id": statement.pk,
        "kind": statement.kind,
        "title": statement.title,
        "text": statement.text,
        "created_at": statement.created_at,
        "read_at": statement.read_at,
        "decision": decision
        and {
            "id": decision.pk,
            "action": decision.action,
            "category": decision.category,
            "reason": decision.reason,
            "at": decision.at,
            "undone_at": decision.undone_at,
            "appeal_until": appealable_until(decision),
            "appeal": appeal_of(decision),
        },
    }


def appeal_of(decision: Decision) -> Appeal | None:
    """Queries: none when it was selected with the decision."""
    return getattr(decision, "appeal", None)


def may_appeal(decision: Decision | None) -> bool:
    """Queries: none when the appeal was selected with the decision."""
    return (
        decision is not None
        and decision.undone_at is None
        and appeal_of(decision) is None
        and appealable_until(decision) > timezone.now()
    )


def _about_the_team(channel: User) -> Q:
    team = TeamMember.objects.filter(
        channel=channel, accepted_at__isnull=False, role__in=["moderator", "lead"]
    )
    theirs = Q(about=channel.party_id) | Q(about__in=team.values("person__party"))
    # Of a tip without a name its giver is not told by this either.
    return theirs & ~Q(subject=Subject.MESSAGE, evidence__author=None)
