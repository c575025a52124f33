"""Where somebody was when they went to pay, so that they come back to the same place."""

from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

# A path with what says how the page was, not more.
LONGEST = 300


def own_path(text: str) -> str:
    """The path of this site that the text is, or "": nobody is led to another site. Queries: none."""
    fits = len(text) <= LONGEST and text.startswith("/")
    return text if fits and url_has_allowed_host_and_scheme(text, allowed_hosts=None) else ""


def with_next(address: str, path: str) -> str:
    """The address of a page that leads on to the path once it is paid. Queries: none."""
    return f"{address}?{urlencode({'next': path})}" if path else address


def own_url(request: HttpRequest, path: str) -> str:
    """Where the provider's page leads back to. While trying Busk out that is wherever it is reached. Queries: none."""
    return request.build_absolute_uri(path) if settings.DEBUG else f"{settings.PUBLIC_URL}{path}"
