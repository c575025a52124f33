"""The one place where an exception becomes an answer of the API: ``{code, details}``."""

from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404
from rest_framework import exceptions, views
from rest_framework.response import Response

from core.api.parsers import TooLarge
from core.errors import DomainError, Forbidden, InvalidInput, NotFound, NotSignedIn, RateLimited
from core.views import CsrfFailed


class Malformed(DomainError):
    """The body could not be read at all; ``details.reason`` says where it stopped making sense."""

    code = "malformed"


class MethodNotAllowed(DomainError):
    code = "method_not_allowed"
    http_status = 405


class NotAcceptable(DomainError):
    code = "not_acceptable"
    http_status = 406


class UnsupportedMediaType(DomainError):
    code = "unsupported_media_type"
    http_status = 415


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's handler: domain errors, DRF's own and Django's in one shape; anything else is a bug and raises."""
    error = _as_domain_error(exc)
    if error is None:
        return None
    views.set_rollback()
    headers = {}
    if wait := error.details.get("retry_after_seconds"):
        headers["Retry-After"] = str(wait)
    if error.http_status == 401:
        headers["WWW-Authenticate"] = "Session"
    return Response(error.as_dict(), status=error.http_status, headers=headers)


def _as_domain_error(exc: Exception) -> DomainError | None:
    match exc:
        case DomainError():
            return exc
        case exceptions.ValidationError():
            fields = exc.detail if isinstance(exc.detail, dict) else {"body": exc.detail}
            return InvalidInput(**{str(name): messages for name, messages in fields.items()})
        case exceptions.ParseError():
            return Malformed(reason=str(exc.detail))
        case exceptions.NotAuthenticated() | exceptions.AuthenticationFailed():
            return NotSignedIn()
        case exceptions.PermissionDenied() if str(exc.detail).startswith("CSRF"):
            return CsrfFailed()
        case exceptions.PermissionDenied() | PermissionDenied():
            return Forbidden()
        case RequestDataTooBig():
            return TooLarge(limit_bytes=settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
        case SuspiciousOperation():
            return Malformed(reason=type(exc).__name__)
        case exceptions.NotFound() | Http404():
            return NotFound()
        case exceptions.MethodNotAllowed():
            return MethodNotAllowed()
        case exceptions.NotAcceptable():
            return NotAcceptable()
        case exceptions.UnsupportedMediaType():
            return UnsupportedMediaType(reason=str(exc.detail))
        case exceptions.Throttled():
            return RateLimited(retry_after_seconds=int(getattr(exc, "wait", None) or 1))
    return None
