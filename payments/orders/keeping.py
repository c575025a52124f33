"""Whether a buyer keeps what they paid for: how much of an order's money is still with us, and what follows."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from django.db.models import F, Sum

from payments.models import Dispute, DisputeState, Earning
from payments.orders.goods import GOODS, SPENT_GOODS
from payments.orders.models import Chargeback, Order, Payment, Purpose, Refund, RefundState
from payments.rounding import share


def order_left(payment: Payment, *, besides: Chargeback | None = None) -> int:
    """What of an order went back neither by a refund nor by a lost dispute, in minor units of its currency.

    With the order locked it stays so. Queries: 2.
    """
    order = payment.order
    back = Refund.objects.filter(payment=payment).exclude(state=RefundState.FAILED)
    left = order.amount - (back.aggregate(sum=Sum("amount"))["sum"] or 0)
    for lost in Chargeback.objects.filter(payment=payment, status="lost"):
        if besides is None or lost.pk != besides.pk:
            left -= disputed_of(payment, lost)
    return max(left, 0)


def disputed_of(payment: Payment, chargeback: Chargeback) -> int:
    """What a dispute is about, in the order's currency: its own may be the one that we are settled in."""
    order = payment.order
    if chargeback.currency == order.currency:
        return min(chargeback.amount, order.amount)
    settled = payment.settled_amount
    return share(order.amount, min(chargeback.amount, settled), settled)


@contextmanager
def goods_follow(payment: Payment) -> Iterator[None]:
    """Tell what was bought when its money goes, or comes again, in here. The order must be locked. Queries: 8."""
    order = payment.order
    kept, spent = _is_kept(payment), _spent_and_gone(order)
    yield
    keeps = _is_kept(payment)
    if kept and not keeps:
        GOODS[Purpose(order.purpose)].taken(order)
    elif keeps and not kept:
        GOODS[Purpose(order.purpose)].given_again(order)
    gone = _spent_and_gone(order)
    for source, transaction_id in sorted(gone - spent):
        SPENT_GOODS[source].taken(transaction_id)
    for source, transaction_id in sorted(spent - gone):
        SPENT_GOODS[source].given_again(transaction_id)


def _is_kept(payment: Payment) -> bool:
    if Dispute.objects.filter(order_reference=str(payment.order_id)).exclude(state=DisputeState.WON).exists():
        return False
    return order_left(payment) > 0


def _spent_and_gone(order: Order) -> set[tuple[str, uuid.UUID]]:
    """What was bought with coins of this order that are called back: of what kind it is, and what paid for it."""
    if not order.coins or not SPENT_GOODS:
        return set()
    gone = Earning.objects.filter(
        lot__order_reference=str(order.pk), source__in=list(SPENT_GOODS), coins__gt=0, back=F("coins")
    )
    return set(gone.values_list("source", "transaction_id"))
