"""Coins come and go back; what is earned waits, and then it is available."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.erasure import account_erase
from core.errors import NotSupported
from gifts.services import gift_send
from payments.coins import coins_credit
from payments.earnings import earnings_release, sale_book
from payments.errors import AmountInvalid, CurrencyUnknown, KeyUsedOtherwise, PackBelowRate
from payments.ledger.folding import fold
from payments.models import Balance, CoinLot, CoinPack, Earning, EarningSource, Transaction, Wallet
from payments.packs import pack_price_set, prices_below_rate
from payments.people import export
from streams.models import EndReason, Stream
from streams.services import stream_end
from tests.conftest import viewer_of
from tests.payments.books import buy, differences, entries_of, newest, owed, request, take_back

pytestmark = pytest.mark.django_db(transaction=True)
LATER = timedelta(days=8)


def give(user, stream, gift, quantity=1):
    return gift_send(
        sender=viewer_of(user), stream=stream, gift=gift, quantity=quantity, request_id=request()
    ).gift


def tip(creator, stream, gross, *, key="tip-1", processing=59):
    return sale_book(
        source=EarningSource.TIP,
        creator_id=creator.party_id,
        stream_id=stream and stream.pk,
        gross=gross,
        processing=processing,
        order_reference=key,
        charged_at=timezone.now(),
        key=key,
    )


def test_coins_that_were_paid_for(bob):
    lot = buy(bob, 100, processing=34)
    assert entries_of(lot.transaction_id) == {
        "provider": 115, "processing": 34, "coins_sold": -149, "coins_out": 100, "wallet": -100,
    }  # fmt: skip
    assert Wallet.objects.get(pk=bob.party_id).balance_coins == 100
    assert differences() == []


def test_a_repeated_credit_is_one_and_another_under_its_key_is_none(bob):
    first = buy(bob, 100, order="order-1")
    assert buy(bob, 100, order="order-1") == first
    with pytest.raises(KeyUsedOtherwise):
        buy(bob, 101, order="order-1")
    assert Wallet.objects.get(pk=bob.party_id).balance_coins == 100
    assert CoinLot.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"coins": 0}, AmountInvalid),
        ({"coins": -1}, AmountInvalid),
        ({"coins": 10**8 + 1}, AmountInvalid),
        ({"price": 0}, AmountInvalid),
        ({"price": -5}, AmountInvalid),
        ({"processing": -1}, AmountInvalid),
        ({"source": "apple"}, NotSupported),
        ({"source": "google"}, NotSupported),
    ],
)
def test_what_is_no_payment_credits_nothing(bob, change, error):
    asked = {
        "party_id": bob.party_id, "coins": 100, "source": "stripe", "price": 149, "processing": 34,
        "order_reference": "order-1", "charged_at": timezone.now(), "key": "order-1",
    }  # fmt: skip
    with pytest.raises(error):
        coins_credit(**(asked | change))
    assert not Transaction.objects.exists()


def test_unspent_coins_go_back_for_their_share(bob, live_stream, catalogue):
    buy(bob, 100, order="order-1")
    give(bob, live_stream, catalogue["crown"])
    assert take_back("order-1") == 74
    assert entries_of(newest("refund").pk) == {
        "wallet": 50, "coins_out": -50, "coins_sold": 74, "provider": -74,
    }  # fmt: skip
    assert (Wallet.objects.get(pk=bob.party_id).balance_coins, owed("coins_sold")) == (0, 0)
    assert differences() == []


def test_a_lot_that_is_given_back_in_steps_gives_its_price(bob):
    buy(bob, 7, price=100, order="order-1")
    parts = [take_back("order-1", coins, key=f"r-{coins}") for coins in (1, 2, 4)]
    assert sum(parts) == 100
    assert differences() == []


def test_a_tip_is_split_by_what_the_provider_took(alice, live_stream):
    assert tip(alice, live_stream, 1000).creator == 891
    assert entries_of(newest("tip").pk) == {"provider": 941, "platform": -50, "pending": -891}
    tip(alice, live_stream, 1000)
    assert Transaction.objects.count() == 1
    assert differences() == []


def test_what_the_provider_keeps_beyond_a_price_is_ours_to_bear(alice, bob, live_stream):
    assert tip(alice, live_stream, 100, processing=105).creator == 0
    assert entries_of(newest("tip").pk) == {"provider": -5, "platform": -5, "processing": 10}
    assert Earning.objects.get().amount == 0
    lot = buy(bob, 50, price=50, processing=55, order="order-1")
    assert entries_of(lot.transaction_id)["provider"] == -5
    assert differences() == []


@pytest.mark.parametrize(("gross", "processing"), [(0, 0), (-5, 0), (100, -1)])
def test_a_tip_of_nothing_is_refused(alice, gross, processing):
    with pytest.raises(AmountInvalid):
        tip(alice, None, gross, processing=processing)
    assert not Transaction.objects.exists()


def test_earnings_wait_for_the_charge_and_for_the_stream(alice, live_stream):
    tip(alice, live_stream, 1000)
    now = timezone.now()
    assert earnings_release(now=now + LATER) == 0, "the stream is on"
    stream_end(stream_id=live_stream.pk, reason=EndReason.CREATOR)
    assert earnings_release(now=now + timedelta(days=6)) == 0
    Stream.objects.update(ended_at=now + timedelta(days=6))
    assert earnings_release(now=now + LATER) == 0, "it ended two days ago"
    assert earnings_release(now=now + timedelta(days=10)) == 1
    assert earnings_release(now=now + timedelta(days=10)) == 0
    assert entries_of(newest("release").pk) == {"pending": 891, "available": -891}
    fold()
    kinds = dict(Balance.objects.values_list("account__kind", "amount"))
    assert (kinds["pending"], kinds["available"]) == (0, 891)
    assert differences() == []


def test_what_creators_owe_is_paid_first(alice, bob, live_stream, catalogue):
    from payments.disputes import dispute_open

    buy(bob, 500, order="disputed")
    give(bob, live_stream, catalogue["mansion"], 3)
    stream_end(stream_id=live_stream.pk, reason=EndReason.CREATOR)
    assert earnings_release(now=timezone.now() + LATER) == 1
    dispute_open(reference="d", order_reference="disputed")
    assert owed("debt", alice) == -285
    tip(alice, None, 1000)
    earnings_release(now=timezone.now() + LATER)
    assert entries_of(newest("release").pk) == {"pending": 891, "debt": -285, "available": -606}
    assert (owed("debt", alice), owed("pending", alice)) == (0, 0)
    fold()
    assert differences() == []


def test_packs_that_do_not_pay_creators_are_refused(db, settings):
    settings.CURRENCIES = ["usd:100:29:30", "eur:100:29:25", "jpy:150:36:0"]
    pack = CoinPack.objects.create(coins=100)
    pack_price_set(pack_id=pack.pk, currency="usd", price=134)
    pack_price_set(pack_id=pack.pk, currency="jpy", price=156)
    for currency, price in (("usd", 133), ("eur", 128), ("jpy", 155)):
        with pytest.raises(PackBelowRate):
            pack_price_set(pack_id=pack.pk, currency=currency, price=price)
    with pytest.raises(CurrencyUnknown):
        pack_price_set(pack_id=pack.pk, currency="gbp", price=500)
    assert list(prices_below_rate()) == []
    settings.CURRENCIES = ["usd:101:29:30"]
    assert [found.currency for found in prices_below_rate()] == ["jpy", "usd"] or len(
        list(prices_below_rate())
    ) == 2


def test_an_erased_person_leaves_the_books_whole(bob, alice, live_stream, catalogue):
    buy(bob, 100)
    give(bob, live_stream, catalogue["star"])
    party = bob.party_id
    assert b'"balance_coins": 95' in export(bob)["wallet.json"]
    assert b"pending" not in export(bob)["books.json"]
    account_erase(user=bob)
    assert Wallet.objects.get(pk=party).frozen == Wallet.Frozen.ERASED
    assert Earning.objects.get().amount == 5
    fold()
    assert differences() == []
