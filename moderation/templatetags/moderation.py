"""What the pages under /studio/moderation have in common."""

from typing import Any, NamedTuple

from django import template
from django.urls import reverse
from django.utils.translation import gettext_lazy

from accounts.models import User
from moderation.channels import seat_at
from moderation.history.words import lasting
from moderation.policies import Act

register = template.Library()
register.filter("lasting", lasting)

_TABS = [
    ("moderation_console:overview", gettext_lazy("Now"), Act.SEE),
    ("moderation_console:modes", gettext_lazy("Modes"), Act.MODES),
    ("moderation_terms:terms", gettext_lazy("Terms"), Act.TERMS),
    ("moderation_bans:bans", gettext_lazy("Bans"), Act.SEE),
    ("moderation_team:team", gettext_lazy("Team"), Act.TEAM),
    ("moderation_console:trail", gettext_lazy("Trail"), Act.TRAIL),
]


class Tab(NamedTuple):
    url: str
    label: str
    is_current: bool


@register.inclusion_tag("moderation/tabs.html", takes_context=True)
def moderation_tabs(context: dict[str, Any], channel: User) -> dict[str, Any]:
    """The way from one of the pages to the others, of those that the reader may open. Queries: as ``seat_at``."""
    path = context["request"].path
    seat = seat_at(channel, context["request"].user)
    tabs = [
        Tab(f"{reverse(name)}{seat.query}", str(label), path.startswith(reverse(name)))
        for name, label, act in _TABS
        if seat.may(act)
    ]
    # The address of the first is where those of the others begin.
    tabs[0] = tabs[0]._replace(is_current=path == reverse(_TABS[0][0]))
    return {"tabs": tabs, "channel": channel, "is_own": seat.is_own}
