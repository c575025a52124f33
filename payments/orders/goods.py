"""What orders are for: what happens when one is paid, and to what was bought when its money goes back.

Each purpose says so itself, once, where it is built.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from payments.coins import coins_credit
from payments.earnings import sale_book
from payments.models import EarningSource
from payments.orders.models import Order, Payment, Purpose


def _nothing(order: Order) -> None:
    """Nothing is held that could be taken."""


@dataclass(frozen=True)
class Goods:
    """Each is called in the transaction that writes the books, with the order locked.

    ``paid`` books the payment under ``paid_key`` and hands over what was bought. ``taken``: the money went back, or is
    disputed; ``given_again``: the dispute was won, or the refund failed. The books of both are not theirs to write.
    """

    paid: Callable[[Payment], None]
    taken: Callable[[Order], None] = _nothing
    given_again: Callable[[Order], None] = _nothing


@dataclass(frozen=True)
class SpentGoods:
    """Of what was bought with coins: called with the transaction that paid for it, when those coins' own payment went
    back or is disputed, and when that is over. The wallet, the lot and the creator are locked already.
    """

    taken: Callable[[uuid.UUID], None]
    given_again: Callable[[uuid.UUID], None]


GOODS: dict[Purpose, Goods] = {}
# By ``EarningSource``.
SPENT_GOODS: dict[str, SpentGoods] = {}


def register_goods(purpose: Purpose, goods: Goods) -> None:
    """From an app's ``ready``; each purpose has one."""
    assert purpose not in GOODS, f"{purpose} is registered twice"
    GOODS[purpose] = goods


def register_spent_goods(source: EarningSource, goods: SpentGoods) -> None:
    """From an app's ``ready``, for what coins can buy beside gifts."""
    assert source not in SPENT_GOODS, f"{source} is registered twice"
    SPENT_GOODS[source.value] = goods


def paid_key(order: Order) -> str:
    """Of the transaction that books its payment; ``payments.orders.movements`` finds it by this."""
    return f"order:{order.pk}:paid"


def sale_paid(payment: Payment) -> None:
    """Book what somebody is to earn with: a tip, a ticket. Queries: 8, or 9."""
    order = payment.order
    assert order.creator_id is not None
    sale_book(
        source=EarningSource(order.purpose),
        creator_id=order.creator_id,
        stream_id=order.stream_id,
        gross=payment.settled_amount,
        processing=payment.settled_fee,
        order_reference=str(order.pk),
        charged_at=payment.charged_at,
        key=paid_key(order),
    )


def _coins_paid(payment: Payment) -> None:
    order = payment.order
    assert order.coins is not None
    coins_credit(
        party_id=order.party_id,
        coins=order.coins,
        source=order.source,
        price=payment.settled_amount,
        processing=payment.settled_fee,
        order_reference=str(order.pk),
        charged_at=payment.charged_at,
        key=paid_key(order),
    )


register_goods(Purpose.COINS, Goods(paid=_coins_paid))
