"""Who is at the other end of a connection, behind the proxies that the operator trusts."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings


def client_address(scope: dict[str, Any]) -> str:
    """The address that the outermost trusted proxy saw; without proxies, the peer's own; "" for a unix socket."""
    peer = scope.get("client")
    address = str(peer[0]) if peer else ""
    if settings.TRUSTED_PROXIES:
        forwarded = _forwarded(scope["headers"])
        # Each proxy appends whom it saw, so what stands further left than our own proxies may be made up.
        if forwarded:
            address = forwarded[-min(settings.TRUSTED_PROXIES, len(forwarded))]
    return address


def _forwarded(headers: Iterable[tuple[bytes, bytes]]) -> list[str]:
    lines = [value.decode("latin-1") for name, value in headers if name == b"x-forwarded-for"]
    return [part.strip() for part in ",".join(lines).split(",") if part.strip()]
