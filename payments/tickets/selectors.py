"""Tickets, for whoever is allowed to see them."""

from django.db.models import QuerySet

from accounts.models import User
from payments.tickets.models import Ticket


def tickets_of(user: User) -> QuerySet[Ticket]:
    """What the person has tickets to, or had, newest first. Queries: 1, and 1 for receipts."""
    return (
        Ticket.objects.filter(party_id=user.party_id)
        .select_related("stream", "order", "promo_code")
        .prefetch_related("order__receipts")
        .order_by("-id")
    )
