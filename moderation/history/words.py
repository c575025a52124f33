"""The trail in words."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

# In the order in which they are offered to choose from.
ACTIONS = {
    "message.deleted": gettext_lazy("Message deleted"),
    "messages.purged": gettext_lazy("All messages deleted"),
    "chat.cleared": gettext_lazy("Chat cleared"),
    "person.warned": gettext_lazy("Warned"),
    "person.timed_out": gettext_lazy("Timed out"),
    "timeout.ended": gettext_lazy("Timeout ended"),
    "person.banned": gettext_lazy("Banned"),
    "person.unbanned": gettext_lazy("Unbanned"),
    "network.banned": gettext_lazy("Network banned"),
    "unban.asked": gettext_lazy("Asked to come back"),
    "unban.answered": gettext_lazy("Request answered"),
    "held.approved": gettext_lazy("Message approved"),
    "held.denied": gettext_lazy("Message denied"),
    "modes.changed": gettext_lazy("Modes changed"),
    "shield.raised": gettext_lazy("Shield raised"),
    "shield.lowered": gettext_lazy("Shield lowered"),
    "shield.set": gettext_lazy("Shield’s set changed"),
    "term.added": gettext_lazy("Term added"),
    "term.removed": gettext_lazy("Term removed"),
    "team.invited": gettext_lazy("Invited to the team"),
    "team.accepted": gettext_lazy("Joined the team"),
    "team.resigned": gettext_lazy("Left the team"),
    "team.removed": gettext_lazy("Removed from the team"),
    "team.promoted": gettext_lazy("Role changed"),
}
_FIELDS = {
    "slow_seconds": gettext_lazy("slow mode"),
    "followers_minutes": gettext_lazy("followers only"),
    "emote_only": gettext_lazy("emotes only"),
    "links": gettext_lazy("links"),
    "automod_level": gettext_lazy("automatic filter"),
    "role": gettext_lazy("role"),
    "until": gettext_lazy("until"),
    "seconds": gettext_lazy("for"),
    "reason": gettext_lazy("reason"),
    "messages": gettext_lazy("messages"),
    "term": gettext_lazy("term"),
    "terms": gettext_lazy("terms"),
    "action": gettext_lazy("what happens"),
    "timeout_seconds": gettext_lazy("for"),
    "state": gettext_lazy("answer"),
    "addresses": gettext_lazy("addresses"),
    "browsers": gettext_lazy("browsers"),
    "left_out": gettext_lazy("left out, as many use them"),
}
_VALUES = {
    "vip": gettext_lazy("VIP"),
    "moderator": gettext_lazy("moderator"),
    "lead": gettext_lazy("lead moderator"),
    "allow": gettext_lazy("allowed"),
    "hold": gettext_lazy("held"),
    "block": gettext_lazy("blocked"),
    "mask": gettext_lazy("masked"),
    "timeout": gettext_lazy("blocked and timed out"),
    "open": gettext_lazy("open"),
    "granted": gettext_lazy("let back"),
    "approved": gettext_lazy("let back"),
    "denied": gettext_lazy("stays banned"),
}
_ORDER = {field: place for place, field in enumerate(_FIELDS)}
# Those of people's own words are told as they are.
_QUOTED = {"term", "reason"}
# What says nothing to a reader.
_LEFT_OUT = {"request", "accepted"}
_LISTED_MOST = 5


def action_words(action: str) -> str:
    return str(ACTIONS.get(action, action))


def changes(action: str, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> str:
    """What an event changed: "slow mode: off → 30 seconds". What was the same before and after is left out."""
    before, after = before or {}, after or {}
    if action in {"person.banned", "person.unbanned", "timeout.ended", "person.timed_out"}:
        return _of_a_ban(action, before, after)
    told = []
    # The database does not keep an order.
    for field in sorted({*before, *after}, key=lambda field: (_ORDER.get(field, len(_ORDER)), field)):
        was, is_ = before.get(field), after.get(field)
        if field in _LEFT_OUT or (field in before and field in after and was == is_):
            continue
        value = _value(field, is_) if field in after else _value(field, was)
        if field in before and field in after:
            value = f"{_value(field, was)} → {value}"
        told.append(f"{_FIELDS.get(field, field)}: {value}")
    return "; ".join(told)


def _of_a_ban(action: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    now = _standing(after)
    if "seconds" in after:
        now = _("timeout of %(time)s") % {"time": lasting(after["seconds"])}
    return f"{_standing(before)} → {now}"


def _standing(state: Mapping[str, Any]) -> str:
    if "until" not in state:
        return _("nothing")
    if state["until"] is None:
        return _("banned")
    return _("timeout until %(moment)s") % {"moment": _moment(state["until"])}


def _value(field: str, value: Any) -> str:
    shown = _BY_FIELD.get(field)
    if shown is not None:
        return shown(value)
    if value is None:
        return _("off")
    if isinstance(value, bool):
        return _("on") if value else _("off")
    if isinstance(value, list):
        return _some([str(one) for one in value])
    if field in _QUOTED:
        return f"“{value}”"
    return str(_VALUES.get(str(value), value))


def _some(texts: list[str]) -> str:
    quoted = ", ".join(f"“{text}”" for text in texts[:_LISTED_MOST])
    more = len(texts) - _LISTED_MOST
    return quoted if more <= 0 else _("%(some)s and %(more)d more") % {"some": quoted, "more": more}


def _minutes(value: Any) -> str:
    if value is None:
        return _("off")
    return lasting(value * 60) if value else _("whoever follows")


def _moment(value: Any) -> str:
    return datetime.fromisoformat(value).strftime("%Y-%m-%d %H:%M UTC") if value else ""


_BY_FIELD: dict[str, Callable[[Any], str]] = {
    "followers_minutes": _minutes,
    "slow_seconds": lambda value: _("off") if value is None else lasting(value),
    "seconds": lambda value: lasting(value),
    "timeout_seconds": lambda value: lasting(value),
    "automod_level": lambda value: _("level %(level)s") % {"level": value},
    "until": _moment,
}


def lasting(seconds: int) -> str:
    """600 is "10 minutes"."""
    if seconds % 86_400 == 0:
        return ngettext("%d day", "%d days", seconds // 86_400) % (seconds // 86_400)
    if seconds % 3600 == 0:
        return ngettext("%d hour", "%d hours", seconds // 3600) % (seconds // 3600)
    if seconds % 60 == 0:
        return ngettext("%d minute", "%d minutes", seconds // 60) % (seconds // 60)
    return ngettext("%d second", "%d seconds", seconds) % seconds
