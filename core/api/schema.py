"""OpenAPI: what drf-spectacular finds by itself, plus the errors that each view declares."""

from collections import defaultdict
from typing import Any, Literal

from drf_spectacular import openapi
from drf_spectacular.authentication import SessionScheme
from rest_framework.permissions import IsAuthenticated

from core.api.exceptions import Malformed
from core.api.serializers import ErrorOut
from core.errors import DomainError, InvalidInput, NotSignedIn
from core.views import CsrfFailed


class AutoSchema(openapi.AutoSchema):
    """Adds a response in the one error shape for every status that the view's ``errors`` can give."""

    def _get_response_bodies(self, direction: Literal["request", "response"] = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        by_status: dict[int, list[str]] = defaultdict(list)
        for error in self._errors():
            by_status[error.http_status].append(error.code)
        for status, codes in sorted(by_status.items()):
            body = self._get_response_for_code(ErrorOut, str(status), direction=direction)  # type: ignore[no-untyped-call]
            body["description"] = " or ".join(f"`{code}`" for code in codes)
            bodies.setdefault(str(status), body)
        return bodies

    def _errors(self) -> list[type[DomainError]]:
        errors: list[type[DomainError]] = [*getattr(self.view, "errors", ())]
        if any(isinstance(permission, IsAuthenticated) for permission in self.view.get_permissions()):
            errors.append(NotSignedIn)
        if self.method != "GET":
            errors.append(CsrfFailed)
            if self.get_request_serializer() is not None:
                errors += [InvalidInput, Malformed]
        return list(dict.fromkeys(errors))


class SessionAuthenticationScheme(SessionScheme):  # type: ignore[no-untyped-call]
    """Our session cookie is Django's; registered by being imported."""

    target_class = "core.api.authentication.SessionAuthentication"
