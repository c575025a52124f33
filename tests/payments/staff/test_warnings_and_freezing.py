"""A bank's warning, what staff freeze, and what somebody whose wallet is frozen may do and reads."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from core.models import AuditEvent
from gifts.services import gift_send
from payments.errors import WalletFrozen
from payments.models import Wallet
from payments.orders.looking import orders_look
from payments.orders.models import EventState, Order, Payment, ProviderEvent
from payments.orders.webhooks import RETRY_SECONDS, events_handle
from payments.staff.errors import FreezeImpossible
from payments.staff.freezing import wallet_freeze, wallet_unfreeze
from payments.staff.models import FraudWarning, WalletFreeze
from payments.staff.tasks import staff_look
from payments.staff.warnings import warnings_look
from payments.tickets.prices import price_set
from streams.services import stream_create
from tests.conftest import viewer_of
from tests.payments.books import buy, request
from tests.payments.stripe.test_orders import order_coins, pay
from tests.payments.stripe.test_sandbox import DISPUTED, PAYS, WARNED


def told(sandbox, **how):
    assert set(sandbox.tell(**how)) <= {200}
    while events_handle():
        pass


def frozen(user):
    return Wallet.objects.get(pk=user.party_id).frozen


def freeze(user, admin, **more):
    wallet_freeze(party_id=user.party_id, reason="asked by police", actor_party_id=admin.party_id, **more)


def free(user, admin):
    wallet_unfreeze(party_id=user.party_id, reason="cleared", actor_party_id=admin.party_id)


def test_nobody_frees_their_own_wallet(admin, bob):
    freeze(admin, bob)
    with pytest.raises(FreezeImpossible) as refused:
        free(admin, admin)
    assert refused.value.details["reason"] == "own"
    assert frozen(admin) == Wallet.Frozen.STAFF


class TestWarnings:
    def test_the_object_is_fetched_the_wallet_frozen_and_staff_told(self, sandbox, bob, bobs, caplog):
        pay(sandbox, order_coins(bobs), WARNED)
        told(sandbox, change=lambda waiting: [*waiting, *waiting[::-1]])
        warning = FraudWarning.objects.get()
        assert (warning.kind, warning.actionable) == ("unauthorized_use_of_card", True)
        assert Payment.objects.get().warned_at == warning.told_at
        assert frozen(bob) == Wallet.Frozen.WARNING
        assert Wallet.objects.get().balance_coins == 500, "they are kept until somebody decides"
        assert any(asked.path.endswith(warning.provider_id) for asked in sandbox.asked)
        assert "warns of fraud" in caplog.text
        event = AuditEvent.objects.get(action="order.warned_of_fraud")
        assert event.target == f"order:{Order.objects.get().pk}"
        assert order_coins(bobs, 600).json()["code"] == "wallet_frozen"

    def test_one_of_which_nobody_told_us_is_found_by_the_clock(self, sandbox, bob, bobs):
        pay(sandbox, order_coins(bobs), WARNED)
        told(sandbox, only="payment_intent")
        assert frozen(bob) == ""
        staff_look()
        assert frozen(bob) == Wallet.Frozen.WARNING
        before = len(sandbox.asked)
        warnings_look()
        assert len(sandbox.asked) == before + 1, "what is known is not looked at again"
        assert FraudWarning.objects.count() == 1

    def test_it_comes_before_the_payment_is_booked(self, sandbox, bob, bobs):
        """Then it is of a charge that we do not know yet; the clock finds it."""
        pay(sandbox, order_coins(bobs), WARNED)
        told(sandbox, change=lambda waiting: [one for one in waiting if one.kind.startswith("radar")])
        assert ProviderEvent.objects.get().state == EventState.HANDLED
        assert not FraudWarning.objects.exists()
        pay_event_lost_but_asked = timezone.now() + timedelta(minutes=2)
        with time_machine.travel(pay_event_lost_but_asked):
            orders_look()
        staff_look()
        assert frozen(bob) == Wallet.Frozen.WARNING

    def test_a_provider_that_is_away_is_asked_again(self, sandbox, bob, bobs):
        pay(sandbox, order_coins(bobs), WARNED)
        told(sandbox, change=lambda waiting: [one for one in waiting if not one.kind.startswith("radar")])
        with sandbox.account.store.lock:
            warning = sandbox.account.store.all("radar.early_fraud_warning")[0]
            sandbox.outbox.put("radar.early_fraud_warning.created", warning)
        sandbox.tell()
        sandbox.faults = ["lose"] * 3
        events_handle()
        assert not FraudWarning.objects.exists()
        with time_machine.travel(timezone.now() + timedelta(seconds=RETRY_SECONDS[0] + 1)):
            events_handle()
        assert FraudWarning.objects.count() == 1

    def test_after_a_dispute_it_helps_no_more(self, sandbox, bob, bobs):
        pay(sandbox, order_coins(bobs), WARNED)
        told(sandbox)
        charge = sandbox.account.store.objects[Payment.objects.get().charge_id]
        with sandbox.account.store.lock:
            sandbox.account.dispute_open(charge)
        told(sandbox)
        assert not FraudWarning.objects.get().actionable


class TestFreezing:
    def test_a_frozen_wallet_buys_nothing_and_its_owner_reads_why(
        self, sandbox, bob, bobs, admin, browser_of, settings
    ):
        buy(bob, 100)
        freeze(bob, admin, told="We ask you to confirm who you are.")
        assert order_coins(bobs).json()["code"] == "wallet_frozen"
        settings.SUPPORT_CONTACT = "help@busk.example"
        page = browser_of(bob).get("/wallet").text
        assert "We ask you to confirm who you are." in page
        assert 'href="mailto:help@busk.example"' in page
        assert "asked by police" not in page
        event = AuditEvent.objects.get(action="wallet.frozen")
        assert (event.reason, event.actor_party_id, event.target) == (
            "asked by police",
            admin.party_id,
            f"wallet:{bob.party_id}",
        )
        free(bob, admin)
        assert frozen(bob) == ""
        assert order_coins(bobs).status_code == 201
        assert "frozen" not in browser_of(bob).get("/wallet").text
        assert AuditEvent.objects.filter(action="wallet.freed").count() == 1
        ended = WalletFreeze.objects.get()
        assert (ended.ended_by_id, ended.ended_reason) == (admin.party_id, "cleared")

    def test_somebody_without_coins_is_frozen_too(self, sandbox, bob, bobs, admin):
        freeze(bob, admin)
        assert order_coins(bobs).json()["code"] == "wallet_frozen"

    def test_a_frozen_wallet_gives_nothing(self, bob, admin, live_stream, catalogue):
        buy(bob, 100)
        freeze(bob, admin)
        with pytest.raises(WalletFrozen):
            gift_send(
                sender=viewer_of(bob),
                stream=live_stream,
                gift=catalogue["rose"],
                quantity=1,
                request_id=request(),
            )

    def test_a_frozen_wallet_buys_no_ticket(self, bob, bobs, admin, alice):
        buy(bob, 1000)
        stream = stream_create(creator=alice, title="For coins")[0]
        price_set(
            stream_id=stream.pk,
            amount=None,
            currency="",
            coins=100,
            pay_what_you_want=False,
            preview_seconds=60,
        )
        freeze(bob, admin)
        body = {"with": "coins", "request_id": str(request())}
        answer = bobs.post(f"/api/streams/{stream.pk}/ticket", body, format="json")
        assert answer.json()["code"] == "wallet_frozen"
        free(bob, admin)
        assert bobs.post(f"/api/streams/{stream.pk}/ticket", body, format="json").status_code == 201

    def test_a_lost_dispute_leaves_it_frozen_until_staff_decide(self, sandbox, bob, bobs, admin):
        pay(sandbox, order_coins(bobs), DISPUTED)
        told(sandbox)
        with pytest.raises(FreezeImpossible) as refused:
            free(bob, admin)
        assert refused.value.details["reason"] == "disputed"
        with sandbox.account.store.lock:
            sandbox.account.dispute_close(sandbox.account.store.all("dispute")[0], won=False)
        told(sandbox)
        assert frozen(bob) == Wallet.Frozen.DISPUTE
        free(bob, admin)
        assert frozen(bob) == ""

    def test_staff_freeze_longer_than_a_dispute_and_free_no_sooner(self, sandbox, bob, bobs, admin):
        pay(sandbox, order_coins(bobs), DISPUTED)
        told(sandbox)
        freeze(bob, admin)
        assert frozen(bob) == Wallet.Frozen.STAFF
        free(bob, admin)
        assert frozen(bob) == Wallet.Frozen.DISPUTE, "the dispute is open"
        freeze(bob, admin)
        with sandbox.account.store.lock:
            sandbox.account.dispute_close(sandbox.account.store.all("dispute")[0], won=True)
        told(sandbox)
        assert frozen(bob) == Wallet.Frozen.STAFF

    def test_staff_take_over_from_a_warning(self, sandbox, bob, bobs, admin):
        pay(sandbox, order_coins(bobs), WARNED)
        told(sandbox)
        freeze(bob, admin)
        assert frozen(bob) == Wallet.Frozen.STAFF
        assert WalletFreeze.objects.filter(ended_at=None).count() == 1
        free(bob, admin)
        assert frozen(bob) == ""

    def test_what_cannot_be(self, bob, admin):
        with pytest.raises(FreezeImpossible) as refused:
            free(bob, admin)
        assert refused.value.details["reason"] == "not_frozen"
        freeze(bob, admin)
        with pytest.raises(FreezeImpossible) as refused:
            freeze(bob, admin)
        assert refused.value.details["reason"] == "frozen"
        Wallet.objects.update(frozen=Wallet.Frozen.ERASED)
        for act in (freeze, free):
            with pytest.raises(FreezeImpossible) as refused:
                act(bob, admin)
            assert refused.value.details["reason"] == "erased"

    @pytest.mark.parametrize("card", [PAYS])
    def test_what_was_ordered_before_is_booked_all_the_same(self, sandbox, bob, bobs, admin, card):
        answer = order_coins(bobs)
        freeze(bob, admin)
        pay(sandbox, answer, card)
        told(sandbox)
        assert Wallet.objects.get().balance_coins == 500
