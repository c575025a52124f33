"""The only module that talks to Stripe: blocking calls, made from services and tasks, never in a transaction.

Answers are read in ``payments.answers``.
"""

import os
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeVar, cast

import stripe
from django.db import connection, transaction

from core.errors import DomainError
from payments.answers import (
    Checkout,
    DisputeSeen,
    FraudWarned,
    Intent,
    RefundMade,
    Settled,
    Told,
    checkout_of,
    dispute_of,
    event_about,
    intent_of,
    moment_of,
    plain,
    refund_of,
    settled_of,
    warning_of,
)
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
        return checkout_of(made)

    def checkout_get(self, checkout_id: str) -> Checkout:
        return checkout_of(self._call(lambda: self._api.checkout.sessions.retrieve(checkout_id)))

    def checkout_expire(self, checkout_id: str) -> Checkout:
        """Nobody pays on this page any more. One that was paid or has expired is answered as it is."""
        try:
            return checkout_of(self._call(lambda: self._api.checkout.sessions.expire(checkout_id)))
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
        return intent_of(made)

    def intent_get(self, intent_id: str) -> Intent:
        """With its charge and what that did to our balance."""
        return intent_of(
            self._call(
                lambda: self._api.payment_intents.retrieve(
                    intent_id, {"expand": ["latest_charge.balance_transaction"]}
                )
            )
        )

    def intent_cancel(self, intent_id: str) -> Intent:
        """Nobody pays it any more. One that is paid, or cancelled already, is answered as it is."""
        try:
            return intent_of(self._call(lambda: self._api.payment_intents.cancel(intent_id)))
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
        return refund_of(made)

    def refund_get(self, refund_id: str) -> RefundMade:
        return refund_of(
            self._call(lambda: self._api.refunds.retrieve(refund_id, {"expand": ["balance_transaction"]}))
        )

    def refunds_of(self, charge_id: str) -> list[RefundMade]:
        """All of a charge, whoever made them."""
        return [
            refund_of(found)
            for found in self._all(
                lambda after: self._api.refunds.list(
                    cast(
                        "Any",
                        {"charge": charge_id, "limit": PAGE, "expand": ["data.balance_transaction"], **after},
                    )
                )
            )
        ]

    def dispute_get(self, dispute_id: str) -> DisputeSeen:
        return dispute_of(self._call(lambda: self._api.disputes.retrieve(dispute_id)))

    def dispute_evidence(
        self, *, dispute_id: str, evidence: Mapping[str, str], submit: bool, key: str
    ) -> DisputeSeen:
        """Put our side of a dispute beside it, or with ``submit`` before the bank, which is done once.

        ``key`` is of what is said, so that saying it again after a lost answer is one submission.
        Source: https://docs.stripe.com/api/disputes/update
        """
        return dispute_of(
            self._call(
                lambda: self._api.disputes.update(
                    dispute_id,
                    cast("Any", {"evidence": dict(evidence), "submit": submit}),
                    {"idempotency_key": key},
                )
            )
        )

    def warning_get(self, warning_id: str) -> FraudWarned:
        return warning_of(self._call(lambda: self._api.radar.early_fraud_warnings.retrieve(warning_id)))

    def warnings(self, *, since: datetime) -> Iterator[FraudWarned]:
        """All that came since then, newest first."""
        span = {"gte": int(since.timestamp())}
        for found in self._all(
            lambda after: self._api.radar.early_fraud_warnings.list(
                cast("Any", {"created": span, "limit": PAGE, **after})
            )
        ):
            yield warning_of(found)

    def movements(self, *, since: datetime, until: datetime) -> Iterator[Settled]:
        """Everything that moved our balance in this time: what the books are compared with."""
        span = {"gte": int(since.timestamp()), "lt": int(until.timestamp())}
        for found in self._all(
            lambda after: self._api.balance_transactions.list(
                cast("Any", {"created": span, "limit": PAGE, **after})
            )
        ):
            settled = settled_of(plain(found))
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
            told = Told(str(event["id"]), kind, moment_of(event["created"]), event_about(about))
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
