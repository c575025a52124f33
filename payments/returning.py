"""Where somebody was when they went to pay, so that they come back to the same place."""

from urllib.parse import urlencode

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
