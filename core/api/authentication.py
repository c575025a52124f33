from rest_framework import authentication
from rest_framework.request import Request


class SessionAuthentication(authentication.SessionAuthentication):
    """Django's session cookie with CSRF. Names a scheme, so that an anonymous caller gets 401 and not 403."""

    def authenticate_header(self, request: Request) -> str:
        return "Session"
