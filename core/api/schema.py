"""OpenAPI: what drf-spectacular finds by itself, plus what every door has in common: its errors, its headers."""

from collections import defaultdict
from typing import Any, Literal

from drf_spectacular import openapi
from drf_spectacular.authentication import SessionScheme
from drf_spectacular.utils import OpenApiParameter

from core.api import idempotent
from core.api.exceptions import Malformed, NotAcceptable, UnsupportedMediaType
from core.api.parsers import TooLarge
from core.api.serializers import ErrorOut
from core.errors import DomainError, InvalidInput, NotFound, NotSignedIn, RateLimited
from core.views import CsrfFailed

_WITH_BODY = {"POST", "PUT", "PATCH"}

IDEMPOTENCY_KEY = OpenApiParameter(
    idempotent.HEADER,
    location=OpenApiParameter.HEADER,
    description="Yours to choose, one for each thing to create. Repeated within a day, the first answer is repeated.",
)


class AutoSchema(openapi.AutoSchema):
    """Adds a response in the one error shape for every status that the view, or any view, can answer with."""

    def get_override_parameters(self) -> list[Any]:
        return [*super().get_override_parameters(), *([IDEMPOTENCY_KEY] if self._idempotent() else [])]

    def _get_response_bodies(self, direction: Literal["request", "response"] = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        answer = self.get_response_serializers()
        if self.method == "DELETE" and answer is not None and not isinstance(answer, dict):
            # The library takes every DELETE for one without an answer.
            bodies = {"200": self._get_response_for_code(answer, "200", direction=direction)}  # type: ignore[no-untyped-call]
        if self.method == "GET":
            bodies["304"] = {"description": "What you have, by its `ETag` in `If-None-Match`, is still so."}
        by_status: dict[int, list[str]] = defaultdict(list)
        for error in self._errors():
            if error.code not in by_status[error.http_status]:
                by_status[error.http_status].append(error.code)
        for status, codes in sorted(by_status.items()):
            body = self._get_response_for_code(ErrorOut, str(status), direction=direction)  # type: ignore[no-untyped-call]
            body["description"] = " or ".join(f"`{code}`" for code in codes)
            if status == RateLimited.http_status:
                body["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."}}
            bodies.setdefault(str(status), body)
        return bodies

    def _errors(self) -> list[type[DomainError]]:
        # A session token that is over is refused everywhere, whether or not the door asks for one.
        errors: list[type[DomainError]] = [*getattr(self.view, "errors", ()), NotSignedIn, NotAcceptable]
        if "{" in self.path:
            errors.append(NotFound)
        if any(parameter["in"] == "query" for parameter in self._get_parameters()):
            errors.append(InvalidInput)
        if self.method in _WITH_BODY and self.get_request_serializer() is not None:
            errors += [InvalidInput, Malformed, TooLarge, UnsupportedMediaType]
        if self.method != "GET":
            errors.append(CsrfFailed)
        if self.method != "GET" or getattr(self.view, "throttle_bucket", None):
            errors.append(RateLimited)
        if self._idempotent():
            errors += [InvalidInput, *idempotent.ERRORS]
        return list(dict.fromkeys(errors))

    def _idempotent(self) -> bool:
        return getattr(getattr(self.view, self.method.lower()), "idempotent", False)


class SessionAuthenticationScheme(SessionScheme):  # type: ignore[no-untyped-call]
    """Our session cookie is Django's; registered by being imported."""

    target_class = "core.api.authentication.SessionAuthentication"
