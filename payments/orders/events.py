"""What the rest of Busk may want to know of orders."""

from core.facts import Fact


class OrderPaid(Fact, frozen=True, kw_only=True):
    """An order's money came and what it was for is there."""

    order_id: str
    party_id: str
    purpose: str


class OrderNotPaid(Fact, frozen=True, kw_only=True):
    """An order ended without money: ``state`` is failed, cancelled or expired."""

    order_id: str
    party_id: str
    state: str


class RefundMade(Fact, frozen=True, kw_only=True):
    order_id: str
    party_id: str
    refund_id: str
