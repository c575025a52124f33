"""Asking again who it is before what cannot be taken back: stream key, payout details, deletion."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account import app_settings
from allauth.account.authentication import get_authentication_records
from allauth.core.exceptions import ReauthenticationRequired as AskAgain
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from rest_framework.request import Request

from accounts.errors import ReauthenticationRequired
from accounts.models import User
from accounts.sign_in import session_of
from core.errors import NotSignedIn


def require_recent_sign_in(request: HttpRequest | Request) -> None:
    """Let pass who signed in, or showed the password or second factor again, within the last minutes.

    How many is ``ACCOUNT_REAUTHENTICATION_TIMEOUT``. Raises: NotSignedIn, ReauthenticationRequired.
    """
    if not isinstance(request.user, User):
        raise NotSignedIn()
    if not signed_in_recently(request):
        raise ReauthenticationRequired(help="reauthenticate")


def signed_in_recently(request: HttpRequest | Request) -> bool:
    """allauth keeps in the session when each step of a sign-in was done, and every time it was asked for since."""
    asked = HttpRequest()
    asked.session = session_of(request)
    user = request.user if isinstance(request.user, User) else None
    steps = [record["at"] for record in get_authentication_records(asked, user)]
    return bool(steps) and time.time() - max(steps) < app_settings.REAUTHENTICATION_TIMEOUT


def recent_sign_in_required(page: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The same for a page: it asks for the password and comes back."""

    @login_required
    @wraps(page)
    def asking(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not signed_in_recently(request):
            raise AskAgain()  # allauth's middleware leads there and back
        return page(request, *args, **kwargs)

    return asking
