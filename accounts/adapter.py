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
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.sign_in import sign_in_revoke
from core.clients import request_address


class AccountAdapter(DefaultAccountAdapter):
    """allauth in our manner: a new person goes on to where they came from, else to "we sent you a link"."""

    def get_signup_redirect_url(self, request: HttpRequest) -> str:
        """Only asked when the form names no page to come back to; the notice on every page says the rest."""
        return reverse("account_email_verification_sent")

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
