"""The page of how strict a channel's chat is. It needs no script."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from core.api.throttling import limited
from moderation.channels import Seat, seat_of
from moderation.history.words import lasting
from moderation.modes.models import LinkRule
from moderation.modes.selectors import modes_of
from moderation.modes.services import (
    FIELDS,
    modes_set,
    shield_lower,
    shield_raise,
    shield_set_of,
    shield_set_save,
)
from moderation.policies import Act

SLOW = [3, 5, 10, 30, 60, 120]
FOLLOWERS = [0, 10, 60, 1440, 7 * 1440, 30 * 1440, 90 * 1440]
LINKS = [
    (LinkRule.ALLOW, gettext_lazy("Allowed")),
    (LinkRule.HOLD, gettext_lazy("Held for the team")),
    (LinkRule.BLOCK, gettext_lazy("Blocked")),
]
AUTOMOD = [
    (0, gettext_lazy("0: nothing")),
    (1, gettext_lazy("1: slurs and threats")),
    (2, gettext_lazy("2: and hate, and sexual words")),
    (3, gettext_lazy("3: and insults")),
    (4, gettext_lazy("4: and swearing")),
]


class ModesForm(forms.Form):
    """The modes as one form, with what is in force among the choices even where it is none of the usual ones."""

    slow_seconds = forms.TypedChoiceField(
        label=gettext_lazy("Slow mode"), coerce=int, required=False, empty_value=None
    )
    followers_minutes = forms.TypedChoiceField(
        label=gettext_lazy("Followers only"), coerce=int, required=False, empty_value=None
    )
    emote_only = forms.BooleanField(label=gettext_lazy("Emotes only"), required=False)
    links = forms.ChoiceField(label=gettext_lazy("Links"), choices=LINKS)
    automod_level = forms.TypedChoiceField(
        label=gettext_lazy("Automatic filter holds"), choices=AUTOMOD, coerce=int
    )

    def __init__(self, data: Any = None, *, now: dict[str, Any], auto_id: str) -> None:
        super().__init__(data, initial=now, auto_id=auto_id)
        self._offer("slow_seconds", SLOW, now, lambda seconds: _("one message in %s") % lasting(seconds))
        self._offer("followers_minutes", FOLLOWERS, now, _followed)

    def _offer(self, name: str, usual: list[int], now: dict[str, Any], words: Any) -> None:
        offered = sorted({*usual, *([now[name]] if now[name] is not None else [])})
        field = self.fields[name]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = [("", _("Off")), *((value, words(value)) for value in offered)]


@login_required
@require_safe
def modes(request: HttpRequest) -> HttpResponse:
    """What holds now, and what the shield would put in force. Queries: 1, and for somebody else's channel 3."""
    return _page(request, seat_of(request, Act.MODES))


@login_required
@require_POST
@limited("write")
def shield(request: HttpRequest) -> HttpResponse:
    """Raise it with ``up``, else lower it."""
    seat = seat_of(request, Act.SHIELD)
    if "up" in request.POST:
        shield_raise(actor=seat.person, channel=seat.channel)
        messages.success(request, _("The shield is up."))
    else:
        shield_lower(actor=seat.person, channel=seat.channel)
        messages.success(request, _("The shield is down. What was in force before is in force again."))
    return redirect(_address(seat))


@login_required
@require_POST
@limited("write")
def shield_set(request: HttpRequest) -> HttpResponse:
    """Choose what the shield puts in force the next time."""
    seat = seat_of(request, Act.MODES)
    now = shield_set_of(modes_of(channel_id=seat.channel.pk))
    form = ModesForm(request.POST, now=now, auto_id="shield_%s")
    if not form.is_valid():
        return _page(request, seat, shield_form=form, status=400)
    shield_set_save(actor=seat.person, channel=seat.channel, **form.cleaned_data)
    messages.success(request, _("This is what the shield puts in force from now on."))
    return redirect(_address(seat))


@login_required
@require_POST
@limited("write")
def modes_change(request: HttpRequest) -> HttpResponse:
    """Put what was chosen in force."""
    seat = seat_of(request, Act.MODES)
    found = modes_of(channel_id=seat.channel.pk)
    form = ModesForm(request.POST, now={field: getattr(found, field) for field in FIELDS}, auto_id="modes_%s")
    if not form.is_valid():
        return _page(request, seat, form=form, status=400)
    modes_set(actor=seat.person, channel=seat.channel, **form.cleaned_data)
    messages.success(request, _("Saved. It holds for the next message."))
    return redirect(_address(seat))


def _page(
    request: HttpRequest,
    seat: Seat,
    *,
    form: ModesForm | None = None,
    shield_form: ModesForm | None = None,
    status: int = 200,
) -> HttpResponse:
    found = modes_of(channel_id=seat.channel.pk)
    now = {field: getattr(found, field) for field in FIELDS}
    context = {
        "channel": seat.channel,
        "seat": seat,
        "modes": found,
        "form": form or ModesForm(now=now, auto_id="modes_%s"),
        "shield_form": shield_form or ModesForm(now=shield_set_of(found), auto_id="shield_%s"),
        "wrong": form or shield_form,
    }
    return render(request, "moderation/modes.html", context, status=status)


def _followed(minutes: int) -> str:
    return _("for %s") % lasting(minutes * 60) if minutes else _("whoever follows")


def _address(seat: Seat) -> str:
    return reverse("moderation_console:modes") + seat.query
