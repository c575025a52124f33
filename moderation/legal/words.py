"""What senders of notices, and people concerned by them, are told."""

from django.conf import settings
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from moderation.legal.models import CounterNotice, LegalNotice, NoticeState
from moderation.reports.models import Decision, DecisionAction

RESTORED_TITLE = gettext_lazy("Something of yours is back")
UPHELD_TITLE = gettext_lazy("Something of yours stays removed")
COUNTERED_TITLE = gettext_lazy("We have your counter-notice")

_SUBJECTS = {
    NoticeState.RECEIVED: gettext_lazy("we have your notice %(reference)s"),
    NoticeState.TAKEN_DOWN: gettext_lazy("your notice %(reference)s: removed"),
    NoticeState.REFUSED: gettext_lazy("your notice %(reference)s: not removed"),
    NoticeState.COUNTERED: gettext_lazy("your notice %(reference)s: a counter-notice"),
    NoticeState.RESTORED: gettext_lazy("your notice %(reference)s: it is back"),
    NoticeState.UPHELD: gettext_lazy("your notice %(reference)s: it stays removed"),
}


def mail_subject(notice: LegalNotice) -> str:
    return str(_SUBJECTS[NoticeState(notice.state)]) % {"reference": notice.reference}


def mail_text(notice: LegalNotice, counter: CounterNotice | None) -> str:
    match notice.state:
        case NoticeState.RECEIVED:
            return _(
                "We have your notice about %(address)s. Its number is %(reference)s; name it when you write to us. "
                "People of ours look at it and you hear from us by mail."
            ) % {"address": notice.address, "reference": notice.reference}
        case NoticeState.COUNTERED if counter is not None:
            return _(
                "%(name)s, whose content was removed, says under penalty of perjury that this was a mistake:\n\n"
                "%(statement)s\n\nThey can be reached so: %(contact)s\n\nWe put it back on %(day)s, unless you tell us "
                "before that you asked a court to forbid it."
            ) % {
                "name": counter.name,
                "statement": counter.statement,
                "contact": counter.contact,
                "day": _day(counter),
            }
        case NoticeState.RESTORED:
            return _("You did not tell us that you asked a court, so what was removed is back.")
        case NoticeState.UPHELD:
            return _("As you asked a court, what was removed stays removed until it decides.")
    return notice.answer


def answer_text(decision: Decision) -> str:
    """To who sent a notice."""
    if decision.action in (DecisionAction.DISMISS, DecisionAction.WARN):
        return _("We looked at it and did not remove it.\n\nWhy: %(reason)s") % {"reason": decision.reason}
    return _("We looked at it and removed it.")


def countered_text(counter: CounterNotice) -> str:
    return _(
        "We sent it on to who sent the notice, with your name and how to reach you, as the law wants. Unless they go "
        "to court, what was removed is back on %(day)s."
    ) % {"day": _day(counter)}


def restored_text() -> str:
    return _(
        "Nobody went to court within %(days)s days after your counter-notice. What was removed is back, and its strike "
        "does not count any more."
    ) % {"days": settings.COUNTER_NOTICE_DAYS}


def upheld_text(reason: str) -> str:
    return _(
        "Who sent the notice went to court, so it stays removed until the court decides.\n\n%(reason)s"
    ) % {"reason": reason}


def _day(counter: CounterNotice) -> str:
    return date_format(localtime(counter.restore_at), "j F Y")
