"""Tickets, for whoever is allowed to see them."""

import uuid

from django.db.models import QuerySet

from accounts.models import User
from core.errors import NotFound
from payments.tickets.models import Ticket


def tickets_of(user: User) -> QuerySet[Ticket]:
    """What the person has tickets to, or had, newest first. Queries: 1, and 1 for receipts."""
    return (
        Ticket.objects.filter(party_id=user.party_id)
        .select_related("stream", "order", "promo_code")
        .prefetch_related("order__receipts")
        .order_by("-id")
    )


def ticket_get_for(*, viewer: User, stream_id: uuid.UUID) -> Ticket:
    """Their ticket to this stream: the valid one, else the newest. Queries: 2. Raises: NotFound."""
    mine = list(tickets_of(viewer).filter(stream_id=stream_id)[:20])
    if not mine:
        raise NotFound()
    return next((ticket for ticket in mine if ticket.state == "valid"), mine[0])
