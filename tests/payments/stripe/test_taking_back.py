"""Tips, tickets and spent coins go back: by staff, by the provider, by banks, in whole and in part."""

import uuid
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from gifts.selectors import stream_leaderboard
from payments.earnings import earnings_release
from payments.errors import AmountInvalid
from payments.ledger.folding import fold
from payments.models import Earning, EarningSource, Taking, Wallet
from payments.orders.errors import NotRefundable
from payments.orders.goods import GOODS, SPENT_GOODS, Goods, SpentGoods, sale_paid
from payments.orders.models import (
    Flow,
    Movement,
    Order,
    Payment,
    Purpose,
    Receipt,
    ReceiptKind,
    Refund,
    RefundState,
)
from payments.orders.movements import movements_fetch, provider_agrees
from payments.orders.services import Payer, Wanted, order_place
from payments.spending import coins_spend
from tests.payments.books import differences, entries_of, newest, owed
from tests.payments.stripe.test_money_back import balance, charge_of, give_back, told
from tests.payments.stripe.test_orders import order_coins, pay
from tests.payments.stripe.test_sandbox import PAYS, REFUND_FAILS
from tests.payments.test_coins_and_earnings import LATER, give

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def goods(monkeypatch) -> list[str]:
    """What tickets hear. Selling them is built elsewhere; the books are all that matters here."""
    heard: list[str] = []

    void, valid = (lambda _thing: heard.append("void")), (lambda _thing: heard.append("valid"))
    monkeypatch.setitem(GOODS, Purpose.TICKET, Goods(paid=sale_paid, taken=void, given_again=valid))
    monkeypatch.setitem(SPENT_GOODS, EarningSource.TICKET.value, SpentGoods(taken=void, given_again=valid))
    return heard


@pytest.fixture
def sell(sandbox, bob, alice, goods):
    def sell(amount=1000, card=PAYS) -> Order:
        wanted = Wanted(Purpose.TICKET, "Ticket", amount, "usd", creator_id=alice.party_id)
        begun = order_place(wanted, Payer(bob, Flow.CHECKOUT, "203.0.113.7", "http://busk.test/"))
        sandbox.open_page(begun.url, do="pay", card=card)
        told(sandbox)
        return Order.objects.get(pk=begun.order.pk)

    return sell


@pytest.fixture
def coins(sandbox, bobs):
    def coins(count=1000) -> Order:
        answer = order_coins(bobs, count)
        pay(sandbox, answer)
        told(sandbox)
        return Order.objects.get(pk=answer.json()["order"]["id"])

    return coins


@pytest.fixture(autouse=True)
def everything_agrees(request, sandbox):
    """After each test: the books with themselves, and with each line of the provider's."""
    yield
    told(sandbox)
    fold()
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        movements_fetch()
        assert Movement.objects.exists()
        assert list(provider_agrees()) == []
        assert differences() == []


def dispute(sandbox, order, **how):
    with sandbox.account.store.lock:
        opened = sandbox.account.dispute_open(charge_of(sandbox, order), **how)
    told(sandbox)
    return opened


def decide(sandbox, opened, *, won):
    with sandbox.account.store.lock:
        sandbox.account.dispute_close(opened, won=won)
    told(sandbox)


class TestRefunds:
    def test_in_three_steps_each_gives_their_part(self, sandbox, alice, admin, sell, goods):
        order = sell()
        for amount in (333, 333, 334):
            assert goods == [], "until all of it is back"
            assert give_back(order, admin, amount).state == RefundState.MADE
        assert entries_of(newest("refund").pk) == {
            "provider": -334, "platform": 16, "processing": 20, "pending": 298,
        }  # fmt: skip
        assert goods == ["void"]
        assert (owed("pending", alice), owed("platform"), -owed("processing")) == (0, 0, 59)
        assert charge_of(sandbox, order)["refunded"]
        notes = Receipt.objects.filter(kind=ReceiptKind.CREDIT_NOTE).order_by("number")
        assert [note.gross for note in notes] == [333, 333, 334]
        with pytest.raises(NotRefundable) as refused:
            give_back(order, admin)
        assert refused.value.details["reason"] == "given_back"

    def test_never_more_than_the_whole(self, admin, sell):
        order = sell()
        give_back(order, admin, 600)
        with pytest.raises(AmountInvalid) as refused:
            give_back(order, admin, 401)
        assert refused.value.details["left"] == 400
        assert Refund.objects.count() == 1

    def test_what_was_paid_out_to_the_creator_is_owed_and_then_ours(self, alice, admin, sell, settings):
        settings.CREATOR_DEBT_MOST = 800
        order = sell()
        earnings_release(now=timezone.now() + LATER)
        give_back(order, admin)
        assert entries_of(newest("refund").pk) == {
            "provider": -1000, "platform": 50, "processing": 59, "debt": 800, "loss": 91,
        }  # fmt: skip

    def test_one_that_fails_gives_all_again(self, sandbox, alice, admin, sell, goods):
        order = sell(card=REFUND_FAILS)
        refund = give_back(order, admin)
        assert (refund.state, goods) == (RefundState.PENDING, ["void"])
        assert owed("pending", alice) == 0
        with sandbox.account.store.lock:
            sandbox.account.refund_fail(sandbox.account.store.objects[refund.provider_id])
        told(sandbox, change=lambda waiting: [*waiting, *waiting])
        assert goods == ["void", "valid"]
        assert entries_of(newest("refund_failed").pk) == {
            "provider": 1000, "platform": -50, "processing": -59, "pending": -891,
        }  # fmt: skip
        again = Earning.objects.latest("id")
        assert (again.amount, again.source, again.gross) == (891, EarningSource.TICKET, 0)
        earnings_release(now=timezone.now() + LATER)
        assert owed("available", alice) == 891
        assert give_back(order, admin).amount == 1000, "and it can be tried again"

    def test_one_made_at_the_provider_itself(self, sandbox, sandbox_gateway, alice, sell, goods):
        order = sell()
        charge_id = Payment.objects.get(order=order).charge_id
        sandbox_gateway.refund_create(refund_id=uuid.uuid4(), charge_id=charge_id, amount=400)
        told(sandbox)
        assert (owed("pending", alice), goods) == (891 - 356, [])
        sandbox_gateway.refund_create(refund_id=uuid.uuid4(), charge_id=charge_id, amount=600)
        told(sandbox)
        assert (owed("pending", alice), goods) == (0, ["void"])

    def test_spent_coins_go_back_when_staff_say_so(
        self, bob, alice, admin, coins, live_stream, catalogue, goods
    ):
        order = coins()
        give(bob, live_stream, catalogue["mansion"], 4)
        fold()
        with pytest.raises(AmountInvalid):
            give_back(order, admin, order.amount)
        refund = give_back(order, admin, order.amount, include_spent=True)
        assert (refund.coins, refund.booked) == (1000, 1061)
        assert entries_of(newest("refund").pk) == {
            "wallet": 600, "coins_out": -600, "coins_sold": 637, "platform": 44, "pending": 380, "provider": -1061,
        }  # fmt: skip
        assert (balance(bob), Wallet.objects.get().frozen) == (0, "")
        fold()
        live_stream.refresh_from_db()
        assert live_stream.gifts_total_coins == 0
        assert stream_leaderboard(stream_id=live_stream.pk).places == []

    def test_what_was_spent_last_goes_first(self, bob, alice, admin, coins, live_stream, catalogue, goods):
        order = coins()
        give(bob, live_stream, catalogue["mansion"], 9)
        paid = coins_spend(
            source=EarningSource.TICKET, payer_id=bob.party_id, creator_id=alice.party_id, stream_id=None, coins=100,
            key="ticket", content={},
        )  # fmt: skip
        assert give_back(order, admin, 106, include_spent=True).coins == 99
        assert goods == [], "a coin of it is left"
        assert give_back(order, admin, 3, include_spent=True).coins == 2
        assert goods == ["void"]
        taken = Taking.objects.values_list("earning__transaction_id", "part").order_by("id")
        assert list(taken)[:2] == [(paid.transaction_id, 99), (paid.transaction_id, 1)]
        fold()
        live_stream.refresh_from_db()
        assert live_stream.gifts_total_coins == 899


class TestDisputes:
    def test_a_ticket_is_void_at_once_and_valid_again_when_it_is_won(
        self, sandbox, bob, alice, admin, sell, goods
    ):
        order = sell()
        opened = dispute(sandbox, order)
        assert goods == ["void"]
        assert Wallet.objects.get(pk=bob.party_id).frozen == Wallet.Frozen.DISPUTE
        assert entries_of(newest("dispute_opened").pk) == {
            "platform": 50, "processing": 59, "pending": 891, "disputed": -1000,
        }  # fmt: skip
        with pytest.raises(NotRefundable) as refused:
            give_back(order, admin)
        assert refused.value.details["reason"] == "disputed"
        decide(sandbox, opened, won=True)
        assert goods == ["void", "valid"]
        assert Wallet.objects.get(pk=bob.party_id).frozen == ""
        assert (owed("pending", alice), -owed("processing"), owed("disputed")) == (891, 0, 0)

    def test_lost_it_stays_void_and_nothing_is_left_to_refund(self, sandbox, admin, sell, goods):
        order = sell()
        decide(sandbox, dispute(sandbox, order), won=False)
        assert goods == ["void"]
        with pytest.raises(NotRefundable) as refused:
            give_back(order, admin)
        assert refused.value.details["reason"] == "given_back"
        assert (-owed("loss"), owed("disputed")) == (1500, 0)

    def test_a_part_takes_a_part_and_leaves_the_rest(self, sandbox, alice, admin, sell, goods):
        order = sell()
        decide(sandbox, dispute(sandbox, order, amount=400), won=False)
        assert (goods, owed("pending", alice)) == (["void"], 891 - 356)
        refund = give_back(order, admin)
        # The provider refuses a charge that was disputed, whatever is left of it.
        assert (refund.amount, refund.state, refund.failure) == (600, RefundState.FAILED, "charge_disputed")
        assert (owed("pending", alice), goods) == (891 - 356, ["void"])

    def test_a_part_of_coins_takes_those_that_are_unspent_first(
        self, sandbox, bob, alice, coins, live_stream, catalogue
    ):
        order = coins()
        give(bob, live_stream, catalogue["mansion"], 9)
        opened = dispute(sandbox, order, amount=212)
        # 100 unspent ones, and of the gift the rest of 200.
        assert entries_of(newest("dispute_opened").pk)["wallet"] == 100
        assert Taking.objects.get().part == 100
        fold()
        live_stream.refresh_from_db()
        assert (live_stream.gifts_total_coins, balance(bob)) == (800, 0)
        decide(sandbox, opened, won=True)
        fold()
        live_stream.refresh_from_db()
        assert (live_stream.gifts_total_coins, balance(bob)) == (900, 100)

    def test_a_ticket_paid_with_disputed_coins_is_void(self, sandbox, bob, alice, coins, goods):
        order = coins()
        coins_spend(
            source=EarningSource.TICKET, payer_id=bob.party_id, creator_id=alice.party_id, stream_id=None, coins=100,
            key="ticket", content={},
        )  # fmt: skip
        opened = dispute(sandbox, order)
        assert goods == ["void"]
        decide(sandbox, opened, won=True)
        assert goods == ["void", "valid"]

    def test_a_refund_that_nobody_told_of_is_seen_before_the_dispute(
        self, sandbox, sandbox_gateway, alice, sell
    ):
        order = sell()
        charge_id = Payment.objects.get(order=order).charge_id
        sandbox_gateway.refund_create(refund_id=uuid.uuid4(), charge_id=charge_id, amount=400)
        sandbox.lose()
        dispute(sandbox, order)
        assert Refund.objects.get().amount == 400
        assert entries_of(newest("dispute_opened").pk)["disputed"] == -600
