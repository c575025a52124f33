"""One viewer who buys twice at once, the last use of a code, the last preview of a network, two devices."""

import contextlib
import threading
import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils import timezone

from payments.models import Wallet
from payments.orders.models import Flow, Order, OrderState
from payments.orders.services import Payer
from payments.tickets import access, promo_codes, refunds, services
from payments.tickets.access import ticket_take_over
from payments.tickets.errors import PromoCodeRefused, TicketElsewhere, TicketRequired
from payments.tickets.models import Preview, Ticket, TicketState, VoidReason
from payments.tickets.prices import price_set
from payments.tickets.promo_codes import code_make
from payments.tickets.services import Bought, ticket_order, ticket_spend
from payments.tickets.states import tickets_void
from streams.access import come_in
from streams.errors import StreamOver
from streams.models import Stream, ViewerSession
from streams.services import media_arrived
from streams.sessions import session_ensure
from streams.viewers import Viewer
from tests.concurrency.racing import at_once, locks_removed
from tests.conftest import viewer_of
from tests.payments.books import buy, differences
from tests.payments.stripe.conftest import TestSandbox, sandbox  # noqa: F401 - a fixture
from tests.payments.tickets.conftest import told

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def sold(stream: Stream) -> Stream:
    price_set(
        stream_id=stream.pk,
        amount=500,
        currency="usd",
        coins=400,
        pay_what_you_want=False,
        preview_seconds=60,
    )
    media_arrived(stream_id=stream.pk)
    stream.refresh_from_db()
    return stream


def slowly(monkeypatch: Any, module: Any, name: str, seconds: float = 0.2) -> None:
    real = getattr(module, name)

    def slow(*args: Any, **kwargs: Any) -> Any:
        found = real(*args, **kwargs)
        time.sleep(seconds)
        return found

    monkeypatch.setattr(module, name, slow)


def without_advisory_locks(monkeypatch: Any) -> None:
    monkeypatch.setattr(services, "ticket_lock", lambda **_: None)


def order(user: Any, stream: Stream, *, promo_code: str = "") -> Bought:
    payer = Payer(user, Flow.CHECKOUT, "203.0.113.7", "http://busk.test/stream")
    return ticket_order(viewer=viewer_of(user), stream=stream, payer=payer, promo_code=promo_code)


def in_coins(user: Any, stream: Stream) -> Ticket:
    return ticket_spend(viewer=viewer_of(user), stream=stream, request_id=uuid.uuid4())


def test_two_purchases_in_coins_at_once_give_one_ticket(sold, bob, monkeypatch):
    buy(bob, 1000)
    slowly(monkeypatch, services, "valid_ticket")
    first, second = at_once(2, lambda _: in_coins(bob, sold))
    assert first == second
    assert Ticket.objects.count() == 1
    assert Wallet.objects.get().balance_coins == 600
    assert differences() == []


def test_without_the_lock_only_the_database_keeps_them_apart(sold, bob, monkeypatch):
    buy(bob, 1000)
    slowly(monkeypatch, services, "valid_ticket")
    without_advisory_locks(monkeypatch)
    results = at_once(2, lambda _: in_coins(bob, sold))
    assert [type(result) for result in results].count(IntegrityError) == 1
    assert Wallet.objects.get().balance_coins == 600, "who was refused paid nothing"


def test_two_orders_at_once_are_one(sandbox, sold, bob):  # noqa: F811
    first, second = at_once(2, lambda _: order(bob, sold))
    assert first.begun.order == second.begun.order
    assert Order.objects.count() == Ticket.objects.count() == 1


def test_an_order_and_coins_at_once_give_one_ticket_and_the_rest_back(sandbox, sold, bob):  # noqa: F811
    buy(bob, 1000)
    begun = order(bob, sold).begun
    assert begun is not None
    sandbox.open_page(begun.url, do="pay", card="4242424242424242")
    at_once(2, lambda number: told(sandbox) if number else in_coins(bob, sold))
    told(sandbox)
    assert Order.objects.get(pk=begun.order.pk).state == OrderState.PAID
    assert Ticket.objects.filter(state=TicketState.VALID).count() == 1
    void = Ticket.objects.filter(state=TicketState.VOID)
    paid = Wallet.objects.get().balance_coins
    assert (void.count(), paid) in {(1, 600), (0, 1000)}, "coins first, or the order first"
    assert all(ticket.refund_at for ticket in void)


@pytest.mark.parametrize("locked", [True, False])
def test_the_last_use_of_a_code_is_given_once(sandbox, sold, bob, charlie, monkeypatch, locked):  # noqa: F811
    code_make(stream=sold, code="LAST", percent=100, uses_most=1)
    slowly(monkeypatch, promo_codes, "uses_left")
    people = [bob, charlie]

    def take(number: int) -> Bought:
        return order(people[number], sold, promo_code="last")

    if locked:
        results = at_once(2, take)
        assert [type(result) for result in results].count(PromoCodeRefused) == 1
        assert Ticket.objects.count() == 1
    else:
        with locks_removed(monkeypatch):
            at_once(2, take)
        assert Ticket.objects.count() == 2, "the race is real"


def test_a_network_s_last_preview_is_given_once(sold, settings):
    settings.PREVIEWS_PER_NETWORK = 1

    def look_in(number: int) -> Any:
        viewer = Viewer(user=None, viewer_id=f"a:{number}", device=f"a:{number}")
        return come_in(viewer=viewer, stream=sold, address="203.0.113.7")

    results = at_once(4, look_in)
    assert [type(result) for result in results].count(TicketRequired) == 3
    assert Preview.objects.count() == 1


def test_two_devices_at_once_one_comes_in(sold, bob):
    buy(bob, 1000)
    in_coins(bob, sold)

    def come(number: int) -> Any:
        viewer = Viewer(user=bob, viewer_id=f"u:{bob.pk}", device=f"login:{number}")
        return come_in(viewer=viewer, stream=sold, address="")

    results = at_once(4, come)
    refused = [result for result in results if isinstance(result, Exception)]
    assert [type(error) for error in refused] == [TicketElsewhere] * 3


def test_who_was_taken_over_does_not_come_back_in(sold, bob):
    buy(bob, 1000)
    in_coins(bob, sold)
    here, there = (
        Viewer(user=bob, viewer_id=f"u:{bob.pk}", device=f"login:{name}") for name in ("here", "there")
    )
    come_in(viewer=here, stream=sold, address="")
    ticket_take_over(viewer=there, stream_id=sold.pk)
    with pytest.raises(Exception, match="ticket_elsewhere"):
        come_in(viewer=here, stream=sold, address="")
    assert come_in(viewer=there, stream=sold, address="") is not None
    assert access.standing(viewer=there, stream_id=sold.pk).held_by == "login:there"


def test_a_purchase_waits_for_the_end_of_the_stream(sold, bob):
    """Who buys while it ends either has a ticket that the end sees, or is told that it is over."""
    buy(bob, 1000)

    def run(number: int) -> Any:
        if number:
            return in_coins(bob, sold)
        with transaction.atomic():
            locked = Stream.objects.select_for_update().get(pk=sold.pk)
            time.sleep(0.3)
            locked.status, locked.ended_at, locked.end_reason = "ended", timezone.now(), "creator"
            locked.save()
        return None

    _, bought = at_once(2, run)
    assert isinstance(bought, Ticket | StreamOver)


@pytest.fixture
def two(sold, bob, charlie) -> list[Ticket]:
    """Tickets of one stream by id, of which the later one lies first in the table; both are due to be used."""
    now = timezone.now()
    ids = sorted([uuid.uuid4(), uuid.uuid4()])
    for pk, user in zip(reversed(ids), (bob, charlie), strict=True):
        Ticket.objects.create(
            pk=pk,
            stream=sold,
            party_id=user.party_id,
            amount=0,
            state=TicketState.VALID,
            made_at=now,
            valid_at=now,
            entered_at=now - timedelta(minutes=1),
        )
        session_ensure(stream_id=sold.pk, viewer_id=f"u:{user.pk}", party_id=user.party_id)
    ViewerSession.objects.update(pictures_at=now)
    return list(Ticket.objects.order_by("pk"))


def against(tickets: list[Ticket], work: Callable[[], int]) -> list[Any]:
    """What the work answers beside somebody who takes both in the order of ids and began a moment before."""
    begun = threading.Event()

    def run(number: int) -> Any:
        if number:
            return one_by_one(tickets, begun)
        assert begun.wait(10)
        return work()

    return at_once(2, run)


def one_by_one(tickets: list[Ticket], begun: threading.Event) -> None:
    """The second one once somebody waits for the first."""
    with transaction.atomic(), connection.cursor() as cursor:
        lock = "SELECT FROM payments_ticket WHERE id = %s FOR NO KEY UPDATE"
        cursor.execute(lock, [tickets[0].pk])
        begun.set()
        for _ in range(500):
            cursor.execute("SELECT pg_stat_clear_snapshot()")  # else a transaction sees what it saw first
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone() != (0,):
                break
            time.sleep(0.01)
        cursor.execute(lock, [tickets[1].pk])


def void(stream: Stream) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        # In the order of the table, unless told otherwise.
        cursor.execute("SET LOCAL enable_indexscan = off; SET LOCAL enable_bitmapscan = off")
        return tickets_void(Ticket.objects.filter(stream=stream), VoidReason.BROKE_OFF)


@pytest.mark.parametrize("in_order", [True, False])
def test_many_are_voided_in_the_order_of_ids(sold, two, monkeypatch, in_order):
    with contextlib.ExitStack() as stack:
        if not in_order:
            stack.enter_context(locks_removed(monkeypatch))
        results = against(two, lambda: void(sold))
    deadlocks = [result for result in results if isinstance(result, OperationalError)]
    assert len(deadlocks) == (0 if in_order else 1), "the race is real"
    if in_order:
        assert results == [2, None]


@pytest.mark.parametrize("in_order", [True, False])
def test_many_are_used_in_the_order_of_ids(two, monkeypatch, in_order):
    if not in_order:
        monkeypatch.setattr(
            refunds, "_USED", refunds._USED.replace("ORDER BY ticket.id", "ORDER BY ticket.id DESC")
        )
    results = against(two, refunds.tickets_use)
    deadlocks = [result for result in results if isinstance(result, OperationalError)]
    assert len(deadlocks) == (0 if in_order else 1), "the race is real"
    if in_order:
        assert results == [2, None]
        assert Ticket.objects.filter(used_at=None).count() == 0
