"""Orders, receipts and what may be bought, for whoever is allowed to see them."""

import uuid

from django.db.models import QuerySet

from accounts.models import User
from core.errors import NotFound
from payments.orders.models import Order, Receipt


def orders_of(user: User) -> QuerySet[Order]:
    """What the person ordered, newest first. Queries: 1, and 2 for what belongs to them."""
    return (
        Order.objects.filter(party_id=user.party_id)
        .select_related("payment")
        .prefetch_related("receipts", "payment__refunds")
        .order_by("-id")
    )


def order_get_for(*, viewer: User, order_id: uuid.UUID) -> Order:
    """One's own only: another's is as if it were not there. Queries: 3. Raises: NotFound."""
    order = orders_of(viewer).filter(pk=order_id).first()
    if order is None:
        raise NotFound()
    return order


def receipts_of(user: User) -> QuerySet[Receipt]:
    """Newest first. Queries: 1."""
    return Receipt.objects.filter(order__party_id=user.party_id).select_related("order").order_by("-id")


def receipt_get_for(*, viewer: User, receipt_id: uuid.UUID) -> Receipt:
    """Queries: 1. Raises: NotFound."""
    receipt = receipts_of(viewer).filter(pk=receipt_id).first()
    if receipt is None:
        raise NotFound()
    return receipt
