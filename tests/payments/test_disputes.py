"""A bank wants money back: who gives what, and what a won dispute brings back."""

from datetime import timedelta

import pytest
from django.utils import timezone

from core.errors import NotFound
from core.models import AuditEvent
from gifts.selectors import stream_leaderboard
from payments.disputes import dispute_lost, dispute_open, dispute_withdrawn, dispute_won
from payments.earnings import earnings_release
from payments.errors import DisputeDecided, KeyUsedOtherwise, WalletFrozen
from payments.ledger.folding import fold
from payments.models import Dispute, Transaction, Wallet
from streams.models import EndReason
from streams.services import stream_end
from tests.payments.books import buy, differences, entries_of, newest, owed, take_back
from tests.payments.test_coins_and_earnings import LATER, give, tip

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def half_spent(bob, live_stream, catalogue):
    """bob bought 100 coins for 1.49 and gave alice 50 of them."""
    lot = buy(bob, 100, order="order-1")
    give(bob, live_stream, catalogue["crown"])
    fold()
    return lot


def opened() -> dict[str, int]:
    dispute_open(reference="d-1", order_reference="order-1")
    return entries_of(newest("dispute_opened").pk)


def test_unspent_coins_go_and_what_is_pending_is_taken(half_spent, bob, alice, live_stream, catalogue):
    assert opened() == {
        "wallet": 50, "coins_out": -50, "coins_sold": 74, "platform": 27, "pending": 48, "disputed": -149,
    }  # fmt: skip
    wallet = Wallet.objects.get(pk=bob.party_id)
    assert (wallet.balance_coins, wallet.frozen) == (0, Wallet.Frozen.DISPUTE)
    buy(bob, 10)
    with pytest.raises(WalletFrozen):
        give(bob, live_stream, catalogue["rose"])
    fold()
    live_stream.refresh_from_db()
    assert live_stream.gifts_total_coins == 0
    assert stream_leaderboard(stream_id=live_stream.pk).places == []
    assert owed("pending", alice) == 0
    assert differences() == []


def test_the_pages_example_with_debt_and_loss(half_spent, bob, alice, live_stream, settings):
    # Released, so that nothing of it is pending; then 25 cents come in, and 99.90 are owed already.
    stream_end(stream_id=live_stream.pk, reason=EndReason.CREATOR)
    earnings_release(now=timezone.now() + LATER)
    settings.FEE_PERCENT = 0
    tip(alice, None, 25, processing=0)
    settings.CREATOR_DEBT_MOST = 10
    assert opened() == {
        "wallet": 50, "coins_out": -50, "coins_sold": 74, "platform": 27, "pending": 25, "debt": 10, "loss": 13,
        "disputed": -149,
    }  # fmt: skip
    assert owed("debt", alice) == -10
    fold()
    assert differences() == []


def test_the_cap_is_for_all_disputes_together(bob, charlie, alice, live_stream, catalogue, settings):
    settings.CREATOR_DEBT_MOST = 60
    for number, user in enumerate((bob, charlie)):
        buy(user, 50, order=f"order-{number}")
        give(user, live_stream, catalogue["crown"])
    stream_end(stream_id=live_stream.pk, reason=EndReason.CREATOR)
    earnings_release(now=timezone.now() + LATER)
    for number in range(2):
        dispute_open(reference=f"d-{number}", order_reference=f"order-{number}")
    assert owed("debt", alice) == -60
    assert -owed("loss") == 2 * 48 - 60
    fold()
    assert differences() == []


def test_the_withdrawal_closes_the_bridge_whichever_comes_first(half_spent):
    opened()
    for _ in range(2):
        dispute_withdrawn(reference="d-1", amount=149, fee=1500, key="event-1")
    assert entries_of(newest("dispute_withdrawn").pk) == {"disputed": 149, "loss": 1500, "provider": -1649}
    assert owed("disputed") == 0
    dispute_lost(reference="d-1")
    assert owed("disputed") == 0
    fold()
    assert differences() == []


def test_a_cent_of_another_currency_may_be_nothing_and_its_fee_is_not(half_spent):
    opened()
    dispute_withdrawn(reference="d-1", amount=0, fee=1500, key="event-1")
    assert entries_of(newest("dispute_withdrawn").pk) == {"loss": 1500, "provider": -1500}
    dispute_withdrawn(reference="d-1", amount=0, fee=0, key="event-2")
    assert not Transaction.objects.filter(idempotency_key="event-2").exists()
    assert differences() == []


@pytest.mark.parametrize("lost_first", [True, False])
def test_what_exchange_rates_moved_is_a_loss(half_spent, lost_first):
    opened()
    steps = [
        lambda: dispute_withdrawn(reference="d-1", amount=151, fee=0, key="event-1"),
        lambda: dispute_lost(reference="d-1"),
    ]
    for step in reversed(steps) if lost_first else steps:
        step()
    assert (owed("disputed"), -owed("loss")) == (0, 2)
    assert Wallet.objects.get().frozen == Wallet.Frozen.DISPUTE
    assert differences() == []


def test_a_won_dispute_gives_everything_back(half_spent, bob, alice, live_stream, catalogue):
    before = {
        kind: owed(kind) for kind in ("wallet", "coins_out", "coins_sold", "pending", "platform", "loss")
    }
    opened()
    for _ in range(2):
        dispute_won(reference="d-1")
    assert {kind: owed(kind) for kind in before} == before
    assert owed("disputed") == 0
    wallet = Wallet.objects.get(pk=bob.party_id)
    assert (wallet.balance_coins, wallet.frozen) == (50, Wallet.Frozen.NO)
    give(bob, live_stream, catalogue["crown"])
    fold()
    live_stream.refresh_from_db()
    assert live_stream.gifts_total_coins == 100
    assert owed("pending", alice) == 95, "as if nobody had disputed"
    stream_end(stream_id=live_stream.pk, reason=EndReason.CREATOR)
    earnings_release(now=timezone.now() + LATER)
    assert owed("available", alice) == 95
    fold()
    assert differences() == []


def test_debt_that_was_repaid_meanwhile_is_given_back(half_spent, alice, live_stream):
    stream_end(stream_id=live_stream.pk, reason=EndReason.CREATOR)
    earnings_release(now=timezone.now() + LATER)
    opened()
    assert owed("debt", alice) == -48
    tip(alice, None, 1000)
    earnings_release(now=timezone.now() + LATER)
    assert (owed("debt", alice), owed("available", alice)) == (0, 48 + 891 - 48)
    dispute_won(reference="d-1")
    assert (owed("debt", alice), owed("pending", alice)) == (0, 48)
    earnings_release(now=timezone.now() + LATER)
    assert owed("available", alice) == 48 + 891
    fold()
    assert differences() == []


def test_it_stays_frozen_while_another_dispute_is_open(half_spent, bob):
    buy(bob, 10, order="order-2")
    opened()
    dispute_open(reference="d-2", order_reference="order-2")
    dispute_won(reference="d-1")
    assert Wallet.objects.get(pk=bob.party_id).frozen == Wallet.Frozen.DISPUTE
    dispute_won(reference="d-2")
    assert Wallet.objects.get(pk=bob.party_id).frozen == Wallet.Frozen.NO
    assert differences() == []


def test_repeats_and_contradictions(half_spent):
    first = dispute_open(reference="d-1", order_reference="order-1")
    assert dispute_open(reference="d-1", order_reference="order-1") == first
    assert Transaction.objects.filter(kind="dispute_opened").count() == 1
    dispute_lost(reference="d-1")
    dispute_lost(reference="d-1")
    with pytest.raises(DisputeDecided):
        dispute_won(reference="d-1")
    for unknown in (dispute_lost, dispute_won):
        with pytest.raises(NotFound):
            unknown(reference="d-9")
    with pytest.raises(NotFound):
        dispute_open(reference="d-9", order_reference="order-9")
    assert Dispute.objects.get().state == "lost"
    actions = list(AuditEvent.objects.order_by("id").values_list("action", flat=True))
    assert actions == ["dispute.opened", "dispute.lost"]


def test_a_part_that_was_refunded_is_not_disputed_again(half_spent):

    assert take_back("order-1", 20) == 29
    assert opened()["disputed"] == -(149 - 29)
    assert differences() == []


def test_a_year_later_the_same(half_spent, alice, live_stream):
    stream_end(stream_id=live_stream.pk, reason=EndReason.CREATOR)
    earnings_release(now=timezone.now() + timedelta(days=365))
    assert opened()["debt"] == 48
    assert owed("available", alice) == 48, "what is available was promised"
    assert differences() == []


def test_a_second_dispute_about_the_same_order_finds_nothing_to_take(half_spent, bob, alice):
    opened()
    dispute_open(reference="d-2", order_reference="order-1")
    assert Dispute.objects.get(reference="d-2").opened is None
    dispute_won(reference="d-2")
    assert Wallet.objects.get(pk=bob.party_id).frozen == Wallet.Frozen.DISPUTE, "the first is still open"
    dispute_won(reference="d-1")
    wallet = Wallet.objects.get(pk=bob.party_id)
    assert (wallet.balance_coins, wallet.frozen) == (50, Wallet.Frozen.NO)
    assert owed("pending", alice) == 48
    fold()
    assert differences() == []


def test_coins_that_were_given_back_leave_nothing_to_dispute(bob):
    buy(bob, 100, order="order-1")
    take_back("order-1")
    dispute_open(reference="d-1", order_reference="order-1")
    assert Dispute.objects.get(reference="d-1").opened is None
    assert Wallet.objects.get(pk=bob.party_id).frozen == Wallet.Frozen.DISPUTE
    dispute_withdrawn(reference="d-1", amount=149, fee=1500, key="event-1")
    dispute_lost(reference="d-1")
    assert differences() == []


def test_a_disputes_name_is_for_one_order(half_spent, bob):
    buy(bob, 10, order="order-2")
    opened()
    with pytest.raises(KeyUsedOtherwise):
        dispute_open(reference="d-1", order_reference="order-2")
