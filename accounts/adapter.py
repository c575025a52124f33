from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from core.clients import request_address


class AccountAdapter(DefaultAccountAdapter):
    """allauth in our manner: a new person goes on to where they came from, else to "we sent you a link"."""

    def get_signup_redirect_url(self, request: HttpRequest) -> str:
        """Only asked when the form names no page to come back to; the notice on every page says the rest."""
        return reverse("account_email_verification_sent")

    def get_client_ip(self, request: HttpRequest) -> str:
        """The one address that all of Busk goes by."""
        return request_address(request) or str(super().get_client_ip(request))

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Mails are rendered without the pages' context processors, so they get the site's name here."""
        super().send_mail(template_prefix, email, {"site_name": settings.SITE_NAME} | context)
