"""Whatever happened to what a creator earned: what they are shown adds up to what the books owe them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.ids import new_id
from gifts.services import gift_send
from payments.creators import figures
from payments.creators.figures import Figures
from payments.disputes import dispute_lost, dispute_open, dispute_won
from payments.earnings import earnings_release, sale_book
from payments.errors import NotEnoughCoins, WalletFrozen
from payments.ledger.folding import fold
from payments.models import EarningSource, Wallet
from streams.models import Stream
from streams.services import media_arrived, stream_create
from tests.conftest import viewer_of
from tests.payments.books import buy, differences, owed

pytestmark = pytest.mark.django_db

SALES = (EarningSource.TIP, EarningSource.TICKET)

happenings = st.one_of(
    st.tuples(st.just("give"), st.integers(1, 9), st.booleans()),
    st.tuples(st.just("sale"), st.integers(100, 5000), st.sampled_from([*SALES, None])),
    st.tuples(st.just("dispute"), st.integers(0, 9), st.one_of(st.none(), st.integers(1, 400))),
    st.tuples(st.just("win"), st.integers(0, 9), st.none()),
    st.tuples(st.just("lose"), st.integers(0, 9), st.none()),
    st.tuples(st.just("release"), st.integers(0, 20), st.none()),
    st.tuples(st.just("fold"), st.none(), st.none()),
)


class World:
    """bob and dora pay alice, for two of her streams and for none. One runs, one is over."""

    def __init__(self, alice: Any, buyers: list[Any], gift: Any) -> None:
        self.alice, self.buyers, self.gift = alice, buyers, gift
        self.running = live(alice)
        self.over = live(alice)
        # Long enough ago for what it earned to come off hold.
        over_at(self.over, timezone.now() - timedelta(days=5))
        self.orders: list[tuple[str, Any]] = []
        self.open: list[str] = []

    def sale(self, gross: int, source: EarningSource | None) -> None:
        order = f"sale-{new_id()}"
        streams = {EarningSource.TIP: self.running.pk, EarningSource.TICKET: self.over.pk, None: None}
        sale_book(
            source=source or EarningSource.TIP,
            creator_id=self.alice.party_id,
            stream_id=streams[source],
            gross=gross,
            processing=gross * 29 // 1000 + 30,
            order_reference=order,
            charged_at=timezone.now() - timedelta(days=3),
            key=order,
        )
        self.orders.append((order, self.buyers[gross % 2]))

    def give(self, quantity: int, second: bool) -> None:
        buyer, order = self.buyers[second], f"coins-{new_id()}"
        buy(buyer, quantity + 3, at=timezone.now() - timedelta(days=quantity), order=order)
        self.orders.append((order, buyer))
        try:
            gift_send(
                sender=viewer_of(buyer),
                stream=self.running,
                gift=self.gift,
                quantity=quantity,
                request_id=new_id(),
            )
        except (NotEnoughCoins, WalletFrozen):
            return

    def dispute(self, place: int, amount: int | None) -> None:
        if self.orders:
            order, buyer = self.orders[place % len(self.orders)]
            reference = f"dispute-{new_id()}"
            dispute_open(reference=reference, order_reference=order, amount=amount, payer_id=buyer.party_id)
            Wallet.objects.filter(pk=buyer.party_id).update(frozen="")
            self.open.append(reference)

    def win(self, place: int, _: None) -> None:
        if self.open:
            dispute_won(reference=self.open.pop(place % len(self.open)))

    def lose(self, place: int, _: None) -> None:
        if self.open:
            dispute_lost(reference=self.open.pop(place % len(self.open)))

    def release(self, days: int, _: None) -> None:
        earnings_release(now=timezone.now() + timedelta(days=days))

    def fold(self, *_: None) -> None:
        fold()


def live(creator: Any) -> Stream:
    stream = stream_create(creator=creator, title="Open")[0]
    media_arrived(stream_id=stream.pk)
    stream.refresh_from_db()
    return stream


def over_at(stream: Stream, moment: datetime) -> None:
    Stream.objects.filter(pk=stream.pk).update(status="ended", ended_at=moment)


@pytest.fixture
def world(alice, bob, make_user, catalogue) -> World:
    return World(alice, [bob, make_user("dora")], catalogue["rose"])


def shown(world: World) -> dict[str, Figures]:
    """The same by all ways of looking at it."""
    party, today = world.alice.party_id, datetime.now(UTC).date()
    by_stream = figures.streams_figures(
        party_id=party, streams=list(figures.earning_streams_of(party_id=party))
    )
    days = figures.days_of(party_id=party, since=today - timedelta(days=7), until=today + timedelta(days=7))
    return {
        "sources": figures.total_of(figures.sources_of(party_id=party).values()),
        "streams": figures.total_of(
            [*(of.total for of in by_stream), *figures.without_stream_of(party_id=party).values()]
        ),
        "days": figures.total_of(day.figures for day in days),
    }


@pytest.mark.django_db(transaction=True)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(happenings, min_size=3, max_size=25))
def test_what_is_shown_adds_up_to_the_accounts(world: World, done: list[Any]) -> None:
    """What one example left behind, the next one goes on with."""
    for what, number, more in done:
        getattr(world, what)(number, more)

    total = shown(world)["sources"]
    assert shown(world) == dict.fromkeys(("sources", "streams", "days"), total)
    pending, available, owes = (owed(kind, world.alice) for kind in ("pending", "available", "debt"))
    assert total.pending == pending
    assert total.kept == pending + available + owes, "owing counts below zero"
    assert total.gross == total.platform + total.processing + total.yours
    accounts = figures.accounts_of(party_id=world.alice.party_id)
    assert (accounts.pending, accounts.available, accounts.owed) == (pending, available, -owes)
    releases = figures.releases_of(party_id=world.alice.party_id)
    assert sum(release.amount for release in releases) == pending
    assert differences() == []


def test_a_tip_is_shown_with_what_went_off_it(world: World) -> None:
    world.sale(1000, EarningSource.TIP)

    tip = figures.sources_of(party_id=world.alice.party_id)[EarningSource.TIP]

    assert tip == Figures(payments=1, gross=1000, platform=50, processing=59, yours=891, pending=891)


def test_what_is_taken_counts_where_it_was_earned(world: World) -> None:
    """It is drawn from whatever is pending, here from a ticket of another stream; the tip is what was called back."""
    world.sale(1000, EarningSource.TIP)
    tip = world.orders[0]
    over_at(world.running, timezone.now() - timedelta(days=5))
    earnings_release(now=timezone.now() + timedelta(days=20))
    world.sale(5000, EarningSource.TICKET)

    dispute_open(reference="dispute-1", order_reference=tip[0], payer_id=tip[1].party_id)

    by_stream = {
        of.stream.pk: of.total
        for of in figures.streams_figures(party_id=world.alice.party_id, streams=[world.running, world.over])
    }
    assert by_stream[world.running.pk].taken_back == 891
    assert by_stream[world.running.pk].kept == 0
    ticket = by_stream[world.over.pk]
    assert (ticket.taken_back, ticket.pending) == (0, ticket.yours - 891)

    dispute_won(reference="dispute-1")

    assert shown(world)["sources"].taken_back == 0
    assert shown(world)["streams"].pending == ticket.yours


def test_what_comes_off_hold_when(world: World, settings: Any) -> None:
    """The later of both holds; of a stream that is not over nobody knows."""
    settings.HOLD_CHARGE_DAYS, settings.HOLD_STREAM_DAYS = 7, 3
    world.sale(1000, EarningSource.TIP)
    world.sale(1000, EarningSource.TICKET)
    world.sale(2000, None)

    releases = figures.releases_of(party_id=world.alice.party_id)

    due = (timezone.now() - timedelta(days=3) + timedelta(days=7)).astimezone(UTC).date()
    assert releases == [(due, 891 + 1812), (None, 891)]
    over_at(world.running, timezone.now() + timedelta(days=2))
    later = (timezone.now() + timedelta(days=5)).astimezone(UTC).date()
    assert figures.releases_of(party_id=world.alice.party_id) == [(due, 891 + 1812), (later, 891)]


def test_a_day_is_one_of_utc(world: World) -> None:
    for moment, gross in (("2031-03-04T23:59:30Z", 1000), ("2031-03-05T00:00:10Z", 2000)):
        with time_machine.travel(moment, tick=False):
            world.sale(gross, EarningSource.TIP)
    day = datetime(2031, 3, 4, tzinfo=UTC).date()

    found = figures.days_of(party_id=world.alice.party_id, since=day, until=day)
    both = figures.days_of(party_id=world.alice.party_id, since=day, until=day + timedelta(days=1))

    assert [(one.day, one.figures.gross) for one in found] == [(day, 1000)]
    assert [(one.day, one.figures.gross) for one in both] == [(day, 1000), (day + timedelta(days=1), 2000)]
