"""Errors a caller can act on: a stable code, an HTTP status and data. Never a sentence to be parsed."""

from typing import Any, ClassVar


class DomainError(Exception):
    """Something the caller did, or met, that the rules do not allow.

    ``details`` is JSON-ready data; clients switch on ``code``. Each subclass is one code, listed in docs/api.md.
    """

    code: ClassVar[str] = "error"
    http_status: ClassVar[int] = 400

    def __init__(self, **details: Any) -> None:
        super().__init__(self.code, details)
        self.details = details

    def as_dict(self) -> dict[str, Any]:
        """The one error shape of HTTP and sockets."""
        return {"code": self.code, "details": self.details}


class InvalidInput(DomainError):
    """``details`` maps each wrong field to its list of messages."""

    code = "invalid_input"


class NotSignedIn(DomainError):
    code = "not_signed_in"
    http_status = 401


class Forbidden(DomainError):
    code = "forbidden"
    http_status = 403


class NotFound(DomainError):
    """There is no such thing, or none that this caller may know of."""

    code = "not_found"
    http_status = 404


class Conflict(DomainError):
    code = "conflict"
    http_status = 409


class RateLimited(DomainError):
    """``details.retry_after_seconds`` says when it is worth trying again."""

    code = "rate_limited"
    http_status = 429


class NotSupported(DomainError):
    """The engine in use cannot do this; ``details.what`` names it."""

    code = "not_supported"
    http_status = 501


class Busy(DomainError):
    """Too much at once; the same call may succeed in a moment."""

    code = "busy"
    http_status = 503
