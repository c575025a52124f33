"""The sandbox as the gateway and a browser see it."""

import threading
import uuid
from datetime import timedelta

import pytest
import requests
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.utils import timezone

from core.errors import NotSupported
from payments.gateway import Gateway, GatewayError, StripeWebhookRefused
from payments.provider import payments_mode, provider, sandbox_secret
from payments.sandbox.outbox import Outbox, over_http
from payments.sandbox.pages import BANNER
from payments.sandbox.server import Sandbox, sandbox_start
from payments.sandbox.store import Store
from payments.sandbox.wire import fields_of

PAYS, CHALLENGE, DECLINED, POOR, DISPUTED, REFUND_FAILS, WARNED = (
    "4242424242424242",
    "4000002760003184",
    "4000000000000002",
    "4000000000009995",
    "4000000000000259",
    "4000000000005126",
    "4000000000005423",
)


def checkout(gateway, *, order_id=None, amount=1000, currency="usd", minutes=31):
    return gateway.checkout_create(
        order_id=order_id or uuid.uuid4(),
        amount=amount,
        currency=currency,
        title="1,000 coins",
        expires_at=timezone.now() + timedelta(minutes=minutes),
        success_url="http://busk.test/wallet?order=1",
        cancel_url="http://busk.test/wallet?cancelled=1",
        email="bob@example.com",
    )


def paid(sandbox, gateway, **more):
    """A payment by checkout, in full."""
    made = checkout(gateway, **more)
    sandbox.open_page(made.url, do="pay", card=PAYS)
    return gateway.intent_get(gateway.checkout_get(made.id).intent_id)


def kinds(sandbox):
    return [event["type"] for event in sandbox.outbox.told]


def test_a_card_pays_and_stripe_keeps_its_part(sandbox, sandbox_gateway):
    order_id = uuid.uuid4()
    made = checkout(sandbox_gateway, order_id=order_id)
    page = sandbox.open_page(made.url)
    assert page.status_code == 200
    assert BANNER in page.text
    assert "10.00 USD" in page.text
    answer = sandbox.open_page(made.url, do="pay", card=PAYS)
    assert (answer.status_code, answer.headers["Location"]) == (303, "http://busk.test/wallet?order=1")
    done = sandbox_gateway.checkout_get(made.id)
    assert (done.status, done.payment_status, done.order_id) == ("complete", "paid", str(order_id))
    intent = sandbox_gateway.intent_get(done.intent_id)
    assert (intent.status, intent.amount_received, intent.order_id) == ("succeeded", 1000, str(order_id))
    settled = intent.charge.settled
    assert (settled.amount, settled.fee, settled.net, settled.currency) == (1000, 59, 941, "usd")
    assert intent.charge.card.last4 == "4242"
    assert kinds(sandbox)[-2:] == ["payment_intent.succeeded", "checkout.session.completed"]


def test_another_currency_is_settled_in_that_of_the_account(sandbox, sandbox_gateway):
    settled = paid(sandbox, sandbox_gateway, currency="eur").charge.settled
    assert (settled.amount, settled.currency, settled.exchange_rate) == (1100, "usd", "1.1")


@pytest.mark.parametrize(("card", "code"), [(DECLINED, "generic_decline"), (POOR, "insufficient_funds")])
def test_a_declined_card_may_be_followed_by_a_good_one(sandbox, sandbox_gateway, card, code):
    made = checkout(sandbox_gateway)
    refused = sandbox.open_page(made.url, do="pay", card=card)
    assert refused.status_code == 200, "the page says it"
    assert "declined" in refused.text
    intent = sandbox_gateway.intent_get(sandbox_gateway.checkout_get(made.id).intent_id)
    assert (intent.decline.code, intent.decline.card.last4) == (code, card[-4:])
    assert intent.status == "requires_payment_method"
    assert sandbox.open_page(made.url, do="pay", card=PAYS).status_code == 303
    assert sandbox_gateway.intent_get(intent.id).decline is None
    assert kinds(sandbox).count("payment_intent.payment_failed") == 1


@pytest.mark.parametrize(("answer", "status"), [("yes", "succeeded"), ("no", "requires_payment_method")])
def test_the_bank_asks_first(sandbox, sandbox_gateway, answer, status):
    made = checkout(sandbox_gateway)
    asked = sandbox.open_page(made.url, do="pay", card=CHALLENGE)
    question = sandbox.address + asked.headers["Location"]
    assert BANNER in sandbox.open_page(question).text
    intent_id = sandbox_gateway.checkout_get(made.id).intent_id
    assert sandbox_gateway.intent_get(intent_id).status == "requires_action"
    sandbox.open_page(question, do=answer)
    assert sandbox_gateway.intent_get(intent_id).status == status
    assert sandbox.open_page(question).status_code == 409, "asked once"


def test_a_page_is_paid_once_and_may_be_left(sandbox, sandbox_gateway):
    made = checkout(sandbox_gateway)
    left = sandbox.open_page(made.url, do="cancel")
    assert left.headers["Location"] == "http://busk.test/wallet?cancelled=1"
    assert sandbox_gateway.checkout_get(made.id).status == "open", "left, not closed, as at Stripe"
    for _ in range(3):
        assert sandbox.open_page(made.url, do="pay", card=PAYS).status_code == 303
    assert kinds(sandbox).count("charge.succeeded") == 1


def test_a_page_that_was_closed_takes_no_money(sandbox, sandbox_gateway):
    made = checkout(sandbox_gateway)
    assert sandbox_gateway.checkout_expire(made.id).status == "expired"
    assert sandbox_gateway.checkout_expire(made.id).status == "expired", "closing again changes nothing"
    assert sandbox.open_page(made.url, do="pay", card=PAYS).status_code == 410
    assert "charge.succeeded" not in kinds(sandbox)
    assert kinds(sandbox).count("checkout.session.expired") == 1


def test_an_app_pays_by_its_secret(sandbox, sandbox_gateway):
    made = sandbox_gateway.intent_create(order_id=uuid.uuid4(), amount=500, currency="usd", title="500 coins")
    key = sandbox_secret("pk_test_")

    def confirm(secret, card):
        return requests.post(
            f"{sandbox.address}/v1/payment_intents/{made.id}/confirm",
            {"client_secret": secret, "payment_method": card},
            auth=(key, ""),
            timeout=5,
        )

    assert confirm("pi_guess_secret_guess", "pm_card_visa").status_code == 403
    refused = confirm(made.client_secret, "pm_card_chargeDeclined")
    assert (refused.status_code, refused.json()["error"]["code"]) == (402, "card_declined")
    assert confirm(made.client_secret, "pm_card_threeDSecure2Required").json()["status"] == "requires_action"
    assert confirm(made.client_secret, "pm_card_visa").json()["status"] == "succeeded"
    assert confirm(made.client_secret, "pm_card_visa").status_code == 400, "paid once"
    assert sandbox_gateway.intent_cancel(made.id).status == "succeeded", "too late to cancel"
    public = requests.get(f"{sandbox.address}/v1/payment_intents/{made.id}", auth=(key, ""), timeout=5)
    assert public.status_code == 403


def test_the_same_key_is_the_same_thing_and_nothing_else(sandbox, sandbox_gateway):
    order_id, refund_id = uuid.uuid4(), uuid.uuid4()
    same = [
        sandbox_gateway.intent_create(order_id=order_id, amount=500, currency="usd", title="x").id
        for _ in range(3)
    ]
    assert len(set(same)) == 1
    with pytest.raises(GatewayError) as refused:
        sandbox_gateway.intent_create(order_id=order_id, amount=501, currency="usd", title="x")
    assert refused.value.permanent
    charge = paid(sandbox, sandbox_gateway).charge
    refunds = {
        sandbox_gateway.refund_create(refund_id=refund_id, charge_id=charge.id, amount=400).id
        for _ in range(3)
    }
    assert len(refunds) == 1
    assert sandbox_gateway.intent_get(charge.intent_id).charge.amount_refunded == 400


def test_lost_answers_are_asked_for_again_with_the_same_key(sandbox, sandbox_gateway):
    order_id = uuid.uuid4()
    sandbox.faults = ["lose", 500]
    made = sandbox_gateway.intent_create(order_id=order_id, amount=500, currency="usd", title="x")
    assert len(sandbox.account.store.all("payment_intent")) == 1
    assert {asked.headers["idempotency-key"] for asked in sandbox.asked} == {f"order:{order_id}:intent"}
    assert len(sandbox.asked) == 3
    sandbox.faults = ["lose"] * 3
    with pytest.raises(GatewayError) as away:
        sandbox_gateway.intent_create(order_id=uuid.uuid4(), amount=500, currency="usd", title="x")
    assert not away.value.permanent
    assert sandbox_gateway.intent_get(made.id).id == made.id


def test_refunds(sandbox, sandbox_gateway):
    charge = paid(sandbox, sandbox_gateway).charge
    part = sandbox_gateway.refund_create(refund_id=uuid.uuid4(), charge_id=charge.id, amount=300)
    assert (part.status, part.settled.amount, part.settled.fee) == ("succeeded", -300, 0)
    with pytest.raises(GatewayError) as refused:
        sandbox_gateway.refund_create(refund_id=uuid.uuid4(), charge_id=charge.id, amount=701)
    assert refused.value.permanent
    sandbox_gateway.refund_create(refund_id=uuid.uuid4(), charge_id=charge.id, amount=700)
    assert [refund.amount for refund in sandbox_gateway.refunds_of(charge.id)] == [700, 300]
    assert kinds(sandbox).count("charge.refunded") == 2


def test_a_refund_may_fail_days_later(sandbox, sandbox_gateway):
    made = checkout(sandbox_gateway)
    sandbox.open_page(made.url, do="pay", card=REFUND_FAILS)
    charge = sandbox_gateway.intent_get(sandbox_gateway.checkout_get(made.id).intent_id).charge
    refund = sandbox_gateway.refund_create(refund_id=uuid.uuid4(), charge_id=charge.id, amount=1000)
    assert refund.status == "pending"
    sandbox.account.refund_fail(sandbox.account.store.objects[refund.id])
    assert sandbox_gateway.refunds_of(charge.id)[0].failure == "expired_or_canceled_card"
    assert sandbox_gateway.intent_get(charge.intent_id).charge.amount_refunded == 0


@pytest.mark.parametrize("won", [True, False])
def test_disputes_take_the_money_and_a_fee_until_they_are_won(sandbox, sandbox_gateway, won):
    charge = paid(sandbox, sandbox_gateway).charge
    opened = sandbox.account.dispute_open(sandbox.account.store.objects[charge.id])
    seen = sandbox_gateway.dispute_get(opened["id"])
    assert (seen.status, seen.charge_id, seen.amount) == ("needs_response", charge.id, 1000)
    assert [(moved.amount, moved.fee) for moved in seen.moved] == [(-1000, 1500)]
    with pytest.raises(GatewayError):
        sandbox_gateway.refund_create(refund_id=uuid.uuid4(), charge_id=charge.id, amount=1)
    sandbox.account.dispute_close(opened, won=won)
    seen = sandbox_gateway.dispute_get(opened["id"])
    assert seen.status == ("won" if won else "lost")
    assert sum(moved.amount for moved in seen.moved) == (0 if won else -1000)


def answer(gateway, dispute, text="It was them.", *, submit=True, key="one"):
    return gateway.dispute_evidence(
        dispute_id=dispute["id"], evidence={"uncategorized_text": text}, submit=submit, key=key
    )


def test_evidence_is_put_beside_a_dispute_and_handed_in_once(sandbox, sandbox_gateway):
    charge = paid(sandbox, sandbox_gateway).charge
    dispute = sandbox.account.dispute_open(sandbox.account.store.objects[charge.id])
    assert answer(sandbox_gateway, dispute, submit=False).status == "needs_response"
    assert dispute["evidence"] == {"uncategorized_text": "It was them."}
    assert answer(sandbox_gateway, dispute, key="two").status == "under_review"
    assert answer(sandbox_gateway, dispute, key="two").status == "under_review", "a repeat is the same answer"
    assert dispute["evidence_details"]["submission_count"] == 1
    with pytest.raises(GatewayError) as refused:
        answer(sandbox_gateway, dispute, "And another thing.", key="three")
    assert refused.value.permanent
    assert kinds(sandbox).count("charge.dispute.updated") == 2
    with pytest.raises(GatewayError):
        sandbox_gateway.dispute_evidence(dispute_id=dispute["id"], evidence={"x": "y"}, submit=False, key="4")


@pytest.mark.parametrize(("text", "status"), [("winning_evidence", "won"), ("losing_evidence", "lost")])
def test_two_texts_decide_a_dispute_at_once(sandbox, sandbox_gateway, text, status):
    charge = paid(sandbox, sandbox_gateway).charge
    dispute = sandbox.account.dispute_open(sandbox.account.store.objects[charge.id])
    assert answer(sandbox_gateway, dispute, text).status == status


def test_evidence_that_comes_too_late(sandbox, sandbox_gateway):
    charge = paid(sandbox, sandbox_gateway).charge
    dispute = sandbox.account.dispute_open(sandbox.account.store.objects[charge.id])
    dispute["evidence_details"]["due_by"] = 1
    with pytest.raises(GatewayError) as refused:
        answer(sandbox_gateway, dispute)
    assert refused.value.reason == "dispute_past_due"


def test_a_bank_warns_until_it_is_too_late_for_that(sandbox, sandbox_gateway):
    made = checkout(sandbox_gateway)
    sandbox.open_page(made.url, do="pay", card=WARNED)
    charge = sandbox_gateway.intent_get(sandbox_gateway.checkout_get(made.id).intent_id).charge
    (warning,) = sandbox_gateway.warnings(since=timezone.now() - timedelta(minutes=1))
    assert (warning.charge_id, warning.kind, warning.actionable) == (
        charge.id,
        "unauthorized_use_of_card",
        True,
    )
    assert kinds(sandbox).count("radar.early_fraud_warning.created") == 1
    sandbox_gateway.refund_create(refund_id=uuid.uuid4(), charge_id=charge.id, amount=charge.amount)
    assert not sandbox_gateway.warning_get(warning.id).actionable


def test_whoever_tries_busk_can_dispute_on_a_page(sandbox, sandbox_gateway):
    charge = paid(sandbox, sandbox_gateway).charge
    sandbox.open_page(f"{sandbox.address}/disputes/{charge.id}", do="it")
    dispute = sandbox.account.store.all("dispute")[0]
    page = sandbox.open_page(sandbox.address + "/").text
    assert BANNER in page
    assert charge.id in page
    sandbox.open_page(f"{sandbox.address}/disputes/{dispute['id']}/lost", do="it")
    assert dispute["status"] == "lost"


def test_the_balance_can_be_read_page_by_page(sandbox, sandbox_gateway, monkeypatch):
    monkeypatch.setattr("payments.gateway.PAGE", 2)
    for _ in range(5):
        paid(sandbox, sandbox_gateway)
    now = timezone.now()
    moved = list(sandbox_gateway.movements(since=now - timedelta(hours=1), until=now + timedelta(hours=1)))
    assert [one.net for one in moved] == [941] * 5
    assert len({one.id for one in moved}) == 5
    assert list(sandbox_gateway.movements(since=now - timedelta(days=2), until=now - timedelta(days=1))) == []


@pytest.mark.parametrize("amount", [0, -500, 49])
def test_amounts_that_stripe_refuses(sandbox, sandbox_gateway, amount):
    with pytest.raises(GatewayError) as refused:
        sandbox_gateway.intent_create(order_id=uuid.uuid4(), amount=amount, currency="usd", title="x")
    assert refused.value.reason == "amount_too_small"
    with pytest.raises(GatewayError):
        checkout(sandbox_gateway, amount=amount)
    with pytest.raises(GatewayError):
        checkout(sandbox_gateway, currency="zzz")
    with pytest.raises(GatewayError):
        checkout(sandbox_gateway, minutes=10)


def test_calls_in_a_transaction_are_refused(sandbox, sandbox_gateway, db):
    with transaction.atomic(), pytest.raises(transaction.TransactionManagementError):
        sandbox_gateway.intent_get("pi_1")
    assert sandbox.asked == []


def test_strangers_and_other_versions_are_refused(sandbox):
    url = f"{sandbox.address}/v1/payment_intents/pi_1"
    assert requests.get(url, headers={"Authorization": "Bearer sk_test_guess"}, timeout=5).status_code == 401
    mine = {"Authorization": f"Bearer {sandbox_secret('sk_test_')}"}
    assert requests.get(url, headers=mine, timeout=5).status_code == 404
    assert requests.get(url, headers=mine | {"Stripe-Version": "2019-01-01"}, timeout=5).status_code == 400
    surprise = requests.post(url.rsplit("/", 1)[0], {"amount": 500, "surprise": 1}, headers=mine, timeout=5)
    assert surprise.json()["error"]["code"] == "parameter_unknown"


def test_it_refuses_to_run_where_people_are(settings, tmp_path):
    settings.DEBUG = False
    settings.PAYMENTS = "sandbox"
    with pytest.raises(ImproperlyConfigured):
        Sandbox(send=lambda body, signature: 200)
    with pytest.raises(ImproperlyConfigured):
        payments_mode()
    with pytest.raises(ImproperlyConfigured):
        provider()


def test_off_is_off(settings):
    settings.PAYMENTS = "off"
    with pytest.raises(NotSupported):
        provider()


def test_what_it_remembers_outlives_it_and_nobody_else_may_read_it(tmp_path):
    path = tmp_path / "sandbox" / "state.json"
    store = Store(path)
    thing = store.add("charge", "ch", amount=5)
    store.keep()
    assert Store(path).get("charge", thing["id"]) == thing
    assert path.stat().st_mode & 0o077 == 0


def test_nested_fields():
    assert fields_of("a[b][0][c]=1&a[b][1][c]=2&d=&e[]=x&e[]=y&expand[0]=p.q") == {
        "a": {"b": [{"c": "1"}, {"c": "2"}]},
        "d": "",
        "e": ["y"],
        "expand": ["p.q"],
    }


class TestSignatures:
    @pytest.fixture
    def event(self, sandbox, sandbox_gateway):
        checkout(sandbox_gateway)
        paid(sandbox, sandbox_gateway)
        return sandbox.outbox.take()[-1]

    def test_a_true_one_is_taken(self, sandbox, sandbox_gateway, event):
        told = sandbox_gateway.event_verify(body=event.body, signature=sandbox.outbox.signature(event.body))
        assert (told.id, told.kind) == (event.told["id"], "checkout.session.completed")
        assert told.about["payment_status"] == "paid"

    def test_what_is_kept_of_it_names_nobody_and_opens_nothing(self, sandbox, sandbox_gateway, event):
        told = sandbox_gateway.event_verify(body=event.body, signature=sandbox.outbox.signature(event.body))
        assert b"bob@example.com" in event.body
        assert "bob@example.com" not in str(told)
        assert "url" not in str(told)
        assert "secret" not in str(told)

    def test_two_secrets_at_once_while_one_replaces_the_other(self, sandbox, sandbox_gateway, event):
        good = sandbox.outbox.signature(event.body)
        stamp = good.split(",")[0][2:]
        other = sandbox.outbox.signature(event.body, at=int(stamp), secret="whsec_old").split(",")[1]
        assert sandbox_gateway.event_verify(body=event.body, signature=f"{good},{other}").id

    @pytest.mark.parametrize(
        "change",
        ["body", "secret", "old", "future", "missing", "garbage", "not_json", "no_event", "list", "not_text"],
    )
    def test_nothing_else_is(self, sandbox, sandbox_gateway, event, change):
        sign, body, now = sandbox.outbox.signature, event.body, timezone.now().timestamp()
        changed = {
            "body": (body.replace(b"1000", b"9000"), sign(body)),
            "secret": (body, sign(body, secret="whsec_guess")),
            "old": (body, sign(body, at=now - 301)),
            "future": (body, sign(body, at=now + 400)),
            "missing": (body, ""),
            "garbage": (body, "t=,v1=,,"),
            "not_json": (b"hello", sign(b"hello")),
            "no_event": (b"{}", sign(b"{}")),
            "list": (b"[1]", sign(b"[1]")),
            "not_text": (b"\xff\xfe", sign(b"\xff\xfe")),
        }[change]
        with pytest.raises(StripeWebhookRefused):
            sandbox_gateway.event_verify(body=changed[0], signature=changed[1])

    @pytest.mark.parametrize(
        ("old", "new"),
        [(b'"livemode": false', b'"livemode": true'), (b"2026-08-26.dahlia", b"2020-01-01")],
    )
    def test_other_modes_and_versions_are_not_ours(self, sandbox, sandbox_gateway, event, old, new):
        body = event.body.replace(old, new)
        assert body != event.body
        with pytest.raises(StripeWebhookRefused) as refused:
            sandbox_gateway.event_verify(body=body, signature=sandbox.outbox.signature(body))
        assert refused.value.details["reason"] in {"livemode", "api_version"}

    def test_a_gateway_without_a_secret_takes_nothing(self, sandbox, event):
        careless = Gateway(address=sandbox.address, key="sk_test_1", webhook_secret="")
        with pytest.raises(StripeWebhookRefused):
            careless.event_verify(body=event.body, signature=sandbox.outbox.signature(event.body, secret=""))


class TestSendingByItself:
    def test_what_is_not_taken_is_sent_again_until_it_is(self, sandbox, monkeypatch):
        monkeypatch.setattr("payments.sandbox.outbox.RETRY_SECONDS", (0.01, 0.01, 0.01))
        answers, taken, done = [500, OSError("nobody there"), 200], [], threading.Event()

        def send(body, signature):
            taken.append((body, signature))
            answer = answers[len(taken) - 1]
            if isinstance(answer, OSError):
                raise answer
            if answer == 200:
                done.set()
            return answer

        outbox = Outbox(secret="whsec_1", send=send)
        outbox.start()
        outbox.put("charge.succeeded", {"id": "ch_1", "object": "charge"})
        assert done.wait(timeout=10)
        outbox.stop()
        assert len({body for body, _signature in taken}) == 1, "the same event"
        assert outbox.take() == []

    def test_it_gives_up_in_the_end(self, sandbox, monkeypatch, caplog):
        monkeypatch.setattr("payments.sandbox.outbox.RETRY_SECONDS", (0.01,))
        tries, enough = [], threading.Event()

        def send(body, signature):
            tries.append(body)
            if len(tries) == 2:
                enough.set()
            return 500

        outbox = Outbox(secret="whsec_1", send=send)
        outbox.start()
        outbox.put("charge.succeeded", {"id": "ch_1", "object": "charge"})
        assert enough.wait(timeout=10)
        outbox.stop()
        assert len(tries) == 2

    def test_over_http(self, sandbox):
        """To an address that answers 404 to it, and to one where nobody is."""
        assert over_http(f"{sandbox.address}/nowhere")(b"{}", "t=1,v1=x") == 404
        with pytest.raises(OSError, match="refused"):
            over_http("http://127.0.0.1:1/")(b"{}", "t=1,v1=x")


def test_a_restart_finds_the_port_and_the_pages_again(settings, tmp_path):
    settings.DEBUG, settings.PAYMENTS, settings.VAR_DIR = True, "sandbox", tmp_path
    first = sandbox_start(host="127.0.0.1", busk_port=1)
    made = checkout(Gateway(address=first.address, key=sandbox_secret("sk_test_"), webhook_secret="whsec_1"))
    assert provider().address == first.address
    first.stop()
    second = sandbox_start(host="127.0.0.1", busk_port=1)
    try:
        assert second.address == first.address
        assert requests.get(made.url.replace("localhost", "127.0.0.1"), timeout=5).status_code == 200
    finally:
        second.stop()
