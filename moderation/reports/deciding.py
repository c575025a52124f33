"""Staff decide: the act, the statement of reasons, the answers to who reported, in one transaction."""

import uuid

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from core.audit import audit_record
from core.errors import InvalidInput, NotFound
from core.text import plain
from moderation.errors import Decided
from moderation.legal.following import notices_answer
from moderation.reports.acts import act, person_of, require_action
from moderation.reports.errors import CaseTaken
from moderation.reports.models import (
    Case,
    CaseState,
    Category,
    Decision,
    DecisionAction,
    Statement,
    Subject,
)
from moderation.reports.services import WAITING
from moderation.reports.statements import statement_add
from moderation.reports.strikes import strike_add, strikes_in_force
from moderation.reports.words import (
    answer_text,
    answer_title,
    reasons_text,
    reasons_title,
    rule_reason,
    stopped_at_once,
)
from streams.models import Stream
from streams.stopping import register_stopper

REASON_LEAST, REASON_MOST = 5, 2000


@transaction.atomic
def case_decide(*, actor: User, case_id: uuid.UUID, action: str, category: str, reason: str) -> Decision:
    """Do it, and tell everybody concerned. Of two who decide at once one does.

    Locks: the case, then the person. Raises: Forbidden, NotYourPlace, InvalidInput, NotFound, Decided, CaseTaken,
    NotPossible; then nothing is done.
    """
    reason = _checked(action, category, reason)
    case = Case.objects.select_for_update(of=("self",)).filter(pk=case_id).first()
    if case is None:
        raise NotFound()
    if case.state not in WAITING:
        raise Decided(state=case.state)
    if case.assigned_to_id not in (None, actor.pk):
        raise CaseTaken(by=str(case.assigned_to_id))
    person = _person_lock(case.about_id)
    require_action(actor=actor, case=case, person=person, action=action)
    decision = _decide(actor, case, case.about_id, person, action, category, reason)
    _answer_reports(case, decision)
    # What nobody is held to needs no appeal.
    case.state = CaseState.CLOSED if action == DecisionAction.DISMISS else CaseState.DECIDED
    case.decided_at = decision.at
    case.save(update_fields=["state", "decided_at"])
    return decision


@transaction.atomic
def stream_stop(
    *, actor: User, stream_id: uuid.UUID, reason: str, category: str = Category.OTHER
) -> Decision | None:
    """End a stream at once; its creator goes live again when staff release them, and reads why.

    If it was reported, that case is decided by it, but where somebody else is at it. None for a stream that is over.
    Locks: the case if there is one, then the person. Raises: Forbidden, NotYourPlace, InvalidInput, NotFound,
    NotPossible.
    """
    reason = _checked(DecisionAction.STOP_STREAM, category, reason)
    stream = Stream.objects.filter(pk=stream_id).only("party_id", "ended_at", "creator_id").first()
    if stream is None or stream.creator_id is None:
        raise NotFound()
    if stream.ended_at is not None:
        return None
    case = (
        Case.objects.select_for_update(of=("self",))
        .filter(Q(assigned_to=None) | Q(assigned_to=actor))
        .filter(subject=Subject.STREAM, subject_id=stream_id, state__in=WAITING)
        .first()
    )
    if case is not None and actor.has_perm("moderation.decide_case"):
        return case_decide(
            actor=actor, case_id=case.pk, action=DecisionAction.STOP_STREAM, category=category, reason=reason
        )
    person = _person_lock(stream.party_id)
    if not Stream.objects.filter(pk=stream_id, ended_at=None).exists():  # somebody else did, meanwhile
        return None
    require_action(actor=actor, case=None, person=person, action=DecisionAction.STOP_STREAM)
    return _decide(actor, None, stream.party_id, person, DecisionAction.STOP_STREAM, category, reason)


@register_stopper
def _stop_at_once(stream_id: uuid.UUID, by: User, why: str) -> None:
    """From where nobody is asked for a reason."""
    stream_stop(actor=by, stream_id=stream_id, reason=why or stopped_at_once())


def _decide(
    actor: User | None,
    case: Case | None,
    about_id: uuid.UUID,
    person: User | None,
    action: str,
    category: str,
    reason: str,
) -> Decision:
    """Row, act, strike, statement and audit event. ``actor`` is None for a rule."""
    decision = Decision.objects.create(
        case=case,
        about_id=about_id,
        action=action,
        category=category,
        reason=reason,
        by_id=actor.party_id if actor else None,
        at=timezone.now(),
    )
    if before := act(decision=decision, case=case, person=person):
        decision.before = before
        decision.save(update_fields=["before"])
    strike = strike_add(decision)
    strikes = strikes_in_force(about_id) if strike else 0
    audit_record(
        action="case.decided",
        target=f"case:{case.pk}" if case else f"decision:{decision.pk}",
        actor_party_id=decision.by_id,
        whom_party_id=about_id,
        reason=reason,
        after={"action": action, "category": category, "decision": str(decision.pk)},
    )
    if action != DecisionAction.DISMISS and person is not None:
        statement_add(
            party_id=about_id,
            kind=Statement.Kind.REASONS,
            title=reasons_title(decision),
            text=reasons_text(decision, case, strike, strikes),
            decision=decision,
        )
    if strikes >= settings.STRIKES_MOST:
        _suspend_by_rule(case, about_id, category, strikes)
    return decision


def _suspend_by_rule(case: Case | None, about_id: uuid.UUID, category: str, strikes: int) -> None:
    """Staff are not suspended by a rule: somebody has to look."""
    person = person_of(about_id)
    if person is None or not person.is_active or person.is_staff:
        return
    _decide(None, case, about_id, person, DecisionAction.SUSPEND, category, rule_reason(strikes))


def _answer_reports(case: Case, decision: Decision) -> None:
    """And notices by people without one. Queries: 2, and 2 for each report by somebody with an account."""
    notices_answer(case=case, decision=decision)
    text = answer_text(case, decision)
    for report in case.reports.all():
        report.answer, report.answered_at = text, decision.at
        report.save(update_fields=["answer", "answered_at"])
        if report.reporter_id is not None:
            statement_add(
                party_id=report.reporter_id,
                kind=Statement.Kind.REPORT,
                title=answer_title(case),
                text=text,
            )


def _person_lock(party_id: uuid.UUID) -> User | None:
    """Strikes of one person are counted one after the other."""
    return User.objects.select_for_update(of=("self",)).filter(party=party_id).first()


def _checked(action: str, category: str, reason: str) -> str:
    reason = plain(reason, keep="\n").strip()
    problems: dict[str, list[str]] = {}
    if action not in DecisionAction.values:
        problems["action"] = [f"One of {', '.join(DecisionAction.values)}."]
    if category not in Category.values:
        problems["category"] = [f"One of {', '.join(Category.values)}."]
    if not REASON_LEAST <= len(reason) <= REASON_MOST:
        problems["reason"] = [f"Use {REASON_LEAST} to {REASON_MOST:,} characters."]
    if problems:
        raise InvalidInput(**problems)
    return reason
