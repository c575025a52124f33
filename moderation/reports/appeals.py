"""One appeal a decision, by the person concerned; somebody else than decided first decides on it."""

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import Party, User
from core.audit import audit_record
from core.errors import Forbidden, InvalidInput, NotFound
from core.limits import take
from core.text import plain
from moderation.errors import Decided, NotYourPlace
from moderation.reports.acts import person_of, undo
from moderation.reports.errors import Appealed, AppealLate
from moderation.reports.models import Appeal, Case, CaseState, Decision, DecisionAction, Statement
from moderation.reports.statements import statement_add
from moderation.reports.strikes import strike_take_back, strikes_in_force
from moderation.reports.words import appeal_text, appeal_title
from payments.staff.errors import SecondPersonNeeded

TEXT_LEAST, TEXT_MOST = 20, 2000
ANSWER_LEAST = 5
APPEALS_AN_HOUR = 5


def appeal_make(*, party: Party, decision_id: uuid.UUID, text: str) -> Appeal:
    """Object to a decision. ``party`` is who was shown to be concerned: by a sign-in, or by the link of their mail.

    Locks: the decision, so that there is one. Raises: RateLimited, NotFound for what concerns somebody else,
    InvalidInput, Appealed, AppealLate, Decided when it does not hold any more.
    """
    take(bucket="appeal", key=str(party.pk), limit=APPEALS_AN_HOUR, window_seconds=3600)
    text = plain(text, keep="\n").strip()
    if not TEXT_LEAST <= len(text) <= TEXT_MOST:
        raise InvalidInput(text=[f"Use {TEXT_LEAST} to {TEXT_MOST:,} characters."])
    with transaction.atomic():
        decision = (
            Decision.objects.select_for_update(of=("self",)).filter(pk=decision_id, about=party.pk).first()
        )
        if decision is None or decision.action == DecisionAction.DISMISS:
            raise NotFound()
        if Appeal.objects.filter(decision=decision).exists():
            raise Appealed()
        if decision.undone_at is not None:
            raise Decided(state="undone")
        now = timezone.now()
        if appealable_until(decision) < now:
            raise AppealLate(days=settings.APPEAL_DAYS)
        appeal = Appeal.objects.create(
            decision=decision, text=text, first_by_id=decision.by_id, created_at=now
        )
        if decision.case_id is not None:
            Case.objects.filter(pk=decision.case_id, state=CaseState.DECIDED).update(state=CaseState.APPEALED)
        audit_record(
            action="appeal.made",
            target=f"decision:{decision.pk}",
            actor_party_id=party.pk,
            whom_party_id=party.pk,
        )
    return appeal


@transaction.atomic
def appeal_decide(*, actor: User, appeal_id: uuid.UUID, grant: bool, answer: str) -> Appeal:
    """Grant an appeal, which undoes what can be undone, or refuse it; and tell the person.

    Locks: the appeal, the person. Raises: Forbidden, NotYourPlace of oneself, SecondPersonNeeded of who decided
    first, InvalidInput, NotFound, Decided.
    """
    if not actor.has_perm("moderation.decide_case"):
        raise Forbidden()
    answer = plain(answer, keep="\n").strip()
    if not ANSWER_LEAST <= len(answer) <= TEXT_MOST:
        raise InvalidInput(answer=[f"Use {ANSWER_LEAST} to {TEXT_MOST:,} characters."])
    appeal = (
        Appeal.objects.select_for_update(of=("self",))
        .select_related("decision__case")
        .filter(pk=appeal_id)
        .first()
    )
    if appeal is None:
        raise NotFound()
    decision = appeal.decision
    if actor.party_id == appeal.first_by_id:
        raise SecondPersonNeeded()
    if actor.party_id == decision.about_id:
        raise NotYourPlace(reason="oneself")
    if appeal.state != Appeal.State.OPEN:
        raise Decided(state=appeal.state)
    appeal.state = Appeal.State.GRANTED if grant else Appeal.State.REFUSED
    appeal.answer, appeal.decided_by_id, appeal.decided_at = answer, actor.party_id, timezone.now()
    appeal.save(update_fields=["state", "answer", "decided_by", "decided_at"])
    if grant:
        decision_undo(decision=decision, by=actor, reason=answer)
    if decision.case_id is not None:
        Case.objects.filter(pk=decision.case_id, state=CaseState.APPEALED).update(state=CaseState.CLOSED)
    audit_record(
        action="appeal.decided",
        target=f"decision:{decision.pk}",
        actor_party_id=actor.party_id,
        whom_party_id=decision.about_id,
        reason=answer,
        after={"granted": grant},
    )
    statement_add(
        party_id=decision.about_id,
        kind=Statement.Kind.APPEAL,
        title=appeal_title(grant),
        text=appeal_text(grant, answer),
    )
    return appeal


def decision_undo(*, decision: Decision, by: User | None, reason: str) -> None:
    """A decision does not hold any more, nor its strike, nor what followed by rule from that. In a transaction.

    ``by`` is None for a rule. Locks: the person. Undoing it again changes nothing.
    """
    person = User.objects.select_for_update(of=("self",)).filter(party=decision.about_id).first()
    if not Decision.objects.filter(pk=decision.pk, undone_at=None).update(undone_at=timezone.now()):
        return
    undo(decision=decision, case=decision.case, person=person, by=by, reason=reason)
    strike_take_back(decision)
    if strikes_in_force(decision.about_id) >= settings.STRIKES_MOST:
        return
    by_rule = Decision.objects.filter(
        about=decision.about_id, by=None, action=DecisionAction.SUSPEND, undone_at=None
    )
    for other in by_rule:
        Decision.objects.filter(pk=other.pk).update(undone_at=timezone.now())
        undo(decision=other, case=other.case, person=person_of(other.about_id), by=by, reason=reason)


def appealable_until(decision: Decision) -> datetime:
    return decision.at + timedelta(days=settings.APPEAL_DAYS)
