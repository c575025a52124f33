"""What people are told about reports and decisions, in words."""

from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from moderation.reports.models import Case, Category, Decision, DecisionAction, Strike, Subject

RELEASED_TITLE = gettext_lazy("You may go live again")

_THINGS = {
    Subject.MESSAGE: gettext_lazy("a message of yours in a chat"),
    Subject.USER: gettext_lazy("your profile"),
    Subject.STREAM: gettext_lazy("your stream"),
    Subject.CHANNEL: gettext_lazy("your channel"),
}
_REPORTED = {
    Subject.MESSAGE: gettext_lazy("a message"),
    Subject.USER: gettext_lazy("a person"),
    Subject.STREAM: gettext_lazy("a stream"),
    Subject.CHANNEL: gettext_lazy("a channel"),
}
_TITLES = {
    DecisionAction.WARN: gettext_lazy("You were warned"),
    DecisionAction.STOP_STREAM: gettext_lazy("Your stream was stopped"),
    DecisionAction.TAKE_DOWN: gettext_lazy("Something of yours was removed"),
    DecisionAction.SUSPEND: gettext_lazy("Your account is suspended"),
}
_EFFECTS = {
    DecisionAction.WARN: gettext_lazy(
        "This is a warning: nothing is taken from you. If it happens again, we may do more."
    ),
    DecisionAction.STOP_STREAM: gettext_lazy(
        "Your streams that were on, or ready to begin, have ended. New ones wait until we release your account. "
        "Everything else of your account works."
    ),
    DecisionAction.TAKE_DOWN: gettext_lazy("It is shown to nobody any more, anywhere, for good."),
    DecisionAction.SUSPEND: gettext_lazy(
        "You are signed out everywhere and cannot sign in, everywhere and for good, unless an appeal is granted."
    ),
}


def thing(case: Case) -> str:
    """What was reported, to who reported it."""
    return str(_REPORTED[Subject(case.subject)])


def reasons_title(decision: Decision) -> str:
    return str(_TITLES[DecisionAction(decision.action)])


def reasons_text(decision: Decision, case: Case | None, strike: Strike | None, strikes: int) -> str:
    """A statement of reasons: what was decided, on what facts, by which rule, and how to object.

    Source: Regulation (EU) 2022/2065, article 17 (3).
    """
    parts = [
        _("What we decided: %(title)s. %(effect)s")
        % {
            "title": _TITLES[DecisionAction(decision.action)],
            "effect": _EFFECTS[DecisionAction(decision.action)],
        },
        _about(decision, case),
        _("The rule that was broken: %(rule)s.") % {"rule": Category(decision.category).label},
        _("Why: %(reason)s") % {"reason": decision.reason},
    ]
    if strike is not None:
        parts.append(
            _(
                "This counts as a strike until %(until)s. You have %(now)s; at %(most)s an account is suspended."
            )
            % {"until": _day(strike.expires_at), "now": strikes, "most": settings.STRIKES_MOST}
        )
    parts.append(
        _(
            "If you think this is wrong, you can appeal once, until %(until)s. Somebody else than who decided "
            "looks at it. You may also turn to a court, or to a body for out-of-court settlement."
        )
        % {"until": _day(decision.at + timedelta(days=settings.APPEAL_DAYS))}
    )
    return "\n\n".join(parts)


def rule_reason(strikes: int) -> str:
    return _("There are %(n)s strikes in force against the account.") % {"n": strikes}


def stopped_at_once() -> str:
    """The reason where whoever stopped a stream wrote none."""
    return _("People of ours saw it and stopped it at once. Ask us if you want to know more.")


def answer_title(case: Case) -> str:
    return _("We looked at what you reported")


def answer_text(case: Case, decision: Decision) -> str:
    """To who reported it. Names nobody."""
    what = _REPORTED[Subject(case.subject)]
    if decision.action == DecisionAction.DISMISS:
        found = _("We found nothing in it that breaks our rules, so it stays as it is.")
    else:
        found = {
            DecisionAction.WARN: _("It breaks our rules. Whoever is responsible was warned."),
            DecisionAction.STOP_STREAM: _("It breaks our rules. The stream was stopped."),
            DecisionAction.TAKE_DOWN: _("It breaks our rules. It was removed."),
            DecisionAction.SUSPEND: _("It breaks our rules. The account behind it is suspended."),
        }[DecisionAction(decision.action)]
    return (
        _("You reported %(what)s (%(category)s). People looked at it, not a program.")
        % {
            "what": what,
            "category": Category(case.category).label,
        }
        + f" {found}\n\n"
        + _("Thank you for telling us.")
    )


def appeal_title(granted: bool) -> str:
    return _("Your appeal was granted") if granted else _("Your appeal was refused")


def appeal_text(granted: bool, answer: str) -> str:
    effect = (
        _("What we decided does not hold any more, and what could be undone is undone.")
        if granted
        else _(
            "What we decided stands. You may still turn to a court, or to a body for out-of-court settlement."
        )
    )
    return f"{effect}\n\n" + _("Why: %(answer)s") % {"answer": answer}


def released_text() -> str:
    return _("We looked at your account again. New streams of yours can begin.")


def _about(decision: Decision, case: Case | None) -> str:
    if case is None:
        return _(
            "It is about your stream. People of ours saw it themselves; no report and no program decided."
        )
    when = _day(case.created_at)
    what = _THINGS[Subject(case.subject)]
    quote = str(case.evidence.get("text") or case.evidence.get("title") or "")
    facts = _("It is about %(what)s, which was reported to us on %(when)s.") % {"what": what, "when": when}
    if quote:
        facts += " " + _("It said: “%(quote)s”.") % {"quote": quote[:500]}
    if decision.by_id is None:
        return facts + " " + _("This followed automatically, by a rule.")
    return facts + " " + _("People of ours looked at it; no program decided.")


def _day(at: datetime) -> str:
    return date_format(timezone.localtime(at), "j F Y")
