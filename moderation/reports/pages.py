"""Pages of what staff told somebody, with the appeal, and of what somebody reported."""

import uuid
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Party, User
from core.clients import network_of, request_address
from core.errors import DomainError, InvalidInput, NotFound, RateLimited
from core.limits import take
from core.views import too_many
from moderation.legal.services import counter_notice_send, counters_open
from moderation.reports.appeals import TEXT_LEAST, TEXT_MOST, appeal_make, appealable_until
from moderation.reports.models import Statement
from moderation.reports.selectors import appeal_of, may_appeal, reports_of
from moderation.reports.statements import statement_of_token, statement_read, statements_of

SHOWN = 100
# Whoever follows a link of a mail, from one network.
LOOKS_A_MINUTE = 30

_REFUSED = {
    "appealed": gettext_lazy("You appealed against this already."),
    "appeal_late": gettext_lazy("It is too late to appeal against this."),
    "decided": gettext_lazy("This does not hold any more, so there is nothing to appeal against."),
}


class AppealForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("Why is it wrong?"),
        min_length=TEXT_LEAST,
        max_length=TEXT_MOST,
        widget=forms.Textarea,
    )


class CounterForm(forms.Form):
    """Source: 17 U.S.C. 512 (g) (3)."""

    name = forms.CharField(label=gettext_lazy("Your full name"), max_length=200)
    contact = forms.CharField(
        label=gettext_lazy("Your address and telephone"), max_length=500, widget=forms.Textarea
    )
    statement = forms.CharField(
        label=gettext_lazy("Why it was a mistake"),
        min_length=TEXT_LEAST,
        max_length=5000,
        widget=forms.Textarea,
    )
    perjury = forms.BooleanField(
        label=gettext_lazy(
            "Under penalty of perjury: I believe in good faith that it was removed by mistake, and I accept the court "
            "of my district, or yours if I live elsewhere, and papers served by who sent the notice."
        )
    )
    signature = forms.CharField(label=gettext_lazy("Your name again, as a signature"), max_length=200)


@login_required
@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    """What staff told me, newest first. Queries: 1, and those of the frame."""
    assert isinstance(request.user, User)
    return render(request, "moderation/notices.html", {"statements": statements_of(request.user)[:SHOWN]})


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def notice(request: HttpRequest, statement_id: uuid.UUID) -> HttpResponse:
    """One of them; with it, it is read. A decision can be appealed against here."""
    assert isinstance(request.user, User)
    statement = statements_of(request.user).filter(pk=statement_id).first()
    if statement is None:
        raise Http404
    if statement.read_at is None:
        statement_read(person=request.user, statement_id=statement_id)
    return _notice(request, statement, request.user.party, back=True)


@never_cache
@require_http_methods(["GET", "POST"])
def notice_by_mail(request: HttpRequest, token: str) -> HttpResponse:
    """The same for who cannot sign in, by the link of their mail."""
    try:
        take(
            bucket="notice_by_mail",
            key=network_of(request_address(request)),
            limit=LOOKS_A_MINUTE,
            window_seconds=60,
        )
        statement = statement_of_token(token)
    except RateLimited as refusal:
        return too_many(request, refusal)
    except NotFound:
        return render(request, "moderation/notice_over.html", status=410)
    response = _notice(request, statement, statement.party, back=False)
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response


@login_required
@require_safe
def reports(request: HttpRequest) -> HttpResponse:
    """What I reported, and its answers. Queries: 1, and those of the frame."""
    assert isinstance(request.user, User)
    return render(request, "moderation/reports.html", {"reports": reports_of(request.user)[:SHOWN]})


def _notice(request: HttpRequest, statement: Statement, party: Party, *, back: bool) -> HttpResponse:
    counters = "counter" in request.POST
    form, status = AppealForm(None if counters else request.POST or None), 200
    counter_form = CounterForm(request.POST if counters else None)
    if counters:
        if counter_form.is_valid() and _counter(request, statement, party, counter_form):
            return redirect(request.path)
        status = 400
    elif request.method == "POST":
        if form.is_valid() and _appeal(request, statement, party, form):
            return redirect(request.path)
        status = 400
    decision = statement.decision
    context: dict[str, Any] = {
        "statement": statement,
        "back": back,
        "decision": decision,
        "appeal": decision and appeal_of(decision),
        "may_appeal": may_appeal(decision),
        "appeal_until": decision and appealable_until(decision),
        "form": form,
        "counter_form": counter_form if counters_open(decision) else None,
        "counter_days": settings.COUNTER_NOTICE_DAYS,
    }
    return render(request, "moderation/notice.html", context, status=status)


def _appeal(request: HttpRequest, statement: Statement, party: Party, form: AppealForm) -> bool:
    """Whether it is made, or is not to be made; else the form says what is wrong."""
    if statement.decision_id is None:
        raise Http404
    try:
        appeal_make(party=party, decision_id=statement.decision_id, text=form.cleaned_data["text"])
    except InvalidInput as error:
        form.add_error("text", error.details["text"])
        return False
    except RateLimited:
        form.add_error(None, _("That were several in a short time. Wait an hour, then try again."))
        return False
    except DomainError as refused:
        messages.warning(request, str(_REFUSED.get(refused.code, _("That is not possible."))))
    else:
        messages.success(request, _("We have your appeal. Somebody else looks at it, and you hear from us."))
    return True


def _counter(request: HttpRequest, statement: Statement, party: Party, form: CounterForm) -> bool:
    """Whether it is made, or is not to be made; else the form says what is wrong."""
    if statement.decision_id is None:
        raise Http404
    try:
        counter_notice_send(
            party=party,
            decision_id=statement.decision_id,
            **{name: form.cleaned_data[name] for name in ("name", "contact", "statement", "signature")},
        )
    except InvalidInput as error:
        for field, problems in error.details.items():
            form.add_error(field, problems)
        return False
    except RateLimited:
        form.add_error(None, _("That were several in a short time. Wait an hour, then try again."))
        return False
    except DomainError:
        messages.warning(request, _("There is nothing any more that a counter-notice could bring back."))
    else:
        messages.success(request, _("We have your counter-notice and sent it on."))
    return True
