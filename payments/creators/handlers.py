"""What follows when a payment reveals that its payer and its creator share a card."""

import logging
import uuid

from core.errors import DomainError
from core.facts import handles
from payments.creators.cards import REASON, SharedCardPaid
from payments.orders.keeping import order_left
from payments.orders.models import Payment
from payments.orders.refunds import order_refund

logger = logging.getLogger(__name__)


@handles(SharedCardPaid)
def on_shared_card_paid(fact: SharedCardPaid) -> None:
    """A repeat does nothing: there is nothing left to give back. Raises: what may be over by the next try."""
    order_id = uuid.UUID(fact.order_id)
    if order_left(Payment.objects.select_related("order").get(order=order_id)) == 0:
        return
    try:
        order_refund(order_id=order_id, amount=None, reason=REASON, actor_party_id=None)
    except DomainError as refused:
        # It is disputed, or was given back by hand meanwhile.
        logger.error("order %s was paid with a shared card and is not given back: %s", order_id, refused.code)
