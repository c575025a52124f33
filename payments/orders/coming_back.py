"""Buyers who come back from paying may be faster than the webhook."""

import uuid

from django.core.cache import cache

from accounts.models import User
from core.errors import DomainError
from payments.gateway import GatewayError
from payments.orders.looking import order_look
from payments.orders.models import WAITING, Order
from payments.orders.selectors import order_get_for

# For each buyer who asks we ask once in so many seconds.
LOOK_EVERY_SECONDS = 3


def order_came_back(*, viewer: User, order_id: uuid.UUID) -> Order:
    """One's order, looked up at the provider if it waits and nobody told us yet. Must not run in a transaction.

    Queries: 3, and those of ``order_look``. Raises: NotFound.
    """
    order = order_get_for(viewer=viewer, order_id=order_id)
    if order.state in WAITING and cache.add(f"order-look:{order.pk}", 1, timeout=LOOK_EVERY_SECONDS):
        try:
            order_look(order_id=order.pk)
        except (GatewayError, DomainError):
            return order  # the clock asks again
        return order_get_for(viewer=viewer, order_id=order_id)
    return order
