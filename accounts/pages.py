"""Pages of one's own account that allauth does not have."""

import uuid
from typing import Any

from allauth.account.models import EmailAddress
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.blocks import block_create, block_delete
from accounts.errors import CannotBlockYourself, UsernameChangedLately
from accounts.models import User
from accounts.renames import username_change
from accounts.selectors import blocks_of, user_get, username_changeable_at
from accounts.services import LINKS_MAX, avatar_set, place_set, profile_update
from core.errors import InvalidInput, NotFound, RateLimited
from core.limits import take

EMPTY_LINKS = 2
BLOCKS_SHOWN = 200
RESENDS, RESEND_WINDOW_SECONDS = 3, 600


class ProfileForm(forms.Form):
    """Reads the form; whether its content will do is the service's to say."""

    display_name = forms.CharField(label=gettext_lazy("Name"), required=False, max_length=50)
    bio = forms.CharField(label=gettext_lazy("About you"), required=False, max_length=2000)
    links = forms.CharField(label=gettext_lazy("Links"), required=False, widget=forms.HiddenInput)
    avatar = forms.FileField(label=gettext_lazy("Picture"), required=False, allow_empty_file=True)
    place_name = forms.CharField(label=gettext_lazy("Place"), required=False, max_length=80)
    place_lat = forms.FloatField(label=gettext_lazy("Degrees north"), required=False)
    place_lon = forms.FloatField(label=gettext_lazy("Degrees east"), required=False)
    remove_avatar = forms.BooleanField(label=gettext_lazy("Remove the picture"), required=False)


@login_required
@require_http_methods(["GET", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """What others read about me: name, description, links, picture."""
    user = request.user
    assert isinstance(user, User)
    if request.method == "GET":
        fields = ("display_name", "bio", "place_name", "place_lat", "place_lon")
        form = ProfileForm(initial={name: getattr(user, name) for name in fields})
        return _page(request, form, user.links)
    form = ProfileForm(request.POST, request.FILES)
    links = _links(request)
    if form.is_valid() and _save(user, form, links):
        messages.success(request, _("Your profile is saved."))
        return redirect("accounts:profile")
    return _page(request, form, links, status=400)


class UsernameForm(forms.Form):
    username = forms.CharField(label=gettext_lazy("Username"), max_length=30)


@login_required
@require_http_methods(["GET", "POST"])
def username(request: HttpRequest) -> HttpResponse:
    """Another name, once in 30 days."""
    user = request.user
    assert isinstance(user, User)
    form = UsernameForm(request.POST or None, initial={"username": user.username})
    if request.method == "POST" and form.is_valid():
        try:
            username_change(user=user, username=form.cleaned_data["username"])
        except InvalidInput as error:
            form.add_error("username", error.details["username"])
        except UsernameChangedLately:
            form.add_error("username", _("You changed it less than 30 days ago."))
        else:
            messages.success(request, _("Your name is changed. Your old address leads here."))
            return redirect("accounts:profile")
    context = {"form": form, "again_at": username_changeable_at(user)}
    return render(request, "accounts/username.html", context, status=400 if form.errors else 200)


@login_required
@require_safe
def blocks(request: HttpRequest) -> HttpResponse:
    """Whom I blocked. Queries: 1, and those of the frame."""
    assert isinstance(request.user, User)
    return render(request, "accounts/blocks.html", {"blocks": blocks_of(request.user)[:BLOCKS_SHOWN]})


@login_required
@require_POST
def block(request: HttpRequest, user_id: uuid.UUID) -> HttpResponse:
    """Block somebody, or with ``undo`` take it back; then show whom I blocked."""
    assert isinstance(request.user, User)
    change = block_delete if "undo" in request.POST else block_create
    try:
        change(blocker=request.user, blocked=user_get(user_id=user_id))
    except NotFound:
        raise Http404 from None
    except CannotBlockYourself:
        messages.warning(request, _("That is you."))
    return redirect("accounts:blocks")


@login_required
@require_POST
def email_resend(request: HttpRequest) -> HttpResponse:
    """Send the link that confirms the e-mail once more, and go back to the page that asked."""
    user = request.user
    assert isinstance(user, User)
    address = EmailAddress.objects.filter(user_id=user.pk, verified=False).order_by("-primary", "pk").first()
    if address is not None:
        try:
            take(bucket="email_resend", key=str(user.pk), limit=RESENDS, window_seconds=RESEND_WINDOW_SECONDS)
        except RateLimited:
            messages.warning(
                request, _("We sent it several times already. Look in your mail, or wait ten minutes.")
            )
        else:
            address.send_confirmation(request)
            messages.success(request, _("We sent a link to %(email)s.") % {"email": address.email})
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = reverse("account_email_verification_sent")
    return redirect(back)


def _save(user: User, form: ProfileForm, links: list[dict[str, str]]) -> bool:
    """True when it is done; else the form says what is wrong."""
    data = form.cleaned_data
    upload = data["avatar"]
    try:
        with transaction.atomic():  # all of the form or none of it
            profile_update(user=user, display_name=data["display_name"], bio=data["bio"], links=links)
            place_set(user=user, name=data["place_name"], lat=data["place_lat"], lon=data["place_lon"])
            if upload or data["remove_avatar"]:
                avatar_set(user=user, image=upload.read() if upload else None)
    except InvalidInput as error:
        for field, problems in error.details.items():
            form.add_error("place_name" if field == "place" else field, problems)
        return False
    return True


def _links(request: HttpRequest) -> list[dict[str, str]]:
    """The filled rows; a row without label and address is none."""
    rows = zip(request.POST.getlist("link_label"), request.POST.getlist("link_url"), strict=False)
    return [{"label": label, "url": url} for label, url in rows if label.strip() or url.strip()]


def _page(
    request: HttpRequest, form: ProfileForm, links: list[dict[str, str]], *, status: int = 200
) -> HttpResponse:
    empty = min(EMPTY_LINKS, max(0, LINKS_MAX - len(links)))
    context: dict[str, Any] = {
        "form": form,
        "link_rows": [*links, *({"label": "", "url": ""} for _ in range(empty))],
    }
    return render(request, "accounts/profile.html", context, status=status)
