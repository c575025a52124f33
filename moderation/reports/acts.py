"""What each decision does, and how it is undone. All through the services of those whose things they are."""

import uuid
from collections.abc import Callable
from typing import Any

from accounts.models import User
from accounts.services import user_reinstate, user_suspend
from accounts.taking_down import profile_put_back, profile_take_down
from core.errors import Forbidden
from core.facts import publish_on_commit
from moderation.errors import NotYourPlace
from moderation.reports.errors import NotPossible
from moderation.reports.events import MessagePutBack, MessageTakenDown
from moderation.reports.evidence import picture_restore
from moderation.reports.holds import go_live_stop, release
from moderation.reports.models import Case, Decision, DecisionAction, GoLiveHold, Subject
from streams.models import Stream
from streams.taking_down import stream_put_back, stream_take_down

# Besides moderation.decide_case.
RIGHTS = {
    DecisionAction.SUSPEND: "accounts.suspend_user",
    DecisionAction.STOP_STREAM: "streams.stop_stream",
}


def actions_open(*, actor: User, case: Case, person: User | None) -> list[DecisionAction]:
    """What this member of staff can decide about a case now. Queries: none."""
    return [action for action in DecisionAction if _refusal(actor, case, person, action) is None]


def require_action(*, actor: User, case: Case | None, person: User | None, action: str) -> None:
    """Raises: Forbidden, NotYourPlace about oneself, NotPossible."""
    if refusal := _refusal(actor, case, person, DecisionAction(action)):
        raise refusal


def act(*, decision: Decision, case: Case | None, person: User | None) -> dict[str, Any]:
    """Do what was decided, in the decision's transaction. Returns what undoing it wants to know."""
    return _ACTS[DecisionAction(decision.action)](decision, case, person)


def undo(*, decision: Decision, case: Case | None, person: User | None, by: User | None, reason: str) -> None:
    """Take back what can be: accounts open, holds end, what was taken down is seen again. A stream stays over."""
    match decision.action:
        case DecisionAction.SUSPEND if person is not None:
            others = Decision.objects.filter(
                about=decision.about_id, action=DecisionAction.SUSPEND, undone_at=None
            )
            if not others.exclude(pk=decision.pk).exists():
                user_reinstate(user=person, by=by.party_id if by else None, reason=reason)
        case DecisionAction.STOP_STREAM:
            holds = GoLiveHold.objects.select_for_update(of=("self",)).select_related("person")
            for hold in holds.filter(decision=decision, released_at=None):
                _hold_end(hold, by=by, reason=reason)
        case DecisionAction.TAKE_DOWN if case is not None:
            _put_back(decision, case, person)


def _hold_end(hold: GoLiveHold, *, by: User | None, reason: str) -> None:
    """Another decision that stopped a stream since, and stands, holds on."""
    others = Decision.objects.filter(
        about=hold.person.party_id, action=DecisionAction.STOP_STREAM, undone_at=None, at__gte=hold.at
    )
    other = others.exclude(holds=hold).order_by("id").first()
    if other is None:
        release(hold, by=by, reason=reason)
        return
    hold.decision, hold.reason = other, other.reason
    hold.save(update_fields=["decision", "reason"])


def _refusal(
    actor: User, case: Case | None, person: User | None, action: DecisionAction
) -> Forbidden | NotPossible | None:
    """Nobody decides about themselves, and about staff only those who have all rights."""
    if action == DecisionAction.STOP_STREAM and case is None:
        needed = {RIGHTS[action]}
    else:
        needed = {"moderation.decide_case", RIGHTS.get(action, "moderation.decide_case")}
    if not actor.has_perms(needed):
        return Forbidden()
    if (case is not None and case.about_id == actor.party_id) or (
        person is not None and person.pk == actor.pk
    ):
        return NotYourPlace(reason="oneself")
    if action == DecisionAction.DISMISS:
        return None
    if person is None:
        # What an erased person said can still be taken down; they themselves are gone.
        left = case is not None and case.subject in (Subject.MESSAGE, Subject.STREAM)
        return None if action == DecisionAction.TAKE_DOWN and left else NotPossible(reason="erased")
    if person.is_staff and not actor.is_superuser:
        return NotPossible(reason="staff")
    if action == DecisionAction.SUSPEND and not person.is_active:
        return NotPossible(reason="action")
    return None


def _nothing(decision: Decision, case: Case | None, person: User | None) -> dict[str, Any]:
    return {}


def _stop(decision: Decision, case: Case | None, person: User | None) -> dict[str, Any]:
    assert person is not None
    stream_id = case.stream_id if case is not None and case.subject == Subject.STREAM else None
    ended = go_live_stop(person=person, decision=decision, stream_id=stream_id)
    return {"streams": [str(one) for one in ended]}


def _suspend(decision: Decision, case: Case | None, person: User | None) -> dict[str, Any]:
    assert person is not None
    user_suspend(user=person, by=decision.by_id, reason=decision.reason)
    return {}


def _take_down(decision: Decision, case: Case | None, person: User | None) -> dict[str, Any]:
    assert case is not None
    if case.subject == Subject.MESSAGE:
        publish_on_commit(MessageTakenDown(stream_id=str(case.stream_id), message_id=str(case.subject_id)))
        return {}
    if case.subject == Subject.STREAM:
        return stream_take_down(stream_id=case.subject_id, by=decision.by_id, why=decision.reason)
    assert person is not None
    return profile_take_down(user=person)


def _put_back(decision: Decision, case: Case, person: User | None) -> None:
    if case.subject == Subject.MESSAGE:
        publish_on_commit(MessagePutBack(stream_id=str(case.stream_id), message_id=str(case.subject_id)))
    elif case.subject == Subject.STREAM:
        if Stream.objects.filter(pk=case.subject_id).exists():
            kept = decision.before.get("had_thumbnail")
            folder = _picture(case, "thumbnail", f"thumbnails/{case.subject_id}") if kept else ""
            stream_put_back(stream_id=case.subject_id, before=decision.before, thumbnail=folder)
    elif person is not None:
        folder = _picture(case, "avatar", f"avatars/{person.pk}")
        profile_put_back(user=person, before=decision.before, avatar=folder)


def _picture(case: Case, name: str, under: str) -> str:
    return picture_restore(case_id=case.pk, name=name, under=under)


Act = Callable[[Decision, Case | None, User | None], dict[str, Any]]
_ACTS: dict[DecisionAction, Act] = {
    DecisionAction.DISMISS: _nothing,
    DecisionAction.WARN: _nothing,
    DecisionAction.STOP_STREAM: _stop,
    DecisionAction.TAKE_DOWN: _take_down,
    DecisionAction.SUSPEND: _suspend,
}


def person_of(party_id: uuid.UUID) -> User | None:
    """Who is behind a party; None when they are erased. Queries: 1."""
    return User.objects.filter(party=party_id).first()
