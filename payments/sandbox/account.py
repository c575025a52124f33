"""One account at the sandbox: what happens to checkouts, payments, refunds, disputes and the balance.

Each step leaves the objects as Stripe leaves them and tells of it by the events that Stripe sends.
"""

import math
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any

from payments.sandbox.cards import TestCard
from payments.sandbox.store import Store, Thing
from payments.sandbox.wire import Refused, only, text_of, whole

LEAST, MOST = 50, 99_999_999
CHECKOUT_SECONDS = (30 * 60, 24 * 3600)
DISPUTE_FEE, EVIDENCE_SECONDS = 1500, 7 * 24 * 3600
CLOSED = {"won", "lost", "warning_closed"}
# Of Stripe's fields those that are texts; source: https://docs.stripe.com/api/disputes/evidence_object
EVIDENCE = (
    "access_activity_log", "billing_address", "cancellation_policy_disclosure", "cancellation_rebuttal",
    "customer_email_address", "customer_name", "customer_purchase_ip", "duplicate_charge_explanation",
    "duplicate_charge_id", "product_description", "refund_policy_disclosure", "refund_refusal_explanation",
    "service_date", "uncategorized_text",
)  # fmt: skip
EVIDENCE_MOST = 150_000
# Processing: 2.9 % and 30 cents. Other currencies are settled in that of the account.
PER_MILLE, FIXED = 29, 30
CURRENCY = "usd"
RATES = {"usd": 1.0, "eur": 1.1, "gbp": 1.25, "chf": 1.15, "jpy": 0.64}

Tell = Callable[[str, Thing], None]


class Account:
    """``tell`` is called with each event's type and object, under the store's lock."""

    def __init__(
        self, store: Store, *, tell: Tell, address: str, clock: Callable[[], float] = time.time
    ) -> None:
        self.store, self._tell, self.address, self._clock = store, tell, address, clock

    # --- Checkouts -----------------------------------------------------------

    def checkout_create(self, given: Mapping[str, Any]) -> Thing:
        only(
            given, "mode", "client_reference_id", "metadata", "payment_intent_data", "line_items",
            "payment_method_types", "customer_email", "expires_at", "success_url", "cancel_url",
        )  # fmt: skip
        if given.get("mode") != "payment":
            raise Refused("Only mode=payment is known to the sandbox.", param="mode")
        lines = given.get("line_items")
        if not isinstance(lines, list) or not lines:
            raise Refused("Missing required param: line_items.", code="parameter_missing", param="line_items")
        amount, now = 0, self._now()
        for line in lines:
            price = line.get("price_data") or {}
            currency = _currency(price)
            name = text_of(price.get("product_data") or {}, "name")
            amount += whole(line, "quantity") * whole(price, "unit_amount")
        _amount(amount)
        expires_at = whole(given, "expires_at") if "expires_at" in given else now + CHECKOUT_SECONDS[1]
        # Stripe counts whole seconds from when it read the request.
        if not CHECKOUT_SECONDS[0] - 60 <= expires_at - now <= CHECKOUT_SECONDS[1]:
            raise Refused("expires_at must be 30 minutes to 24 hours from now.", param="expires_at")
        checkout = self.store.add(
            "checkout.session",
            "cs_test",
            mode="payment",
            status="open",
            payment_status="unpaid",
            amount_total=amount,
            currency=currency,
            client_reference_id=given.get("client_reference_id"),
            metadata=given.get("metadata") or {},
            payment_intent=None,
            customer_email=given.get("customer_email"),
            success_url=text_of(given, "success_url"),
            cancel_url=given.get("cancel_url"),
            created=now,
            expires_at=expires_at,
        )
        checkout["url"] = f"{self.address}/c/pay/{checkout['id']}"
        # For its page and its payment; Stripe shows neither here.
        checkout["_name"], checkout["_intent"] = name, given.get("payment_intent_data") or {}
        return checkout

    def checkout_expire(self, checkout: Thing) -> Thing:
        if checkout["status"] != "open":
            raise Refused(
                f'Only Checkout Sessions with a status in ["open"] can be expired. This one is {checkout["status"]}.'
            )
        checkout |= {"status": "expired", "url": None}
        if intent := self.store.get("payment_intent", checkout["payment_intent"] or ""):
            self.intent_cancel(intent, "abandoned")
        self._tell("checkout.session.expired", checkout)
        return checkout

    def checkout_pay(self, checkout: Thing, card: TestCard, *, later: bool = False) -> Thing:
        """Somebody gave this card on the page. Returns the payment: succeeded, requires_action, or declined.

        ``later`` is a way of paying whose money comes some days after: the page is done and nothing is paid.
        """
        if checkout["status"] != "open":
            raise Refused("This page is closed.", code="checkout_closed")
        intent = self.store.get("payment_intent", checkout["payment_intent"] or "")
        if intent is None:
            more = checkout["_intent"]
            intent = self._intent_add(
                amount=checkout["amount_total"],
                currency=checkout["currency"],
                metadata=more.get("metadata") or {},
                description=more.get("description"),
                transfer_group=more.get("transfer_group"),
            )
            checkout["payment_intent"] = intent["id"]
        if later:
            intent["status"] = "processing"
            checkout |= {"status": "complete", "url": None}
            self._tell("payment_intent.processing", intent)
            self._tell("checkout.session.completed", checkout)
            return intent
        self.intent_confirm(intent, card)
        return intent

    def checkout_settle(self, checkout: Thing, card: TestCard, *, paid: bool) -> None:
        """The money of a checkout that was paid ``later`` came, or did not."""
        intent = self.store.objects[checkout["payment_intent"]]
        if paid:
            self._succeed(intent, card)
            checkout["payment_status"] = "paid"
            self._tell("checkout.session.async_payment_succeeded", checkout)
        else:
            self._decline(intent, card, "payment_failed")
            self._tell("checkout.session.async_payment_failed", checkout)

    def checkouts_expire(self) -> None:
        """Close the pages whose time is over."""
        for checkout in self.store.all("checkout.session", status="open"):
            if checkout["expires_at"] <= self._now():
                self.checkout_expire(checkout)

    # --- Payments -----------------------------------------------------------

    def intent_create(self, given: Mapping[str, Any]) -> Thing:
        only(given, "amount", "currency", "description", "metadata", "transfer_group", "payment_method_types")
        amount = whole(given, "amount")
        _amount(amount)
        return self._intent_add(
            amount=amount,
            currency=_currency(given),
            metadata=given.get("metadata") or {},
            description=given.get("description"),
            transfer_group=given.get("transfer_group"),
        )

    def intent_confirm(self, intent: Thing, card: TestCard) -> Thing:
        """Pay by this card, as far as that goes without its owner's bank. Tells; never raises for a declined card."""
        if intent["status"] not in {"requires_payment_method", "requires_confirmation", "requires_action"}:
            raise Refused(
                f"This PaymentIntent has a status of {intent['status']}.",
                code="payment_intent_unexpected_state",
                payment_intent=intent,
            )
        if card.decline:
            self._decline(intent, card, card.decline)
        elif card.challenge:
            intent |= {
                "status": "requires_action",
                "_card": card.number,
                "last_payment_error": None,
                "next_action": {
                    "type": "redirect_to_url",
                    "redirect_to_url": {"url": f"{self.address}/3ds/{intent['id']}"},
                },
            }
            self._tell("payment_intent.requires_action", intent)
        else:
            self._succeed(intent, card)
        return intent

    def intent_answer(self, intent: Thing, card: TestCard, *, is_them: bool) -> Thing:
        """The bank asked its customer, who said yes or no."""
        if intent["status"] != "requires_action":
            raise Refused("Nothing was asked.", code="payment_intent_unexpected_state")
        if is_them:
            self._succeed(intent, card)
        else:
            self._decline(intent, card, "payment_intent_authentication_failure")
        return intent

    def intent_cancel(self, intent: Thing, reason: str | None = None) -> Thing:
        if intent["status"] in {"succeeded", "canceled", "processing"}:
            raise Refused(
                f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}.",
                code="payment_intent_unexpected_state",
            )
        intent |= {
            "status": "canceled",
            "canceled_at": self._now(),
            "cancellation_reason": reason,
            "next_action": None,
        }
        self._tell("payment_intent.canceled", intent)
        return intent

    # --- Refunds and disputes -----------------------------------------------------------

    def refund_create(self, given: Mapping[str, Any]) -> Thing:
        only(given, "charge", "payment_intent", "amount", "reason", "metadata")
        charge = self.store.get("charge", given.get("charge", ""))
        if charge is None:
            raise Refused(f"No such charge: '{given.get('charge')}'", code="resource_missing", status=404)
        left = charge["amount"] - charge["amount_refunded"]
        amount = whole(given, "amount") if "amount" in given else left
        if charge["disputed"]:
            raise Refused("This charge has been charged back.", code="charge_disputed")
        if left == 0:
            raise Refused(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
        if not 0 < amount <= left:
            raise Refused(
                f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})",
                param="amount",
            )
        refund = self.store.add(
            "refund",
            "re",
            amount=amount,
            currency=charge["currency"],
            charge=charge["id"],
            payment_intent=charge["payment_intent"],
            reason=given.get("reason"),
            metadata=given.get("metadata") or {},
            status="pending" if charge["_refund_fails"] else "succeeded",
            failure_reason=None,
            created=self._now(),
        )
        refund["balance_transaction"] = self._move("refund", refund, -amount, charge["currency"])
        self._refunded(charge, amount)
        self._tell("refund.created", refund)
        self._tell("charge.refunded", charge)
        return refund

    def refund_fail(self, refund: Thing) -> None:
        """The payer's bank sent it back, days later: the money is ours again."""
        if refund["status"] == "failed":
            raise Refused("It has failed already.")
        refund |= {"status": "failed", "failure_reason": "expired_or_canceled_card"}
        refund["failure_balance_transaction"] = self._move(
            "refund_failure", refund, refund["amount"], refund["currency"]
        )
        self._refunded(self.store.objects[refund["charge"]], -refund["amount"])
        self._tell("refund.updated", refund)
        self._tell("refund.failed", refund)

    def refund_finish(self, refund: Thing) -> None:
        refund["status"] = "succeeded"
        self._tell("refund.updated", refund)

    def dispute_open(
        self, charge: Thing, *, reason: str = "fraudulent", warning: bool = False, amount: int | None = None
    ) -> Thing:
        """The payer wants the money back from their bank. A ``warning`` is an inquiry: nothing is moved."""
        if charge["disputed"]:
            raise Refused("It is disputed already.")
        amount = amount or charge["amount"] - charge["amount_refunded"]
        dispute = self.store.add(
            "dispute",
            "du",
            amount=amount,
            currency=charge["currency"],
            charge=charge["id"],
            payment_intent=charge["payment_intent"],
            reason=reason,
            status="warning_needs_response" if warning else "needs_response",
            balance_transactions=[],
            evidence={},
            evidence_details={
                "due_by": self._now() + EVIDENCE_SECONDS,
                "has_evidence": False,
                "past_due": False,
                "submission_count": 0,
            },
            is_charge_refundable=warning,
            metadata={},
            created=self._now(),
        )
        charge["disputed"] = True
        self._warnings_follow(charge)
        self._tell("charge.dispute.created", dispute)
        if not warning:
            moved = self._move("adjustment", dispute, -amount, charge["currency"], fee=DISPUTE_FEE)
            dispute["balance_transactions"].append(self.store.objects[moved])
            self._tell("charge.dispute.funds_withdrawn", dispute)
        return dispute

    def dispute_answer(self, dispute: Thing, given: Mapping[str, Any]) -> Thing:
        """Our side: kept beside the dispute, or with ``submit`` handed in, after which it is closed for us.

        As in Stripe's test mode, two texts decide at once: ``winning_evidence`` and ``losing_evidence``.
        Source: https://docs.stripe.com/testing#evidence
        """
        only(given, "evidence", "submit", "metadata")
        evidence = given.get("evidence") or {}
        only(evidence, *EVIDENCE)
        if sum(len(text) for text in evidence.values()) > EVIDENCE_MOST:
            raise Refused("Evidence is 150,000 characters at most.", param="evidence")
        details = dispute["evidence_details"]
        if dispute["status"] in CLOSED or details["submission_count"]:
            raise Refused(
                "Evidence has been submitted, or the dispute is closed.", code="dispute_not_editable"
            )
        if details["due_by"] <= self._now():
            raise Refused("It is too late for evidence.", code="dispute_past_due")
        ours = dispute.setdefault("evidence", {})
        ours |= {name: text or None for name, text in evidence.items()}
        details["has_evidence"] = any(ours.values())
        if str(given.get("submit", "true")).lower() == "true":
            details["submission_count"] += 1
            warning = "warning_" if dispute["status"].startswith("warning") else ""
            dispute["status"] = f"{warning}under_review"
        self._tell("charge.dispute.updated", dispute)
        decided = {"winning_evidence": True, "losing_evidence": False}
        said = ours.get("uncategorized_text")
        if details["submission_count"] and said in decided:
            self.dispute_close(dispute, won=decided[said])
        return dispute

    def warning_issue(self, charge: Thing, *, kind: str = "unauthorized_use_of_card") -> Thing:
        """The card's bank thinks that its owner did not pay."""
        warning = self.store.add(
            "radar.early_fraud_warning",
            "issfr",
            actionable=_actionable(charge),
            charge=charge["id"],
            payment_intent=charge["payment_intent"],
            fraud_type=kind,
            created=self._now(),
        )
        self._tell("radar.early_fraud_warning.created", warning)
        return warning

    def dispute_close(self, dispute: Thing, *, won: bool) -> None:
        if dispute["status"] in CLOSED:
            raise Refused("It is closed.")
        if dispute["status"].startswith("warning"):
            dispute["status"] = "warning_closed"
        else:
            dispute["status"] = "won" if won else "lost"
            if won:
                moved = self._move("adjustment", dispute, dispute["amount"], dispute["currency"])
                dispute["balance_transactions"].append(self.store.objects[moved])
                self._tell("charge.dispute.funds_reinstated", dispute)
        self._tell("charge.dispute.closed", dispute)

    # --- Within -----------------------------------------------------------

    def _now(self) -> int:
        return math.floor(self._clock())

    def _intent_add(self, **fields: Any) -> Thing:
        intent = self.store.add(
            "payment_intent",
            "pi",
            status="requires_payment_method",
            amount_received=0,
            latest_charge=None,
            last_payment_error=None,
            next_action=None,
            created=self._now(),
            **fields,
        )
        intent["client_secret"] = f"{intent['id']}_secret_{secrets.token_hex(12)}"
        self._tell("payment_intent.created", intent)
        return intent

    def _charge_add(self, intent: Thing, card: TestCard, **fields: Any) -> Thing:
        return self.store.add(
            "charge",
            "ch",
            amount=intent["amount"],
            amount_refunded=0,
            currency=intent["currency"],
            payment_intent=intent["id"],
            metadata=intent["metadata"],
            disputed=False,
            refunded=False,
            payment_method_details={"type": "card", "card": _card(card)},
            created=self._now(),
            **fields,
        )

    def _decline(self, intent: Thing, card: TestCard, why: str) -> None:
        charge = self._charge_add(intent, card, status="failed", paid=False, balance_transaction=None)
        authentication = why == "payment_intent_authentication_failure"
        intent |= {
            "status": "requires_payment_method",
            "next_action": None,
            "latest_charge": charge["id"],
            "last_payment_error": {
                "type": "invalid_request_error" if authentication else "card_error",
                "code": why if authentication else "card_declined",
                "message": "The card was declined.",
                "charge": charge["id"],
                "payment_method": {
                    "id": f"pm_{secrets.token_hex(12)}",
                    "object": "payment_method",
                    "card": _card(card),
                },
            }
            | ({} if authentication else {"decline_code": why}),
        }
        self._tell("payment_intent.payment_failed", intent)

    def _succeed(self, intent: Thing, card: TestCard) -> None:
        charge = self._charge_add(
            intent, card, status="succeeded", paid=True, _refund_fails=card.refund_fails
        )
        charge["balance_transaction"] = self._move("charge", charge, intent["amount"], intent["currency"])
        intent |= {
            "status": "succeeded",
            "amount_received": intent["amount"],
            "latest_charge": charge["id"],
            "last_payment_error": None,
            "next_action": None,
        }
        self._tell("charge.succeeded", charge)
        self._tell("payment_intent.succeeded", intent)
        for checkout in self.store.all("checkout.session", payment_intent=intent["id"], status="open"):
            checkout |= {"status": "complete", "payment_status": "paid", "url": None}
            self._tell("checkout.session.completed", checkout)
        if card.warned:
            self.warning_issue(charge)
        if card.disputed:
            self.dispute_open(charge)

    def _refunded(self, charge: Thing, amount: int) -> None:
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]
        self._warnings_follow(charge)

    def _warnings_follow(self, charge: Thing) -> None:
        for warning in self.store.all("radar.early_fraud_warning", charge=charge["id"]):
            if warning["actionable"] is not _actionable(charge):
                warning["actionable"] = _actionable(charge)
                self._tell("radar.early_fraud_warning.updated", warning)

    def _move(self, kind: str, source: Thing, amount: int, currency: str, *, fee: int | None = None) -> str:
        """A line of the balance; processing is taken of charges and never given back."""
        rate = RATES.get(currency, 1.0) / RATES[CURRENCY]
        settled = round(amount * rate)
        if fee is None:
            fee = round(settled * PER_MILLE / 1000) + FIXED if kind == "charge" else 0
        categories = {"adjustment": "dispute" if amount < 0 else "dispute_reversal"}
        line = self.store.add(
            "balance_transaction",
            "txn",
            type=kind,
            reporting_category=categories.get(kind, kind),
            amount=settled,
            fee=fee,
            net=settled - fee,
            currency=CURRENCY,
            exchange_rate=None if currency == CURRENCY else rate,
            source=source["id"],
            status="pending",
            created=self._now(),
        )
        return str(line["id"])


def _actionable(charge: Thing) -> bool:
    return not (charge["refunded"] or charge["disputed"])


def _card(card: TestCard) -> Thing:
    return {
        "brand": card.brand,
        "last4": card.last4,
        "fingerprint": card.fingerprint,
        "country": "US",
        "funding": "credit",
        "exp_month": 12,
        "exp_year": 2034,
    }


def _currency(given: Mapping[str, Any]) -> str:
    currency = text_of(given, "currency")
    if currency not in RATES:
        raise Refused(f"Invalid currency: {currency}", code="parameter_invalid", param="currency")
    return currency


def _amount(amount: int) -> None:
    if amount < LEAST:
        raise Refused("Amount must convert to at least 50 cents.", code="amount_too_small", param="amount")
    if amount > MOST:
        raise Refused("Amount must be no more than $999,999.99", code="amount_too_large", param="amount")
