"""What pages of other apps say of tickets. Templates ask here, since those apps know nothing of money."""

from typing import Any

from django import template
from django.conf import settings

from payments.provider import payments_mode
from payments.terms import book_terms, creator_per_coin

register = template.Library()

PREVIEW_SECONDS = 60
MOST = 99_999


@register.simple_tag
def ticket_terms() -> dict[str, Any] | None:
    """What the form before a stream needs to know to speak of prices; None where nothing is sold. Queries: none."""
    if payments_mode() == "off":
        return None
    terms = book_terms()
    return {
        "currency": terms.currency,
        "least": settings.TICKET_LEAST,
        "most": MOST,
        "fee_percent": settings.FEE_PERCENT,
        "per_mille": terms.per_mille,
        "fixed": terms.fixed,
        "coins_worth": creator_per_coin(),
        "most_coins": MOST,
        "preview_seconds": PREVIEW_SECONDS,
    }
