"""Building state by services, and looking at the books."""

import uuid
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from core.ids import new_id
from payments.coins import coins_credit
from payments.ledger.check import ledger_check
from payments.models import CoinLot, Entry, Transaction
from payments.refunds import refund_book
from payments.taking import held_lock


def buy(
    user: Any,
    coins: int,
    *,
    price: int | None = None,
    processing: int = 0,
    at: datetime | None = None,
    order: str = "",
) -> CoinLot:
    """Coins in somebody's wallet, at 1.49 cents each unless told otherwise."""
    order = order or f"order-{uuid.uuid4().hex[:12]}"
    return coins_credit(
        party_id=user.party_id,
        coins=coins,
        source="stripe",
        price=price or max(coins * 149 // 100, 1),
        processing=processing,
        order_reference=order,
        charged_at=at or timezone.now(),
        key=f"order:{order}",
    )


def take_back(order: str, parts: int | None = None, *, key: str = "refund-1", spent: bool = False) -> int:
    """A refund in the books: of an order's unspent coins so many, or with ``spent`` also of those; None is all."""
    with transaction.atomic():
        held = held_lock(order_reference=order)
        most = held.parts if spent or held.lot is None else held.unspent
        taken = held.pick(most if parts is None else parts)
        refund_book(order_reference=order, held=held, taken=taken, money=taken.worth, key=key)
    return taken.worth


def entries_of(transaction_id: uuid.UUID) -> dict[str, int]:
    """A transaction by account kinds."""
    return {
        row["account__kind"]: row["sum"]
        for row in Entry.objects.filter(transaction_id=transaction_id)
        .values("account__kind")
        .annotate(sum=Sum("amount"))
        .order_by("account__kind")
    }


def newest(kind: str) -> Transaction:
    found = Transaction.objects.filter(kind=kind).order_by("-id").first()
    assert found is not None, f"no transaction {kind}"
    return found


def owed(kind: str, user: Any = None) -> int:
    """What is owed on accounts of this kind, by their entries."""
    entries = Entry.objects.filter(account__kind=kind)
    if user is not None:
        entries = entries.filter(account__party=user.party_id)
    return -(entries.aggregate(sum=Sum("amount"))["sum"] or 0)


def differences() -> list[dict[str, Any]]:
    """What the nightly check finds; an empty list is balanced books."""
    found: list[dict[str, Any]] = ledger_check().differences
    return found


def request() -> uuid.UUID:
    return new_id()
