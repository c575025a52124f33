from collections.abc import Iterable
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as current
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal.ratelimit import get_rates, respond_429
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.usersessions.adapter import DefaultUserSessionsAdapter
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.forms import age_apply
from accounts.models import User
from accounts.renames import TAKEN, name_held, name_taken
from accounts.sign_in import sign_in_revoke
from core.clients import request_address


class AccountAdapter(DefaultAccountAdapter):
    """allauth in our manner: a new person goes on to where they came from, else to "we sent you a link"."""

    def get_signup_redirect_url(self, request: HttpRequest) -> str:
        """Only asked when the form names no page to come back to; the notice on every page says the rest."""
        return reverse("account_email_verification_sent")

    def clean_username(self, username: str, shallow: bool = False) -> str:
        """Nor a name that looks like somebody's, or is held for somebody."""
        cleaned: str = super().clean_username(username, shallow=shallow)
        if not shallow and name_taken(cleaned):
            raise ValidationError(TAKEN, code="username_taken")
        return cleaned

    def save_user(self, request: HttpRequest, user: User, form: BaseForm, commit: bool = True) -> User:
        """With their age. Of several who sign up with one name at the same moment, one gets it."""
        age_apply(user, form.cleaned_data)
        try:
            with transaction.atomic():
                super().save_user(request, user, form, commit=commit)
                # After the write, which has waited for whoever frees this name at the same moment.
                if commit and name_held(user.username):
                    raise IntegrityError
        except IntegrityError:
            raise ImmediateHttpResponse(_name_gone(request)) from None
        return user

    def get_client_ip(self, request: HttpRequest) -> str:
        """The one address that all of Busk goes by."""
        return request_address(request) or str(super().get_client_ip(request))

    def validation_error(self, code: str, *args: Any) -> ValidationError:
        """A lock-out is no mistake in a form: it is answered 429, with when it is over at the latest."""
        if code == "too_many_login_attempts":
            response = respond_429(current.request)
            lock_out = get_rates(app="allauth.account", action="login_failed")
            response["Retry-After"] = str(round(max(rate.duration for rate in lock_out)))
            raise ImmediateHttpResponse(response)
        error: ValidationError = super().validation_error(code, *args)
        return error

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Mails are rendered without the pages' context processors, so they get the site's name here."""
        super().send_mail(template_prefix, email, {"site_name": settings.SITE_NAME} | context)


def _name_gone(request: HttpRequest) -> HttpResponse:
    """In the shape of allauth's own refusals for apps; people get the form again."""
    if request.path.startswith("/_allauth/"):
        error = {"message": TAKEN, "code": "username_taken", "param": "username"}
        return JsonResponse({"status": 400, "errors": [error]}, status=400)
    messages.error(request, TAKEN)
    return redirect("account_signup")


class MFAAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "add_email_blocked": _("Turn off the second step of signing in first; turn it on again afterwards."),
        "unverified_email": _("Confirm your e-mail first."),
    }

    def get_totp_issuer(self) -> str:
        """What authenticator apps show beside the code."""
        return settings.SITE_NAME

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        entity: dict[str, str] = super().get_public_key_credential_rp_entity()
        return entity | {"name": settings.SITE_NAME}


class UserSessionsAdapter(DefaultUserSessionsAdapter):
    def end_sessions(self, sessions: Iterable[UserSession]) -> None:
        """Whichever page or app asked for it: the sockets of these sessions close too."""
        for session in sessions:
            sign_in_revoke(session=session)
