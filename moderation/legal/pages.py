"""The form for people without an account: copyright, or illegal content."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from core.clients import network_of, request_address
from core.errors import InvalidInput, RateLimited
from core.views import too_many
from moderation.legal.models import NoticeKind
from moderation.legal.services import TEXT_MOST, notice_send


class NoticeForm(forms.Form):
    """Reads the form; whether its content will do is the service's to say."""

    kind = forms.CharField(label=gettext_lazy("What is it about?"), required=False)
    address = forms.CharField(label=gettext_lazy("Address"), required=False, max_length=500)
    statement = forms.CharField(
        label=gettext_lazy("What is wrong with it?"),
        required=False,
        max_length=TEXT_MOST,
        widget=forms.Textarea,
    )
    name = forms.CharField(label=gettext_lazy("Your full name"), required=False, max_length=200)
    email = forms.CharField(
        label=gettext_lazy("E-mail"), required=False, max_length=254, widget=forms.EmailInput
    )
    in_good_faith = forms.BooleanField(
        label=gettext_lazy(
            "I believe in good faith that this is so, and what I write is accurate. Of copyright, under penalty of "
            "perjury: I am its owner or may act for its owner."
        ),
        required=False,
    )
    signature = forms.CharField(label=gettext_lazy("Signature"), required=False, max_length=200)


@require_http_methods(["GET", "POST"])
def notice(request: HttpRequest) -> HttpResponse:
    """Queries: those of the frame; to send it about 12."""
    if request.method == "GET":
        address = request.GET.get("address", "")[:500]
        return _page(request, NoticeForm(initial={"address": address}))
    # People do not see this field; what fills it in is told that all went well.
    if request.POST.get("website"):
        return redirect("moderation_legal:sent")
    form = NoticeForm(request.POST)
    if form.is_valid():
        try:
            notice_send(**form.cleaned_data, network=network_of(request_address(request)))
        except InvalidInput as error:
            for field, problems in error.details.items():
                form.add_error(field, problems)
        except RateLimited as refusal:
            return too_many(request, refusal)
        else:
            return redirect("moderation_legal:sent")
    return _page(request, form, status=400)


@require_safe
def sent(request: HttpRequest) -> HttpResponse:
    return render(request, "moderation/legal_sent.html")


def _page(request: HttpRequest, form: NoticeForm, *, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "kinds": NoticeKind.choices}
    return render(request, "moderation/legal.html", context, status=status)
