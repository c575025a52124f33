"""The only module that talks to Stripe: blocking calls, made from services and tasks, never in a transaction.

What Stripe answers becomes the small frozen objects below; the rest of Busk knows no other shape of it.
Source: https://docs.stripe.com/api (version ``API_VERSION``, which stripe-mock checks in the tests).
"""

import json
import os
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeVar, cast

import stripe
from django.db import connection, transaction

from core.errors import DomainError
from payments.provider import API_VERSION, Provider, provider

# The library's own 80 seconds would pin a worker to a server that hangs.
CONNECT_SECONDS, READ_SECONDS = 3.0, 15.0
RETRIES = 2
# How old, or how far ahead, a webhook's signature may be.
TOLERANCE_SECONDS = 300
PAGE = 100

AnswerT = TypeVar("AnswerT")

stripe.enable_telemetry = False


class GatewayError(DomainError):
    """The payment provider did not do it. ``permanent`` alone decides whether trying again is worth it.

    ``reason`` is the provider's own code, such as ``resource_missing``; people are told only that it failed.
    """

    code = "payment_provider_failed"
    http_status = 502

    def __init__(self, *, permanent: bool, reason: str) -> None:
        super().__init__(permanent=permanent)
        self.permanent, self.reason = permanent, reason

    def __str__(self) -> str:
        return f"{self.reason} ({'permanent' if self.permanent else 'worth another try'})"


class StripeWebhookRefused(DomainError):
    """Not signed by the provider with the secret it shares with us, too old, or not of our kind."""

    code = "webhook_refused"
    http_status = 401


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


class Gateway:
    """One account at Stripe, or at the sandbox, which speaks the same.

    Every call raises GatewayError. What creates something takes a key made of our row's id, so that whoever repeats it
    after a crash gets what was created the first time.
    """

    def __init__(self, *, address: str, key: str, webhook_secret: str) -> None:
        self._key, self._webhook_secret = key, webhook_secret
        self._api = stripe.StripeClient(
            key,
            stripe_version=API_VERSION,
            max_network_retries=RETRIES,  # without it a client does not retry at all
            base_addresses={"api": address},
            http_client=stripe.RequestsClient(timeout=(CONNECT_SECONDS, READ_SECONDS)),
        ).v1

    @property
    def livemode(self) -> bool:
        return "_live_" in self._key

    def checkout_create(
        self,
        *,
        order_id: uuid.UUID,
        amount: int,
        currency: str,
        title: str,
        expires_at: datetime,
        success_url: str,
        cancel_url: str,
        email: str,
    ) -> Checkout:
        """A page on which the order is paid by card."""
        metadata = {"order_id": str(order_id)}
        made = self._call(
            lambda: self._api.checkout.sessions.create(
                {
                    "mode": "payment",
                    "client_reference_id": str(order_id),
                    "metadata": metadata,
                    "payment_intent_data": {
                        "metadata": metadata,
                        "transfer_group": str(order_id),
                        "description": title,
                    },
                    "line_items": [
                        {
                            "quantity": 1,
                            "price_data": {
                                "currency": currency,
                                "unit_amount": amount,
                                "product_data": {"name": title},
                            },
                        }
                    ],
                    "payment_method_types": ["card"],
                    "customer_email": email,
                    "expires_at": int(expires_at.timestamp()),
                    "success_url": success_url,
                    "cancel_url": cancel_url,
                },
                {"idempotency_key": f"order:{order_id}:checkout"},
            )
        )
        return _checkout(made)

    def checkout_get(self, checkout_id: str) -> Checkout:
        return _checkout(self._call(lambda: self._api.checkout.sessions.retrieve(checkout_id)))

    def checkout_expire(self, checkout_id: str) -> Checkout:
        """Nobody pays on this page any more. One that was paid or has expired is answered as it is."""
        try:
            return _checkout(self._call(lambda: self._api.checkout.sessions.expire(checkout_id)))
        except GatewayError as refused:
            if not refused.permanent:
                raise
            return self.checkout_get(checkout_id)

    def intent_create(self, *, order_id: uuid.UUID, amount: int, currency: str, title: str) -> Intent:
        """A payment that an app confirms by its ``client_secret``."""
        made = self._call(
            lambda: self._api.payment_intents.create(
                {
                    "amount": amount,
                    "currency": currency,
                    "description": title,
                    "metadata": {"order_id": str(order_id)},
                    "transfer_group": str(order_id),
                    "payment_method_types": ["card"],
                },
                {"idempotency_key": f"order:{order_id}:intent"},
            )
        )
        return _intent(made)

    def intent_get(self, intent_id: str) -> Intent:
        """With its charge and what that did to our balance."""
        return _intent(
            self._call(
                lambda: self._api.payment_intents.retrieve(
                    intent_id, {"expand": ["latest_charge.balance_transaction"]}
                )
            )
        )

    def intent_cancel(self, intent_id: str) -> Intent:
        """Nobody pays it any more. One that is paid, or cancelled already, is answered as it is."""
        try:
            return _intent(self._call(lambda: self._api.payment_intents.cancel(intent_id)))
        except GatewayError as refused:
            if not refused.permanent:
                raise
            return self.intent_get(intent_id)

    def refund_create(self, *, refund_id: uuid.UUID, charge_id: str, amount: int) -> RefundMade:
        made = self._call(
            lambda: self._api.refunds.create(
                {
                    "charge": charge_id,
                    "amount": amount,
                    "reason": "requested_by_customer",
                    "metadata": {"refund_id": str(refund_id)},
                    "expand": ["balance_transaction"],
                },
                {"idempotency_key": f"refund:{refund_id}"},
            )
        )
        return _refund(made)

    def refund_get(self, refund_id: str) -> RefundMade:
        return _refund(
            self._call(lambda: self._api.refunds.retrieve(refund_id, {"expand": ["balance_transaction"]}))
        )

    def refunds_of(self, charge_id: str) -> list[RefundMade]:
        """All of a charge, whoever made them."""
        return [
            _refund(found)
            for found in self._all(
                lambda after: self._api.refunds.list(
                    cast(
                        "Any",
                        {"charge": charge_id, "limit": PAGE, "expand": ["data.balance_transaction"], **after},
                    )
                )
            )
        ]

    def charge_get(self, charge_id: str) -> Charge:
        return _charge(
            _plain(
                self._call(lambda: self._api.charges.retrieve(charge_id, {"expand": ["balance_transaction"]}))
            )
        )

    def dispute_get(self, dispute_id: str) -> DisputeSeen:
        return _dispute(self._call(lambda: self._api.disputes.retrieve(dispute_id)))

    def dispute_evidence(
        self, *, dispute_id: str, evidence: Mapping[str, str], submit: bool, key: str
    ) -> DisputeSeen:
        """Put our side of a dispute beside it, or with ``submit`` before the bank, which is done once.

        ``key`` is of what is said, so that saying it again after a lost answer is one submission.
        Source: https://docs.stripe.com/api/disputes/update
        """
        return _dispute(
            self._call(
                lambda: self._api.disputes.update(
                    dispute_id,
                    cast("Any", {"evidence": dict(evidence), "submit": submit}),
                    {"idempotency_key": key},
                )
            )
        )

    def warning_get(self, warning_id: str) -> FraudWarned:
        return _warning(self._call(lambda: self._api.radar.early_fraud_warnings.retrieve(warning_id)))

    def warnings(self, *, since: datetime) -> Iterator[FraudWarned]:
        """All that came since then, newest first."""
        span = {"gte": int(since.timestamp())}
        for found in self._all(
            lambda after: self._api.radar.early_fraud_warnings.list(
                cast("Any", {"created": span, "limit": PAGE, **after})
            )
        ):
            yield _warning(found)

    def movements(self, *, since: datetime, until: datetime) -> Iterator[Settled]:
        """Everything that moved our balance in this time: what the books are compared with."""
        span = {"gte": int(since.timestamp()), "lt": int(until.timestamp())}
        for found in self._all(
            lambda after: self._api.balance_transactions.list(
                cast("Any", {"created": span, "limit": PAGE, **after})
            )
        ):
            settled = _settled(_plain(found))
            assert settled is not None
            yield settled

    def event_verify(self, *, body: bytes, signature: str) -> Told:
        """What was signed for us, of the version and the mode we speak. Raises: StripeWebhookRefused.

        The library refuses old timestamps and takes those of the future and events of any version.
        """
        try:
            event: Any = stripe.Webhook.construct_event(
                body, signature, self._webhook_secret, tolerance=TOLERANCE_SECONDS
            ).to_dict()
            signed_at = max(int(part[2:]) for part in signature.split(",") if part.startswith("t="))
            about, kind = event["data"]["object"], str(event["type"])
            told = Told(str(event["id"]), kind, _at(event["created"]), _about(about))
        except (stripe.StripeError, ValueError, KeyError, TypeError, AttributeError) as error:
            # A true signature over what is no event is no error of the library's own.
            raise StripeWebhookRefused(reason="signature") from error
        if signed_at > time.time() + TOLERANCE_SECONDS:
            raise StripeWebhookRefused(reason="signature")
        if event.get("api_version") != API_VERSION:
            raise StripeWebhookRefused(reason="api_version")
        if event.get("livemode") is not self.livemode:
            raise StripeWebhookRefused(reason="livemode")
        return told

    def _all(self, page: Callable[[dict[str, Any]], Any]) -> Iterator[Any]:
        after: dict[str, Any] = {}
        while True:
            answer = self._call(lambda after=after: page(after))  # type: ignore[misc]
            yield from answer.data
            if not answer.has_more or not answer.data:
                return
            after = {"starting_after": answer.data[-1].id}

    def _call(self, ask: Callable[[], AnswerT]) -> AnswerT:
        _refuse_transactions()
        try:
            return ask()
        except stripe.StripeError as error:
            raise _as_ours(error) from error


def gateway() -> Gateway:
    """The provider of the settings. Raises: PaymentsOff."""
    found = provider()
    return _gateway(found, os.getpid())


@lru_cache(maxsize=4)
def _gateway(found: Provider, _pid: int) -> Gateway:
    """One for each process: connections do not survive a fork."""
    return Gateway(address=found.address, key=found.key, webhook_secret=found.webhook_secret)


def _as_ours(error: stripe.StripeError) -> GatewayError:
    reason = str(error.code or type(error).__name__)
    status = error.http_status or 0
    away = isinstance(error, stripe.APIConnectionError | stripe.RateLimitError) or status >= 500
    in_use = status == 409  # another process asks the same at this moment
    return GatewayError(permanent=not (away or in_use), reason=reason)


def _refuse_transactions() -> None:
    """A slow provider would hold its locks. The transaction that a test wraps around itself does not count."""
    if any(not getattr(block, "_from_testcase", False) for block in connection.atomic_blocks):
        raise transaction.TransactionManagementError("Stripe was called in a transaction")


def _plain(thing: Any) -> dict[str, Any]:
    """Objects of the library know no ``get``."""
    plain: dict[str, Any] = thing.to_dict() if hasattr(thing, "to_dict") else thing
    return plain


def _id(thing: Any) -> str:
    """Of what may be an id, an expanded object or nothing."""
    return str(thing["id"]) if isinstance(thing, Mapping) else str(thing or "")


def _at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, tz=UTC)


def _settled(thing: Any) -> Settled | None:
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
        at=_at(thing["created"]),
    )


def _card(details: Any) -> Card:
    card = (details or {}).get("card") or {}
    return Card(card.get("fingerprint") or "", card.get("brand") or "", card.get("last4") or "")


def _charge(thing: Mapping[str, Any]) -> Charge:
    return Charge(
        id=str(thing["id"]),
        intent_id=_id(thing.get("payment_intent")),
        amount=thing["amount"],
        amount_refunded=thing["amount_refunded"],
        currency=thing["currency"],
        disputed=bool(thing.get("disputed")),
        card=_card(thing.get("payment_method_details")),
        settled=_settled(thing.get("balance_transaction")),
        at=_at(thing["created"]),
    )


def _intent(answer: Any) -> Intent:
    thing = _plain(answer)
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
        charge=_charge(charge) if isinstance(charge, Mapping) else None,
        decline=decline,
        client_secret=thing.get("client_secret") or "",
    )


def _checkout(answer: Any) -> Checkout:
    thing = _plain(answer)
    return Checkout(
        id=str(thing["id"]),
        status=thing.get("status") or "",
        payment_status=thing["payment_status"],
        order_id=(thing.get("metadata") or {}).get("order_id", ""),
        intent_id=_id(thing.get("payment_intent")),
        url=thing.get("url") or "",
    )


def _refund(answer: Any) -> RefundMade:
    thing = _plain(answer)
    return RefundMade(
        id=str(thing["id"]),
        status=thing.get("status") or "",
        amount=thing["amount"],
        currency=thing["currency"],
        charge_id=_id(thing.get("charge")),
        intent_id=_id(thing.get("payment_intent")),
        refund_id=(thing.get("metadata") or {}).get("refund_id", ""),
        failure=thing.get("failure_reason") or "",
        settled=_settled(thing.get("balance_transaction")),
        at=_at(thing["created"]),
    )


def _dispute(answer: Any) -> DisputeSeen:
    thing = _plain(answer)
    details = thing.get("evidence_details") or {}
    due_by = details.get("due_by")
    moved = [_settled(movement) for movement in thing.get("balance_transactions") or ()]
    return DisputeSeen(
        id=str(thing["id"]),
        status=thing["status"],
        reason=thing["reason"],
        amount=thing["amount"],
        currency=thing["currency"],
        charge_id=_id(thing["charge"]),
        intent_id=_id(thing.get("payment_intent")),
        due_by=_at(due_by) if due_by else None,
        moved=tuple(movement for movement in moved if movement is not None),
        at=_at(thing["created"]),
        submissions=details.get("submission_count") or 0,
    )


def _warning(answer: Any) -> FraudWarned:
    thing = _plain(answer)
    return FraudWarned(
        id=str(thing["id"]),
        kind=thing["fraud_type"],
        charge_id=_id(thing["charge"]),
        actionable=bool(thing["actionable"]),
        at=_at(thing["created"]),
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


def _about(thing: Mapping[str, Any]) -> dict[str, Any]:
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
