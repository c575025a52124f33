"""What pages of other apps say of tickets. Templates ask here, since those apps know nothing of money."""

from collections.abc import Iterable
from typing import Any

from django import template
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from payments.money import money_text
from payments.provider import payments_mode
from payments.terms import book_terms, creator_per_coin
from payments.tickets.access import standing
from payments.tickets.models import PREVIEW_SECONDS, StreamPrice, Ticket, TicketState, VoidReason
from payments.tickets.prices import MOST, coins_range, least
from payments.tickets.selectors import tickets_of
from streams.access import is_creator
from streams.models import OVER
from streams.selectors import StreamView
from streams.viewers import viewer_from_request

register = template.Library()

TICKETS_SHOWN = 50


@register.simple_tag
def ticket_terms() -> dict[str, Any] | None:
    """What the form before a stream needs to know to speak of prices; None where nothing is sold. Queries: none."""
    if payments_mode() == "off":
        return None
    terms, (fewest, most) = book_terms(), coins_range()
    return {
        "currency": terms.currency,
        "least": least(),
        "most": MOST,
        "fee_percent": settings.FEE_PERCENT,
        "per_mille": terms.per_mille,
        "fixed": terms.fixed,
        "coins_worth": creator_per_coin(),
        "least_coins": fewest,
        "most_coins": most,
        "preview_seconds": PREVIEW_SECONDS,
    }


@register.simple_tag(takes_context=True)
def ticket_gate(context: dict[str, Any], stream: StreamView) -> dict[str, Any] | None:
    """What whoever looks at the page needs to come in; None where no ticket is asked of them.

    Queries: none for free streams, of those that are over, and for creators and staff; else 2.
    """
    viewer = viewer_from_request(context["request"])
    if not stream.ticketed or stream.status in OVER or is_creator(viewer, stream):
        return None
    if viewer.user is not None and viewer.user.is_staff:
        return None
    price = StreamPrice.objects.filter(pk=stream.id).first()
    if price is None:
        return None
    now, has = timezone.now(), standing(viewer=viewer, stream_id=stream.id)
    looks_in = has.preview_ends_at is not None and has.preview_ends_at > now
    return {
        "price": {
            "amount": price.amount,
            "currency": price.currency,
            "coins": price.coins,
            "pay_what_you_want": price.pay_what_you_want,
        },
        "has_ticket": has.ticket_id is not None,
        "is_looking_in": looks_in and has.preview_device in {"", viewer.device},
        "preview_seconds_left": has.preview_seconds_left,
        "is_signed_in": viewer.user is not None,
        "now": now,
        "url": reverse("payments:ticket", args=[stream.id]),
    }


@register.simple_tag
def ticket_marks(streams: Iterable[StreamView]) -> dict[str, str]:
    """What the tickets of listed streams cost, in a few words, by stream. Queries: none without tickets, else 1."""
    wanted = [stream.id for stream in streams if stream.ticketed and stream.status not in OVER]
    if not wanted:
        return {}
    return {str(price.pk): _mark(price) for price in StreamPrice.objects.filter(pk__in=wanted)}


def _mark(price: StreamPrice) -> str:
    if price.pay_what_you_want:
        return _("Pay what you want")
    parts = []
    if price.amount is not None:
        parts.append(money_text(price.amount, price.currency))
    if price.coins is not None:
        parts.append(ngettext("%(n)s coin", "%(n)s coins", price.coins) % {"n": f"{price.coins:,}"})
    return _(" or ").join(parts)


@register.filter
def mark_of(marks: dict[str, str], stream: StreamView) -> str:
    """``{{ marks|mark_of:stream }}``"""
    return marks.get(str(stream.id), "") if marks else ""


@register.simple_tag(takes_context=True)
def tickets_mine(context: dict[str, Any]) -> list[Ticket]:
    """The tickets of whoever looks, newest first, but for those that were never paid. Queries: 2."""
    user = context["request"].user
    assert isinstance(user, User)
    return list(tickets_of(user).exclude(state=TicketState.WAITING)[:TICKETS_SHOWN])


@register.filter
def ticket_told(ticket: Ticket) -> str:
    """What became of a ticket, in words."""
    if ticket.state == TicketState.VALID:
        return _("used") if ticket.used_at else _("not used yet")
    words = {
        VoidReason.NEVER_STARTED: _("given back: the stream never started"),
        VoidReason.BROKE_OFF: _("given back: the stream broke off"),
        VoidReason.STREAM_OVER: _("given back: the stream was over"),
        VoidReason.FREE: _("given back: the stream was free"),
        VoidReason.SECOND: _("given back: you had a ticket already"),
        VoidReason.BUYER: _("given back"),
        VoidReason.REFUNDED: _("refunded"),
        VoidReason.DISPUTED: _("disputed"),
    }
    return words.get(VoidReason(ticket.void_reason), _("void")) if ticket.void_reason else _("void")
