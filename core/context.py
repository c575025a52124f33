from typing import Any

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, Any]:
    """What every page may name: the site, and whether it runs on simulated parts."""
    return {"site_name": settings.SITE_NAME, "public_url": settings.PUBLIC_URL, "debug": settings.DEBUG}
