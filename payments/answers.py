"""What Stripe answers, as small frozen objects; the rest of Busk knows no other shape of it.

Source: https://docs.stripe.com/api (version ``payments.provider.API_VERSION``, which stripe-mock checks in the tests).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True)
class Settled:
    """What a movement did to our balance at the provider: its fee is what processing really took.

    Amounts are minor units of ``currency``, in which our account is kept; a refund's and a dispute's are negative.
    """

    id: str
    kind: str
    amount: int
    fee: int
    net: int
    currency: str
    exchange_rate: str
    source: str
    at: datetime


@dataclass(frozen=True)
class Card:
    """``fingerprint`` is the same for the same card, whoever pays with it."""

    fingerprint: str = ""
    brand: str = ""
    last4: str = ""


@dataclass(frozen=True)
class Charge:
    id: str
    intent_id: str
    amount: int
    amount_refunded: int
    currency: str
    disputed: bool
    card: Card
    settled: Settled | None
    at: datetime


@dataclass(frozen=True)
class Decline:
    """Why the newest try to pay failed, in the provider's word."""

    code: str
    card: Card
    charge_id: str


@dataclass(frozen=True)
class Intent:
    """A payment under way or done. ``client_secret`` lets its holder pay it, and is for the payer only."""

    id: str
    status: str
    amount: int
    amount_received: int
    currency: str
    order_id: str
    charge: Charge | None
    decline: Decline | None
    client_secret: str = field(repr=False)


@dataclass(frozen=True)
class Checkout:
    """A page of the provider on which an order is paid. ``status`` is open, complete or expired."""

    id: str
    status: str
    payment_status: str
    order_id: str
    intent_id: str
    url: str = field(repr=False)


@dataclass(frozen=True)
class RefundMade:
    id: str
    status: str
    amount: int
    currency: str
    charge_id: str
    intent_id: str
    refund_id: str  # ours, when we asked for it
    failure: str
    settled: Settled | None
    at: datetime


@dataclass(frozen=True)
class FraudWarned:
    """The card's bank thinks that its owner did not pay. ``actionable``: giving the money back still helps."""

    id: str
    kind: str
    charge_id: str
    actionable: bool
    at: datetime


@dataclass(frozen=True)
class DisputeSeen:
    """``moved`` are the withdrawals and reinstatements so far."""

    id: str
    status: str
    reason: str
    amount: int
    currency: str
    charge_id: str
    intent_id: str
    due_by: datetime | None
    moved: tuple[Settled, ...]
    at: datetime
    # How often evidence was handed in.
    submissions: int = 0


@dataclass(frozen=True)
class Told:
    """A verified event. ``about`` has the ids and states of its object and nothing else."""

    id: str
    kind: str
    at: datetime
    about: dict[str, Any]


def plain(thing: Any) -> dict[str, Any]:
    """Objects of the library know no ``get``."""
    plain: dict[str, Any] = thing.to_dict() if hasattr(thing, "to_dict") else thing
    return plain


def _id(thing: Any) -> str:
    """Of what may be an id, an expanded object or nothing."""
    return str(thing["id"]) if isinstance(thing, Mapping) else str(thing or "")


def moment_of(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, tz=UTC)


def settled_of(thing: Any) -> Settled | None:
    if not isinstance(thing, Mapping):
        return None
    rate = thing.get("exchange_rate")
    return Settled(
        id=str(thing["id"]),
        kind=str(thing.get("reporting_category") or thing["type"]),
        amount=thing["amount"],
        fee=thing["fee"],
        net=thing["net"],
        currency=thing["currency"],
        exchange_rate="" if rate is None else str(rate),
        source=_id(thing.get("source")),
        at=moment_of(thing["created"]),
    )


def _card(details: Any) -> Card:
    card = (details or {}).get("card") or {}
    return Card(card.get("fingerprint") or "", card.get("brand") or "", card.get("last4") or "")


def charge_of(thing: Mapping[str, Any]) -> Charge:
    return Charge(
        id=str(thing["id"]),
        intent_id=_id(thing.get("payment_intent")),
        amount=thing["amount"],
        amount_refunded=thing["amount_refunded"],
        currency=thing["currency"],
        disputed=bool(thing.get("disputed")),
        card=_card(thing.get("payment_method_details")),
        settled=settled_of(thing.get("balance_transaction")),
        at=moment_of(thing["created"]),
    )


def intent_of(answer: Any) -> Intent:
    thing = plain(answer)
    charge, failure = thing.get("latest_charge"), thing.get("last_payment_error")
    decline = None
    if failure:
        decline = Decline(
            code=str(failure.get("decline_code") or failure.get("code") or failure.get("type") or "declined"),
            card=_card(failure.get("payment_method")),
            charge_id=_id(failure.get("charge")),
        )
    return Intent(
        id=str(thing["id"]),
        status=thing["status"],
        amount=thing["amount"],
        amount_received=thing.get("amount_received") or 0,
        currency=thing["currency"],
        order_id=(thing.get("metadata") or {}).get("order_id", ""),
        charge=charge_of(charge) if isinstance(charge, Mapping) else None,
        decline=decline,
        client_secret=thing.get("client_secret") or "",
    )


def checkout_of(answer: Any) -> Checkout:
    thing = plain(answer)
    return Checkout(
        id=str(thing["id"]),
        status=thing.get("status") or "",
        payment_status=thing["payment_status"],
        order_id=(thing.get("metadata") or {}).get("order_id", ""),
        intent_id=_id(thing.get("payment_intent")),
        url=thing.get("url") or "",
    )


def refund_of(answer: Any) -> RefundMade:
    thing = plain(answer)
    return RefundMade(
        id=str(thing["id"]),
        status=thing.get("status") or "",
        amount=thing["amount"],
        currency=thing["currency"],
        charge_id=_id(thing.get("charge")),
        intent_id=_id(thing.get("payment_intent")),
        refund_id=(thing.get("metadata") or {}).get("refund_id", ""),
        failure=thing.get("failure_reason") or "",
        settled=settled_of(thing.get("balance_transaction")),
        at=moment_of(thing["created"]),
    )


def dispute_of(answer: Any) -> DisputeSeen:
    thing = plain(answer)
    details = thing.get("evidence_details") or {}
    due_by = details.get("due_by")
    moved = [settled_of(movement) for movement in thing.get("balance_transactions") or ()]
    return DisputeSeen(
        id=str(thing["id"]),
        status=thing["status"],
        reason=thing["reason"],
        amount=thing["amount"],
        currency=thing["currency"],
        charge_id=_id(thing["charge"]),
        intent_id=_id(thing.get("payment_intent")),
        due_by=moment_of(due_by) if due_by else None,
        moved=tuple(movement for movement in moved if movement is not None),
        at=moment_of(thing["created"]),
        submissions=details.get("submission_count") or 0,
    )


def warning_of(answer: Any) -> FraudWarned:
    thing = plain(answer)
    return FraudWarned(
        id=str(thing["id"]),
        kind=thing["fraud_type"],
        charge_id=_id(thing["charge"]),
        actionable=bool(thing["actionable"]),
        at=moment_of(thing["created"]),
    )


# What is kept of an event's object, by name: names, addresses and secrets of payers never are.
_KEPT = [
    "id",
    "object",
    "status",
    "payment_status",
    "amount",
    "amount_received",
    "amount_refunded",
    "amount_total",
    "currency",
    "created",
    "payment_intent",
    "charge",
    "latest_charge",
    "reason",
    "cancellation_reason",
    "client_reference_id",
    "livemode",
]


def event_about(thing: Mapping[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name in _KEPT:
        value = thing.get(name)
        if isinstance(value, Mapping):
            value = value.get("id")
        if isinstance(value, str):
            kept[name] = value[:120]
        elif isinstance(value, bool | int):
            kept[name] = value
    order_id = (thing.get("metadata") or {}).get("order_id")
    if isinstance(order_id, str):
        kept["order_id"] = order_id[:40]
    return json.loads(json.dumps(kept)) if kept else {}
