"""Coins spent on what is not a gift, and given back for it."""

import pytest
from django.utils import timezone

from core.errors import NotFound
from payments.disputes import dispute_open, dispute_won
from payments.earnings import earnings_release
from payments.errors import KeyUsedOtherwise, NotEnoughCoins, OwnChannel, WalletFrozen
from payments.ledger.folding import fold
from payments.models import CoinLot, EarningSource, Transaction, Wallet
from payments.spending import coins_spend, spend_refund
from streams.models import EndReason
from streams.services import stream_end
from tests.payments.books import buy, differences, entries_of, newest, owed, take_back
from tests.payments.test_coins_and_earnings import LATER, give

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def enter(bob, live_stream):
    def enter(coins=50, key="ticket-1", **changed):
        asked = {
            "source": EarningSource.TICKET, "payer_id": bob.party_id, "creator_id": live_stream.party_id,
            "stream_id": live_stream.pk, "coins": coins, "key": key, "content": {"coins": coins},
        }  # fmt: skip
        return coins_spend(**(asked | changed))

    return enter


def balance(user) -> int:
    return Wallet.objects.get(pk=user.party_id).balance_coins


def in_order() -> bool:
    fold()
    return differences() == []


def test_a_ticket_costs_coins_once_and_counts_on_no_board(bob, live_stream, enter):
    buy(bob, 100)
    paid = enter()
    assert (paid.balance_coins, paid.repeated) == (50, False)
    assert enter()._replace(repeated=False) == paid
    assert entries_of(paid.transaction_id) == {
        "wallet": 50, "coins_out": -50, "coins_sold": 75, "platform": -27, "pending": -48,
    }  # fmt: skip
    assert in_order()
    live_stream.refresh_from_db()
    assert live_stream.gifts_total_coins == 0
    with pytest.raises(KeyUsedOtherwise):
        enter(49)
    with pytest.raises(NotEnoughCoins) as short:
        enter(51, "ticket-2")
    assert short.value.details["missing_coins"] == 1
    with pytest.raises(OwnChannel):
        enter(1, "ticket-3", creator_id=bob.party_id)
    Wallet.objects.update(frozen=Wallet.Frozen.STAFF)
    with pytest.raises(WalletFrozen):
        enter(1, "ticket-4")


def test_its_coins_return_and_the_creators_part_goes(bob, alice, enter):
    buy(bob, 100)
    paid = enter()
    for _ in range(2):
        spend_refund(transaction_id=paid.transaction_id, key="back")
    assert entries_of(newest("spend_refunded").pk) == {
        "wallet": -50, "coins_out": 50, "coins_sold": -75, "platform": 27, "pending": 48,
    }  # fmt: skip
    assert (balance(bob), owed("pending", alice)) == (100, 0)
    assert Transaction.objects.filter(kind="spend_refunded").count() == 1
    assert take_back(CoinLot.objects.get().order_reference) == 149, "as if nothing had been"
    assert in_order()
    with pytest.raises(NotFound):
        spend_refund(transaction_id=CoinLot.objects.get().transaction_id, key="no spending")


def test_each_lot_gets_its_own(bob, enter):
    for order in ("order-1", "order-2", "order-3"):
        buy(bob, 40, order=order)
    paid = enter(100)
    spend_refund(transaction_id=paid.transaction_id, key="back")
    assert list(CoinLot.objects.order_by("id").values_list("gone", "is_open")) == [(0, True)] * 3
    assert in_order()


def test_what_the_creator_has_no_more_is_owed_and_then_ours(bob, alice, live_stream, enter, settings):
    settings.CREATOR_DEBT_MOST = 40
    buy(bob, 100)
    paid = enter()
    stream_end(stream_id=live_stream.pk, reason=EndReason.CREATOR)
    earnings_release(now=timezone.now() + LATER)
    spend_refund(transaction_id=paid.transaction_id, key="back")
    assert entries_of(newest("spend_refunded").pk) == {
        "wallet": -50, "coins_out": 50, "coins_sold": -75, "platform": 27, "debt": 40, "loss": 8,
    }  # fmt: skip
    assert in_order()


def test_coins_that_went_with_their_lot_stay_gone(bob, alice, enter):
    buy(bob, 40, order="order-1")
    buy(bob, 40, order="order-2")
    paid = enter()
    dispute_open(reference="d-1", order_reference="order-1")
    spend_refund(transaction_id=paid.transaction_id, key="back")
    assert balance(bob) == 40, "those of the second lot"
    assert owed("pending", alice) == 0
    dispute_won(reference="d-1")
    assert (balance(bob), owed("pending", alice)) == (40, 38), "what it takes and gives is of its own lot"
    assert in_order()


def test_at_another_place_in_the_lot_a_cent_is_ours(bob, live_stream, enter, catalogue):
    buy(bob, 100)
    paid = enter()
    give(bob, live_stream, catalogue["crown"])
    spend_refund(transaction_id=paid.transaction_id, key="back")
    assert entries_of(newest("spend_refunded").pk) == {
        "wallet": -50, "coins_out": 50, "coins_sold": -74, "platform": 26, "pending": 48,
    }  # fmt: skip
    assert in_order()
