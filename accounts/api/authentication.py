from typing import Any

from allauth.headless.contrib.rest_framework.authentication import XSessionTokenAuthentication
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.sign_in import session_user


class SessionTokenAuthentication(XSessionTokenAuthentication):
    """An app's session token, from ``/_allauth/app/``. One that is over is refused, not taken for a stranger's."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        token = self.get_session_token(request)
        if token is None:
            return None
        found = session_user(token)
        if found is None:
            raise AuthenticationFailed()
        return found

    def authenticate_header(self, request: Request) -> str:
        return "Session"


class SessionTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Registered by being imported."""

    target_class = "accounts.api.authentication.SessionTokenAuthentication"
    name = "sessionToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "X-Session-Token",
            "description": "For apps: `meta.session_token` of a sign-in at `/_allauth/app/v1/auth/login`.",
        }
