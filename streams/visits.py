"""What is kept of a visit: kind of device, player, where from, country. Nothing that tells one person from another."""

import re
from functools import lru_cache
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from ua_parser import parse_device, parse_os

_TV = re.compile(r"smart-?tv|bravia|aft[a-z]|googletv|appletv|web0s|tizen.*tv|crkey", re.IGNORECASE)
_COUNTRY = re.compile(r"[A-Z]{2}")


def visit_of(request: HttpRequest, *, referrer: str = "") -> dict[str, str]:
    """The visit that this request begins; the player is added on entering. Referrers of our own are dropped."""
    host = (urlsplit(referrer).hostname or "")[:100] if "://" in referrer else ""
    return {
        "device": device_class(request.headers.get("User-Agent", "")[:500]),
        "referrer_host": "" if host == request.get_host().partition(":")[0] else host,
        "country": _country(request),
    }


@lru_cache(maxsize=4096)
def device_class(user_agent: str) -> str:
    """phone, tablet, desktop, tv or bot; "" when it does not say."""
    if not user_agent:
        return ""
    device, system = parse_device(user_agent), parse_os(user_agent)
    family = device.family if device else ""
    os_family = system.family if system else ""
    if family == "Spider":
        return "bot"
    if _TV.search(user_agent):
        return "tv"
    if family == "iPad" or (os_family == "Android" and "Mobile" not in user_agent):
        return "tablet"
    if family == "iPhone" or os_family in {"iOS", "Android", "Windows Phone", "KaiOS"}:
        return "phone"
    return "desktop" if os_family else ""


def _country(request: HttpRequest) -> str:
    """As the operator's proxy says it, where one is set up to; a header nobody vouches for is not read."""
    if not settings.COUNTRY_HEADER:
        return ""
    value = request.headers.get(settings.COUNTRY_HEADER, "").upper()
    return value if _COUNTRY.fullmatch(value) else ""
