"""The page of a channel's terms. It needs no script."""

import uuid
from dataclasses import asdict
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from core.errors import DomainError, InvalidInput, NotFound
from moderation.channels import Seat, seat_of
from moderation.policies import Act
from moderation.terms.models import Term, TermAction
from moderation.terms.selectors import terms_of
from moderation.terms.services import (
    TERMS_OF_CHANNEL,
    TEXT_MOST,
    TIMEOUT_USUAL,
    term_add,
    term_remove,
    terms_paste,
)
from moderation.terms.trying import text_try

PAGE_SIZE = 100
# A list of as many terms as there may be, each as long as it may be.
PASTED_MOST = TERMS_OF_CHANNEL * (TEXT_MOST + 2)

ACTIONS = [
    (TermAction.MASK, gettext_lazy("Mask: it is shown as ***")),
    (TermAction.HOLD, gettext_lazy("Hold: the team decides")),
    (TermAction.BLOCK, gettext_lazy("Block: it is not said")),
    (TermAction.TIMEOUT, gettext_lazy("Block, and time out")),
]
TIMEOUTS = [
    (60, gettext_lazy("1 minute")),
    (600, gettext_lazy("10 minutes")),
    (3600, gettext_lazy("1 hour")),
    (86_400, gettext_lazy("1 day")),
    (7 * 86_400, gettext_lazy("7 days")),
]
_WORDS = {
    "term_exists": gettext_lazy("Your list has “%(term)s” already, which finds the same."),
    "too_many_terms": gettext_lazy("A list may have %(most)s terms; yours has room for %(left)s more."),
}


class _ActionForm(forms.Form):
    action = forms.ChoiceField(label=gettext_lazy("What happens"), choices=ACTIONS)
    timeout_seconds = forms.TypedChoiceField(
        label=gettext_lazy("For how long"), choices=TIMEOUTS, coerce=int, required=False, empty_value=None
    )


class TermForm(_ActionForm):
    text = forms.CharField(label=gettext_lazy("Word or phrase"), max_length=TEXT_MOST)


class PasteForm(_ActionForm):
    lines = forms.CharField(label=gettext_lazy("One a line"), max_length=PASTED_MOST)


class TryForm(forms.Form):
    text = forms.CharField(label=gettext_lazy("A message"), max_length=500)


@login_required
@require_safe
def terms(request: HttpRequest) -> HttpResponse:
    """The list of a channel: my own, or that of ``channel``. Queries: 4, 5 for somebody else's."""
    return _page(request, seat_of(request, Act.TERMS))


@login_required
@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """Put one on the list."""
    seat = seat_of(request, Act.TERMS)
    form = TermForm(request.POST, auto_id="add_%s")
    if form.is_valid():
        try:
            term = term_add(actor=seat.person, channel=seat.channel, **form.cleaned_data)
        except DomainError as error:
            form.add_error("text", _told(error))
        else:
            messages.success(request, _("“%(term)s” is on the list.") % {"term": term.text})
            return redirect(_address(seat))
    return _page(request, seat, form=form, status=400)


@login_required
@require_POST
def paste(request: HttpRequest) -> HttpResponse:
    """Put many on the list."""
    seat = seat_of(request, Act.TERMS)
    form = PasteForm(request.POST, auto_id="paste_%s")
    if form.is_valid():
        given = form.cleaned_data
        given["lines"] = given["lines"].splitlines()
        try:
            pasted = terms_paste(actor=seat.person, channel=seat.channel, **given)
        except DomainError as error:
            form.add_error("lines", _told(error))
        else:
            added, known, refused = len(pasted.added), len(pasted.known), len(pasted.refused)
            messages.success(request, ngettext("%d term added.", "%d terms added.", added) % added)
            if known:
                told = ngettext("%d was on the list already.", "%d were on the list already.", known)
                messages.info(request, told % known)
            if refused:
                told = ngettext(
                    "%d line is too long, or has nothing to look for.",
                    "%d lines are too long, or have nothing to look for.",
                    refused,
                )
                messages.warning(request, told % refused)
            return redirect(_address(seat))
    return _page(request, seat, paste_form=form, status=400)


@login_required
@require_POST
def remove(request: HttpRequest) -> HttpResponse:
    """Take the ``term`` off the list; one that is not there is off it already."""
    seat = seat_of(request, Act.TERMS)
    try:
        term_id = uuid.UUID(request.POST.get("term", ""))
        term_remove(actor=seat.person, channel=seat.channel, term_id=term_id)
    except (ValueError, NotFound):
        messages.info(request, _("This term was not on the list any more."))
    else:
        messages.success(request, _("The term is off the list."))
    return redirect(_address(seat))


@login_required
@require_POST
def try_text(request: HttpRequest) -> HttpResponse:
    """Show what would become of a text. Nothing is said, or kept."""
    seat = seat_of(request, Act.TERMS)
    form = TryForm(request.POST, auto_id="try_%s")
    tried = None
    if form.is_valid():
        tried = asdict(text_try(actor=seat.person, channel=seat.channel, text=form.cleaned_data["text"]))
    return _page(request, seat, try_form=form, tried=tried, status=200 if tried else 400)


def _page(
    request: HttpRequest,
    seat: Seat,
    *,
    form: TermForm | None = None,
    paste_form: PasteForm | None = None,
    try_form: TryForm | None = None,
    tried: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    usual = {"action": TermAction.BLOCK, "timeout_seconds": TIMEOUT_USUAL}
    listed = terms_of(actor=seat.person, channel=seat.channel)
    searched = request.GET.get("q", "").replace("\0", "").strip()[:TEXT_MOST]
    found = listed.filter(text__icontains=searched) if searched else listed
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "channel": seat.channel,
        "is_own": seat.is_own,
        "query": seat.query,
        "page": page,
        "count": Term.objects.filter(channel=seat.channel).count() if searched else page.paginator.count,
        "most": TERMS_OF_CHANNEL,
        "searched": searched,
        "actions": ACTIONS,
        "timeouts": TIMEOUTS,
        "form": form or TermForm(initial=usual, auto_id="add_%s"),
        "paste_form": paste_form or PasteForm(initial=usual, auto_id="paste_%s"),
        "try_form": try_form or TryForm(auto_id="try_%s"),
        "tried": tried,
        "wrong": next((bad for bad in (form, paste_form, try_form) if bad is not None and bad.errors), None),
    }
    return render(request, "moderation/terms.html", context, status=status)


def _told(error: DomainError) -> str:
    if isinstance(error, InvalidInput):
        return _("Use up to %(most)s characters, with something to look for.") % {"most": TEXT_MOST}
    return str(_WORDS[error.code]) % error.details if error.code in _WORDS else error.code


def _address(seat: Seat) -> str:
    return reverse("moderation_terms:terms") + seat.query
