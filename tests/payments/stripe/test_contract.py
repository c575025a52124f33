"""Each call of the gateway has the shape that Stripe's specification asks for: stripe-mock says so, strictly.

It is stateless and checks no amount; what calls do is the sandbox's part.
"""

import uuid
from datetime import timedelta

import pytest
import requests
from django.utils import timezone

from payments.gateway import Gateway, GatewayError
from payments.provider import API_VERSION
from payments.staff.evidence import FIELDS

ORDER = uuid.UUID("0192f0c1-2a6b-7000-8000-000000000001")


@pytest.fixture
def gateway(stripe_mock: str) -> Gateway:
    return Gateway(address=stripe_mock, key="sk_test_123", webhook_secret="whsec_1")


def test_a_checkout_is_made_looked_at_and_closed(gateway):
    made = gateway.checkout_create(
        order_id=ORDER,
        amount=499,
        currency="usd",
        title="500 coins",
        expires_at=timezone.now() + timedelta(minutes=31),
        success_url="https://busk.example/wallet",
        cancel_url="https://busk.example/wallet",
        email="bob@example.com",
    )
    assert made.id.startswith("cs_")
    assert made.url.startswith("https://checkout.stripe.com/")
    assert made.payment_status == "unpaid"
    assert gateway.checkout_get("cs_1").id == "cs_1"
    assert gateway.checkout_expire("cs_1").id


def test_a_payment_is_made_looked_at_and_cancelled(gateway):
    made = gateway.intent_create(order_id=ORDER, amount=499, currency="usd", title="500 coins")
    assert made.amount == 499
    assert "_secret_" in made.client_secret
    assert made.client_secret not in repr(made)
    found = gateway.intent_get("pi_1")
    assert found.charge is not None
    assert found.charge.settled is not None, "the balance transaction comes along"
    assert found.charge.settled.currency == "usd"
    assert found.charge.card.fingerprint
    assert gateway.intent_cancel("pi_1").id


def test_refunds_and_disputes(gateway):
    made = gateway.refund_create(refund_id=ORDER, charge_id="ch_1", amount=100)
    assert (made.amount, made.status) == (100, "succeeded")
    assert [refund.currency for refund in gateway.refunds_of("ch_1")] == ["usd"]
    assert gateway.refund_get("re_1").charge_id.startswith("ch_")
    dispute = gateway.dispute_get("dp_1")
    assert dispute.due_by is not None
    assert dispute.status == "warning_needs_response"


@pytest.mark.parametrize("submit", [True, False])
def test_evidence(gateway, submit):
    """Every text that staff may fill in is one that the provider knows."""
    evidence = dict.fromkeys(FIELDS, "What happened.")
    answered = gateway.dispute_evidence(dispute_id="dp_1", evidence=evidence, submit=submit, key="evidence:1")
    assert answered.id.startswith("dp_")


def test_warnings_of_fraud(gateway):
    (listed,) = gateway.warnings(since=timezone.now() - timedelta(days=1))
    found = gateway.warning_get("issfr_1")
    assert listed.kind == found.kind
    assert found.charge_id.startswith("ch_")


def test_movements(gateway):
    now = timezone.now()
    assert [one.id[:4] for one in gateway.movements(since=now - timedelta(days=1), until=now)] == ["txn_"]


def test_the_check_is_strict(gateway, stripe_mock):
    """Else the tests above show nothing."""
    headers = {"Authorization": "Bearer sk_test_123", "Stripe-Version": "2019-01-01"}
    assert requests.get(f"{stripe_mock}/v1/charges/ch_1", headers=headers, timeout=5).status_code == 400
    headers["Stripe-Version"] = API_VERSION
    assert requests.get(f"{stripe_mock}/v1/charges/ch_1", headers=headers, timeout=5).status_code == 200
    body = {"amount": 499, "currency": "usd", "surprise": 1}
    answer = requests.post(f"{stripe_mock}/v1/payment_intents", body, headers=headers, timeout=5)
    assert answer.status_code == 400


def test_a_wrong_key_is_no_use(stripe_mock):
    stranger = Gateway(address=stripe_mock, key="nonsense", webhook_secret="whsec_1")
    with pytest.raises(GatewayError) as refused:
        stranger.refund_get("re_1")
    assert refused.value.permanent
