"""What becomes of notices when the case that they joined is decided."""

from django.db import transaction

from moderation.legal.models import LegalNotice, NoticeState
from moderation.legal.words import answer_text
from moderation.reports.models import Case, Decision, DecisionAction

# What stays to be seen after these.
_STAYS = (DecisionAction.DISMISS, DecisionAction.WARN)


def notices_answer(*, case: Case, decision: Decision) -> None:
    """Answer the notices of a case, in the transaction of its decision. Queries: 1, and 1 each."""
    state = NoticeState.REFUSED if decision.action in _STAYS else NoticeState.TAKEN_DOWN
    for notice in LegalNotice.objects.filter(case=case, state=NoticeState.RECEIVED).select_for_update():
        notice_settle(notice, state=state, answer=answer_text(decision), at_decision=decision)


def notice_settle(
    notice: LegalNotice, *, state: str, answer: str, at_decision: Decision | None = None
) -> None:
    """Move a notice that is locked, and mail its sender once that is committed. Queries: 1."""
    notice.state = state
    notice.answer = answer
    if at_decision is not None:
        notice.answered_at = at_decision.at
    notice.save(update_fields=["state", "answer", "answered_at"])
    mail_soon(notice)


def mail_soon(notice: LegalNotice) -> None:
    from moderation.legal import tasks  # it imports what imports this module

    notice_id = str(notice.pk)
    transaction.on_commit(lambda: tasks.notice_mail.delay(notice_id))
