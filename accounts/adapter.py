from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.urls import reverse


class AccountAdapter(DefaultAccountAdapter):
    """allauth in our manner: a new person goes on to where they came from, else to "we sent you a link"."""

    def get_signup_redirect_url(self, request: HttpRequest) -> str:
        """Only asked when the form names no page to come back to; the notice on every page says the rest."""
        return reverse("account_email_verification_sent")
