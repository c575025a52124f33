"""Refunds and disputes: from staff, from the provider's dashboard, from banks."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from core.errors import NotFound
from core.models import AuditEvent
from payments.errors import AmountInvalid, WalletFrozen
from payments.models import Dispute, DisputeState, EarningSource, Wallet
from payments.orders import refunds
from payments.orders.errors import NotRefundable
from payments.orders.models import (
    Chargeback,
    Order,
    OrderState,
    Payment,
    Receipt,
    ReceiptKind,
    Refund,
    RefundState,
)
from payments.orders.refunds import order_refund, refunds_look
from payments.orders.webhooks import events_handle
from payments.spending import coins_spend
from tests.payments.books import differences, entries_of, newest, owed
from tests.payments.stripe.test_orders import ORDERS, order_coins, pay
from tests.payments.stripe.test_sandbox import DISPUTED, PAYS, REFUND_FAILS


@pytest.fixture
def buy(sandbox, bobs):
    def buy(coins=1000, card=PAYS):
        answer = order_coins(bobs, coins)
        pay(sandbox, answer, card)
        told(sandbox)
        return Order.objects.get(pk=answer.json()["order"]["id"])

    return buy


def told(sandbox, **how):
    assert set(sandbox.tell(**how)) <= {200}
    while events_handle():
        pass


def charge_of(sandbox, order):
    return sandbox.account.store.objects[Payment.objects.get(order=order).charge_id]


def balance(user):
    return Wallet.objects.get(pk=user.party_id).balance_coins


def give_back(order, admin, amount=None, **how):
    return order_refund(
        order_id=order.pk, amount=amount, reason="bought by mistake", actor_party_id=admin.party_id, **how
    )


def spend(payer, creator, coins):
    """On something of this creator's, without a stream."""
    return coins_spend(
        source=EarningSource.TICKET, payer_id=payer.party_id, creator_id=creator.party_id, stream_id=None, coins=coins,
        key=f"spend:{uuid.uuid4()}", content={},
    )  # fmt: skip


class TestRefunds:
    def test_unspent_coins_go_and_their_price_comes_back(self, sandbox, bob, bobs, admin, buy):
        order = buy()
        refund = give_back(order, admin)
        assert (refund.state, refund.amount, refund.coins) == (RefundState.MADE, 1061, 1000)
        assert balance(bob) == 0
        assert charge_of(sandbox, order)["amount_refunded"] == 1061
        note = Receipt.objects.get(kind=ReceiptKind.CREDIT_NOTE)
        assert (note.code, note.gross, note.order_id) == ("C-0000001", 1061, order.pk)
        told(sandbox)
        assert Refund.objects.count() == Receipt.objects.filter(kind=ReceiptKind.CREDIT_NOTE).count() == 1
        card = bobs.get(f"{ORDERS}/{order.pk}").json()
        assert (card["state"], card["refunded"]) == ("paid", 1061)
        assert {receipt["kind"] for receipt in card["receipts"]} == {"receipt", "credit_note"}
        event = AuditEvent.objects.get(action="order.refund_asked")
        assert (event.reason, event.actor_party_id) == ("bought by mistake", admin.party_id)

    def test_parts_add_up_to_the_whole(self, sandbox, bob, admin, buy):
        order = buy()
        amounts = [give_back(order, admin, part).amount for part in (2, 353, 353, 353)]
        assert sum(amounts) == order.amount
        assert balance(bob) == 0
        assert charge_of(sandbox, order)["refunded"]
        with pytest.raises(NotRefundable):
            give_back(order, admin)

    def test_spent_coins_are_not_given_back(self, sandbox, bob, alice, admin, buy):
        order = buy()
        spend(bob, alice, 400)
        refund = give_back(order, admin)
        assert (refund.coins, refund.amount) == (600, 637)
        with pytest.raises(NotRefundable) as refused:
            give_back(order, admin)
        assert refused.value.details["reason"] == "spent"

    def test_what_cannot_be(self, sandbox, bob, bobs, admin, buy):
        order = buy()
        for wanted in (0, -1, 1, 1062):  # a coin costs more than a cent
            with pytest.raises(AmountInvalid):
                give_back(order, admin, wanted)
        unpaid = Order.objects.get(pk=order_coins(bobs, 600).json()["order"]["id"])
        with pytest.raises(NotRefundable):
            give_back(unpaid, admin)
        with pytest.raises(NotFound):
            order_refund(order_id=uuid.uuid4(), amount=None, reason="", actor_party_id=admin.party_id)
        Wallet.objects.update(frozen=Wallet.Frozen.STAFF)
        with pytest.raises(WalletFrozen):
            give_back(order, admin)
        assert not Refund.objects.exists()
        assert balance(bob) == 1000

    def test_a_provider_that_is_away_does_it_later_and_once(self, sandbox, bob, admin, buy):
        order = buy()
        sandbox.faults = ["lose"] * 3
        refund = give_back(order, admin)
        assert (refund.state, balance(bob)) == (RefundState.ASKED, 0), "they cannot be spent meanwhile"
        assert len(sandbox.account.store.all("refund")) == 1, "done, and the answer got lost"
        refunds_look()
        refund.refresh_from_db()
        assert refund.state == RefundState.MADE
        assert len(sandbox.account.store.all("refund")) == 1

    def test_a_crash_before_the_provider_was_asked(self, sandbox, bob, admin, buy, monkeypatch):
        order = buy()

        def dies(*, refund_id):
            raise SystemExit("power cut")

        with monkeypatch.context() as patch:
            patch.setattr(refunds, "refund_look", dies)
            with pytest.raises(SystemExit):
                give_back(order, admin)
        assert (Refund.objects.get().state, balance(bob)) == (RefundState.ASKED, 0)
        refunds_look()
        assert Refund.objects.get().state == RefundState.MADE

    def test_one_that_fails_days_later_gives_the_coins_again(self, sandbox, bob, admin, buy):
        order = buy(card=REFUND_FAILS)
        refund = give_back(order, admin)
        assert (refund.state, balance(bob)) == (RefundState.PENDING, 0)
        assert not Receipt.objects.filter(kind=ReceiptKind.CREDIT_NOTE).exists()
        made = sandbox.account.store.objects[refund.provider_id]
        with sandbox.account.store.lock:
            sandbox.account.refund_fail(made)
        told(sandbox, change=lambda waiting: [*waiting, *waiting])
        refund.refresh_from_db()
        assert (refund.state, refund.failure) == (RefundState.FAILED, "expired_or_canceled_card")
        assert balance(bob) == 1000
        assert entries_of(newest("refund_failed").pk) == {
            "provider": 1061, "coins_sold": -1061, "coins_out": 1000, "wallet": -1000,
        }  # fmt: skip
        assert AuditEvent.objects.filter(action="order.refund_failed").count() == 1

    def test_one_that_takes_days(self, sandbox, bob, admin, buy):
        order = buy(card=REFUND_FAILS)
        refund = give_back(order, admin)
        with sandbox.account.store.lock:
            sandbox.account.refund_finish(sandbox.account.store.objects[refund.provider_id])
        refunds_look()
        refund.refresh_from_db()
        assert refund.state == RefundState.MADE
        assert Receipt.objects.filter(kind=ReceiptKind.CREDIT_NOTE).count() == 1

    def test_one_that_the_provider_refuses_gives_the_coins_again(self, sandbox, bob, admin, buy):
        order = buy()
        charge = charge_of(sandbox, order)
        charge["disputed"] = True  # and nobody told us yet
        refund = give_back(order, admin)
        assert (refund.state, refund.failure, balance(bob)) == (RefundState.FAILED, "charge_disputed", 1000)

    def test_one_made_at_the_provider_itself(self, sandbox, sandbox_gateway, bob, buy, caplog):
        order = buy()
        sandbox_gateway.refund_create(
            refund_id=uuid.uuid4(), charge_id=Payment.objects.get(order=order).charge_id, amount=531
        )
        told(sandbox, change=lambda waiting: [*waiting[::-1], *waiting])
        refund = Refund.objects.get()
        assert (refund.state, refund.amount, refund.coins, refund.asked_by) == (
            RefundState.MADE,
            531,
            501,
            None,
        )
        assert balance(bob) == 499
        assert "past us" in caplog.text
        assert AuditEvent.objects.filter(action="order.refunded_past_us").count() == 1

    def test_and_of_coins_that_are_spent(self, sandbox, sandbox_gateway, bob, alice, buy):
        order = buy()
        spend(bob, alice, 900)
        sandbox_gateway.refund_create(
            refund_id=uuid.uuid4(), charge_id=Payment.objects.get(order=order).charge_id, amount=1061
        )
        told(sandbox)
        refund = Refund.objects.get()
        assert (refund.coins, refund.booked, balance(bob)) == (1000, 1061, 0)
        assert owed("pending", alice) == 0, "whoever may pay back there is staff"


class TestDisputes:
    def test_opened_the_wallet_is_frozen_and_the_coins_are_gone(self, sandbox, bob, bobs, buy):
        order = buy(card=DISPUTED)
        seen = Chargeback.objects.get()
        assert (seen.status, seen.reason, seen.amount) == ("needs_response", "fraudulent", 1061)
        assert seen.due_by is not None
        assert seen.due_by > timezone.now() + timedelta(days=6)
        assert Wallet.objects.get().frozen == Wallet.Frozen.DISPUTE
        assert balance(bob) == 0
        assert entries_of(newest("dispute_withdrawn").pk) == {
            "disputed": 1061,
            "loss": 1500,
            "provider": -2561,
        }
        assert order_coins(bobs, 600).json()["code"] == "wallet_frozen"
        assert order.state == OrderState.PAID

    @pytest.mark.parametrize("won", [True, False])
    @pytest.mark.parametrize("order_of_events", ["as they came", "reversed", "doubled", "at the end only"])
    def test_closed(self, sandbox, bob, buy, won, order_of_events):
        order = buy()
        with sandbox.account.store.lock:
            dispute = sandbox.account.dispute_open(charge_of(sandbox, order))
        changes = {
            "as they came": lambda waiting: waiting,
            "reversed": lambda waiting: waiting[::-1],
            "doubled": lambda waiting: [*waiting, *waiting],
            "at the end only": lambda waiting: waiting[-1:],
        }
        if order_of_events in {"as they came", "doubled"}:
            told(sandbox, change=changes[order_of_events])
        with sandbox.account.store.lock:
            sandbox.account.dispute_close(dispute, won=won)
        told(sandbox, change=changes[order_of_events])
        assert Dispute.objects.get().state == (DisputeState.WON if won else DisputeState.LOST)
        assert balance(bob) == (1000 if won else 0)
        assert Wallet.objects.get().frozen == ("" if won else Wallet.Frozen.DISPUTE)
        assert Chargeback.objects.get().closed_at is not None
        again = sandbox.account.store.objects[dispute["id"]]
        with sandbox.account.store.lock:
            sandbox.outbox.put("charge.dispute.created", again)
        told(sandbox)
        assert Dispute.objects.count() == Chargeback.objects.count() == 1

    def test_an_inquiry_moves_nothing(self, sandbox, bob, buy):
        order = buy()
        with sandbox.account.store.lock:
            dispute = sandbox.account.dispute_open(charge_of(sandbox, order), warning=True)
        told(sandbox)
        assert Chargeback.objects.get().status == "warning_needs_response"
        assert not Dispute.objects.exists()
        assert (balance(bob), Wallet.objects.get().frozen) == (1000, "")
        with sandbox.account.store.lock:
            sandbox.account.dispute_close(dispute, won=False)
        told(sandbox)
        assert Chargeback.objects.get().status == "warning_closed"
        assert not Dispute.objects.exists()

    def test_what_is_disputed_is_not_refunded_too(self, sandbox, bob, admin, buy):
        order = buy(card=DISPUTED)
        with pytest.raises(NotRefundable) as refused:
            give_back(order, admin)
        assert refused.value.details["reason"] == "disputed"

    def test_of_a_charge_that_is_not_ours(self, sandbox, db):
        store = sandbox.account.store
        with store.lock:
            charge = store.add("charge", "ch", amount=500, amount_refunded=0, currency="usd", payment_intent=None,
                               disputed=False)  # fmt: skip
            sandbox.account.dispute_open(charge)
        told(sandbox)
        assert not Chargeback.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_books_are_in_order_after_all_of_it(sandbox, sandbox_gateway, bob, admin, buy):
    give_back(buy(500), admin, 100)
    failing = buy(600, REFUND_FAILS)
    refund = give_back(failing, admin)
    with sandbox.account.store.lock:
        sandbox.account.refund_fail(sandbox.account.store.objects[refund.provider_id])
    told(sandbox)
    order = buy(700)
    with sandbox.account.store.lock:
        sandbox.account.dispute_close(sandbox.account.dispute_open(charge_of(sandbox, order)), won=True)
    told(sandbox)
    buy(800, DISPUTED)
    assert differences() == []
    told_by_provider = sandbox_gateway.movements(
        since=timezone.now() - timedelta(hours=1), until=timezone.now() + timedelta(hours=1)
    )
    assert sum(movement.net for movement in told_by_provider) == -owed("provider")
