from rest_framework.request import Request

from accounts.models import User


class SignedInRequest(Request):
    """A request that ``IsAuthenticated`` let through, for the type checker."""

    user: User
