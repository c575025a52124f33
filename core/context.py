from typing import Any

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, Any]:
    """What every page may name: the site, whether it runs on simulated parts, and whether anything is sold."""
    return {
        "site_name": settings.SITE_NAME,
        "public_url": settings.PUBLIC_URL,
        "debug": settings.DEBUG,
        "payments_mode": settings.PAYMENTS,
    }
