"""Pages about bans: for the team, whom its channel keeps out and who asks; for who is banned, why, and asking."""

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from accounts.selectors import profile_get
from core.api.throttling import limited
from core.errors import DomainError, NotFound
from moderation.bans.models import UnbanRequest
from moderation.bans.selectors import bans_of, shut_by_ban, unban_requests_of
from moderation.bans.services import TEXT_MAX, person_unban, unban_answer, unban_ask
from moderation.channels import seat_of
from moderation.policies import Act

PAGE_SIZE = 50

_WORDS = {
    "not_your_place": gettext_lazy("You may not do that, or not to this person."),
    "not_banned": gettext_lazy("You are not banned there any more."),
    "asked_already": gettext_lazy("You have asked already. It is possible once for each ban."),
    "decided": gettext_lazy("Somebody answered this already."),
    "invalid_input": gettext_lazy("Write something, in up to 500 characters."),
}


class SearchForm(forms.Form):
    q = forms.CharField(label=gettext_lazy("Name or reason"), required=False, max_length=100)


class AskForm(forms.Form):
    text = forms.CharField(label=gettext_lazy("Why you should be let back"), max_length=TEXT_MAX)


class AnswerForm(forms.Form):
    answer = forms.CharField(required=False, max_length=TEXT_MAX)


@login_required
@require_safe
def bans(request: HttpRequest) -> HttpResponse:
    """Who is kept out or silent, and who asks to come back; ``channel`` names somebody else's, ``q`` looks for some.

    Queries: 4, or 6 for somebody else's channel.
    """
    seat = seat_of(request, Act.SEE)
    form = SearchForm(request.GET)
    text = form.cleaned_data["q"].strip() if form.is_valid() else ""
    rows = Paginator(bans_of(actor=seat.person, channel=seat.channel, text=text.replace("\0", "")), PAGE_SIZE)
    waiting = unban_requests_of(actor=seat.person, channel=seat.channel, state=UnbanRequest.State.OPEN)
    context: dict[str, Any] = {
        "channel": seat.channel,
        "is_own": seat.is_own,
        "page": rows.get_page(request.GET.get("page")),
        "requests": waiting[:PAGE_SIZE],
        "may_answer": seat.may(Act.ANSWER),
        "text": text,
        "query": seat.query,
        "most": TEXT_MAX,
    }
    return render(request, "moderation/bans.html", context)


@login_required
@require_POST
@limited("write")
def lift(request: HttpRequest, user_id: uuid.UUID) -> HttpResponse:
    """Let somebody back, or write again; then show the others."""
    seat = seat_of(request, Act.SEE)
    person = User.objects.filter(pk=user_id).first()
    if person is None:
        raise Http404
    try:
        person_unban(actor=seat.person, channel=seat.channel, person=person)
        messages.success(request, _("%(name)s may come back.") % {"name": person.name})
    except DomainError as error:
        messages.warning(request, _words(error))
    return redirect(reverse("moderation_bans:bans") + seat.query)


@login_required
@require_POST
@limited("write")
def answer(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """Answer who asks: with ``approve`` they are let back. Then show the others."""
    seat = seat_of(request, Act.SEE)
    asked = UnbanRequest.objects.select_related("person").filter(pk=request_id, channel=seat.channel).first()
    if asked is None:
        raise Http404
    form = AnswerForm(request.POST)
    approve = "approve" in request.POST
    try:
        text = form.cleaned_data["answer"] if form.is_valid() else request.POST.get("answer", "")
        unban_answer(actor=seat.person, request_id=request_id, approve=approve, answer=text)
        told = _("%(name)s may come back.") if approve else _("%(name)s stays banned and is told so.")
        messages.success(request, told % {"name": asked.person.name})
    except DomainError as error:
        messages.warning(request, _words(error))
    return redirect(reverse("moderation_bans:bans") + seat.query)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def ban(request: HttpRequest, username: str) -> HttpResponse:
    """Why I am banned from a channel, and asking to come back. Queries: 3. Nobody else has such a page."""
    person = _user(request)
    try:
        channel = profile_get(username=username)
    except NotFound:
        raise Http404 from None
    if request.method == "POST":
        return _ask(request, channel, person)
    return _ban_page(request, channel, person, AskForm(), 200)


@limited("write")
def _ask(request: HttpRequest, channel: User, person: User) -> HttpResponse:
    form = AskForm(request.POST)
    if form.is_valid():
        try:
            unban_ask(person=person, channel=channel, text=form.cleaned_data["text"])
        except DomainError as error:
            messages.warning(request, _words(error))
        else:
            messages.success(request, _("You asked to be let back. The answer will be here."))
        return redirect(_back(request, channel))
    return _ban_page(request, channel, person, form, 400)


def _ban_page(request: HttpRequest, channel: User, person: User, form: AskForm, status: int) -> HttpResponse:
    shut = shut_by_ban(channel_id=channel.pk, user=person)
    if shut.ban is None:
        raise Http404
    context = {
        "channel": channel,
        "shut": shut,
        "form": form,
        "most": TEXT_MAX,
    }
    return render(request, "moderation/ban.html", context, status=status)


def _back(request: HttpRequest, channel: User) -> str:
    """To the page that the form was on."""
    target = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        return target
    return reverse("pages:channel", args=[channel.username])


def _words(error: DomainError) -> str:
    return str(_WORDS.get(error.code, error.code))


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
