"""Who is at the other end of a request or a socket: its address, and the cookie of ours that it carries."""

import ipaddress
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core.signing import BadSignature
from django.http import HttpRequest

# Says which viewer an anonymous browser is; streams.viewers hands it out.
VIEWER_COOKIE = "busk_viewer"
VIEWER_COOKIE_SECONDS = 365 * 24 * 3600


def request_address(request: HttpRequest) -> str:
    """The caller's IP address; "" when there is none to know, as on a unix socket without a proxy in front."""
    return _address(request.META.get("REMOTE_ADDR") or "", [request.headers.get("X-Forwarded-For", "")])


def scope_address(scope: dict[str, Any]) -> str:
    """The same for an ASGI connection."""
    peer = scope.get("client")
    forwarded = [value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for"]
    return _address(str(peer[0]) if peer else "", forwarded)


def network_of(address: str) -> str:
    """What limits count by: an IPv4 address, or the /64 of IPv6 that one household or server has all of."""
    parsed = _parsed(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((parsed, 64), strict=False).network_address)
    return address


def known_viewer(request: HttpRequest) -> str | None:
    """The id in the signed viewer cookie, if the browser has one of ours."""
    try:
        return request.get_signed_cookie(VIEWER_COOKIE, max_age=VIEWER_COOKIE_SECONDS)
    except (KeyError, BadSignature):
        return None


def _address(peer: str, forwarded: Iterable[str]) -> str:
    """The address that the outermost trusted proxy saw. Without proxies no header is believed.

    Each proxy appends whom it saw, so what stands further left than our own proxies may be made up.
    """
    if settings.TRUSTED_PROXIES:
        seen = [part.strip() for part in ",".join(forwarded).split(",") if part.strip()]
        if seen and (parsed := _parsed(seen[-min(settings.TRUSTED_PROXIES, len(seen))])):
            return str(parsed)
    parsed = _parsed(peer)
    return str(parsed) if parsed else ""


def _parsed(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Also with the port that some proxies add; an IPv4 address in IPv6 clothes is the IPv4 address."""
    for text in (address, address.rpartition(":")[0].strip("[]"), address.strip("[]")):
        try:
            parsed = ipaddress.ip_address(text)
        except ValueError:
            continue
        if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
            return parsed.ipv4_mapped
        return parsed
    return None
