from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """allauth in our manner: after sign-up a person goes on to where they came from."""

    def get_signup_redirect_url(self, request: HttpRequest) -> str:
        return str(self.get_login_redirect_url(request))
