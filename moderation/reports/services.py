"""Reporting, and who of staff works on what."""

import uuid

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from core.audit import audit_record
from core.errors import Forbidden, InvalidInput, NotFound
from core.facts import publish_on_commit
from core.ids import new_id
from core.limits import take
from core.locks import lock_until_commit
from core.text import plain
from moderation.errors import Decided, NotYourPlace
from moderation.reports.errors import CaseTaken
from moderation.reports.events import ReportMade
from moderation.reports.evidence import pictures_drop, pictures_keep
from moderation.reports.models import Case, CaseState, Category, Report, Subject
from moderation.reports.subjects import Found, subject_find
from streams.viewers import Viewer

NOTE_MAX = 1000
# The gravest last: a case is called by the gravest that anybody named.
GRAVITY = (
    Category.OTHER, Category.SPAM, Category.COPYRIGHT, Category.IMPERSONATION, Category.HARASSMENT,
    Category.ILLEGAL, Category.SEXUAL, Category.SELF_HARM, Category.HATE, Category.VIOLENCE, Category.MINORS,
)  # fmt: skip
WAITING = (CaseState.OPEN, CaseState.ASSIGNED)


def report_make(
    *, reporter: User, subject: str, subject_id: uuid.UUID, category: str, note: str = ""
) -> Report:
    """Tell staff, and the channel's team, of something that the reporter can see.

    What is about the same thing joins the case that is open; the same person again changes their note. What it looks
    like is copied into the case.
    Locks: the thing's name, and its case. Emits: ReportMade.
    Raises: RateLimited, InvalidInput, NotFound for what the reporter may not see, NotYourPlace for what is theirs.
    """
    take(bucket="report", key=str(reporter.pk), limit=settings.REPORTS_PER_HOUR, window_seconds=3600)
    note = _checked(subject, category, note)
    viewer = Viewer(user=reporter, viewer_id=f"u:{reporter.pk}")
    found = subject_find(viewer=viewer, subject=subject, subject_id=subject_id)
    if found.about_id == reporter.party_id:
        raise NotYourPlace(reason="oneself")
    with transaction.atomic():
        case = case_of(subject=subject, subject_id=subject_id, category=category, found=found)
        return _join(case, reporter, category, note)


def case_of(*, subject: str, subject_id: uuid.UUID, category: str, found: Found) -> Case:
    """The open case about a thing, locked; a new one when there is none. Must run in a transaction. Queries: 2 or 3.

    A case that is decided at this moment is waited for, and then is not open.
    """
    lock_until_commit(f"case:{subject}:{subject_id}")
    waiting = Case.objects.filter(subject=subject, subject_id=subject_id, state__in=WAITING)
    return waiting.select_for_update(of=("self",)).first() or _open(subject, subject_id, category, found)


@transaction.atomic
def case_assign(*, actor: User, case_id: uuid.UUID, take_over: bool = False) -> Case:
    """Take a case, from somebody else only with ``take_over``. Locks: the case. Raises: Decided, CaseTaken."""
    case = _case_lock(actor, case_id)
    if case.assigned_to_id not in (None, actor.pk) and not take_over:
        raise CaseTaken(by=str(case.assigned_to_id))
    if case.assigned_to_id != actor.pk:
        before = {"assigned_to": case.assigned_to_id and str(case.assigned_to_id)}
        case.assigned_to, case.state = actor, CaseState.ASSIGNED
        case.save(update_fields=["assigned_to", "state"])
        audit_record(
            action="case.assigned",
            target=f"case:{case.pk}",
            actor_party_id=actor.party_id,
            whom_party_id=case.about_id,
            before=before,
            after={"assigned_to": str(actor.pk)},
        )
    return case


@transaction.atomic
def case_release(*, actor: User, case_id: uuid.UUID) -> Case:
    """Give a case back to all. Locks: the case. Raises: Decided, CaseTaken for somebody else's."""
    case = _case_lock(actor, case_id)
    if case.assigned_to_id not in (None, actor.pk):
        raise CaseTaken(by=str(case.assigned_to_id))
    if case.assigned_to_id is not None:
        case.assigned_to, case.state = None, CaseState.OPEN
        case.save(update_fields=["assigned_to", "state"])
        audit_record(
            action="case.released",
            target=f"case:{case.pk}",
            actor_party_id=actor.party_id,
            whom_party_id=case.about_id,
        )
    return case


def _case_lock(actor: User, case_id: uuid.UUID) -> Case:
    """A case that waits for a decision."""
    if not actor.has_perm("moderation.decide_case"):
        raise Forbidden()
    case = Case.objects.select_for_update(of=("self",)).filter(pk=case_id).first()
    if case is None:
        raise NotFound()
    if case.state not in WAITING:
        raise Decided(state=case.state)
    return case


def _checked(subject: str, category: str, note: str) -> str:
    problems: dict[str, list[str]] = {}
    note = plain(note, keep="\n").strip()
    if subject not in Subject.values:
        problems["subject"] = [f"One of {', '.join(Subject.values)}."]
    if category not in Category.values:
        problems["category"] = [f"One of {', '.join(Category.values)}."]
    if len(note) > NOTE_MAX:
        problems["note"] = [f"Use at most {NOTE_MAX:,} characters."]
    if problems:
        raise InvalidInput(**problems)
    return note


def _open(subject: str, subject_id: uuid.UUID, category: str, found: Found) -> Case:
    """Files first, the row last: a crash leaves a folder too many, and never evidence that is missing."""
    now = timezone.now()
    case_id = new_id()
    kept = pictures_keep(case_id, found.pictures)
    try:
        return Case.objects.create(
            id=case_id,
            subject=subject,
            subject_id=subject_id,
            about_id=found.about_id,
            channel=found.channel,
            stream_id=found.stream_id,
            category=category,
            evidence={**found.evidence, "pictures": kept, "taken_at": now.isoformat()},
            created_at=now,
            last_reported_at=now,
        )
    except BaseException:
        pictures_drop(case_id)
        raise


def _join(case: Case, reporter: User, category: str, note: str) -> Report:
    now = timezone.now()
    report, is_new = Report.objects.get_or_create(
        case=case,
        reporter_id=reporter.party_id,
        defaults={"category": category, "note": note, "created_at": now},
    )
    if not is_new:
        report.category, report.note = category, note
        report.save(update_fields=["category", "note"])
    case.category = graver(case.category, category)
    case.reports_count += is_new
    case.last_reported_at = now
    case.save(update_fields=["category", "reports_count", "last_reported_at"])
    # Not in the channel's part of the trail: who reported is nobody's business but staff's.
    audit_record(
        action="report.made",
        target=f"case:{case.pk}",
        actor_party_id=reporter.party_id,
        whom_party_id=case.about_id,
        after={"category": category},
    )
    publish_on_commit(ReportMade(case_id=str(case.pk)))
    return report


def graver(one: str, other: str) -> str:
    return max(Category(one), Category(other), key=GRAVITY.index)
