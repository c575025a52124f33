"""The page of a channel's trail, and its file. It needs no script."""

import uuid
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from moderation.channels import seat_of
from moderation.history.export import trail_answer
from moderation.history.selectors import Asked, event_cards, trail_of
from moderation.history.words import ACTIONS, action_words
from moderation.policies import Act

PAGE_SIZE = 50


class TrailForm(forms.Form):
    action = forms.ChoiceField(label=gettext_lazy("What"), required=False)
    who = forms.CharField(label=gettext_lazy("By"), required=False, max_length=40)
    whom = forms.CharField(label=gettext_lazy("To whom"), required=False, max_length=40)
    # Of an event: what comes after it is shown.
    before = forms.UUIDField(required=False)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, auto_id="trail_%s")
        self.fields["action"].choices = [("", gettext_lazy("Anything")), *ACTIONS.items()]  # type: ignore[attr-defined]
        # "from" cannot be the name of an attribute.
        self.fields["from"] = forms.DateField(label=gettext_lazy("From"), required=False)
        self.fields["to"] = forms.DateField(label=gettext_lazy("To"), required=False)

    @property
    def asked(self) -> Asked:
        """What is not understood is not asked for; the form says so."""
        self.is_valid()
        given = self.cleaned_data
        return Asked(
            action=given.get("action", ""),
            who=given.get("who", ""),
            whom=given.get("whom", ""),
            since=given.get("from"),
            until=given.get("to"),
        )

    @property
    def page_before(self) -> uuid.UUID | None:
        return self.cleaned_data.get("before")


@login_required
@require_safe
def trail(request: HttpRequest) -> HttpResponse:
    """What was done in a channel, newest first. Queries: 3, 2 for each name, and for another's channel 3 more."""
    seat = seat_of(request, Act.TRAIL)
    form = TrailForm(request.GET)
    found = trail_of(actor=seat.person, channel=seat.channel, asked=form.asked)
    if form.page_before is not None:
        found = found.filter(pk__lt=form.page_before)
    events = list(found[: PAGE_SIZE + 1])
    cards = event_cards(events[:PAGE_SIZE])
    for card in cards:
        card["what"] = action_words(card["action"])
    # What is asked for, without the page.
    asked: dict[str, str] = {
        name: str(value) for name, value in request.GET.items() if value and name not in ("before", "channel")
    }
    here = asked if seat.is_own else {"channel": seat.channel.username, **asked}
    context = {
        "channel": seat.channel,
        "seat": seat,
        "form": form,
        "events": cards,
        "is_filtered": bool(asked),
        "query": urlencode(here),
        "older": urlencode({**here, "before": cards[-1]["id"]}) if len(events) > PAGE_SIZE else "",
        "is_first": form.page_before is None,
    }
    return render(request, "moderation/trail.html", context, status=200 if form.is_valid() else 400)


@login_required
@require_safe
def trail_file(request: HttpRequest) -> HttpResponseBase:
    """The same as CSV."""
    seat = seat_of(request, Act.TRAIL)
    found = trail_of(actor=seat.person, channel=seat.channel, asked=TrailForm(request.GET).asked)
    return trail_answer(found=found, name=f"trail-{seat.channel.username}.csv")
