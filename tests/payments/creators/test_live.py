"""The counter in the studio: what it says, to whom, and how often."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone

from core.ids import new_id
from gifts.services import gift_send
from payments.creators import live
from payments.creators.live import earnings_tell
from payments.creators.models import EarningsNews
from payments.disputes import dispute_open
from payments.earnings import sale_book
from payments.ledger.folding import fold
from payments.models import EarningSource
from realtime.calls import call
from realtime.hub import hub
from streams.models import Stream
from tests.conftest import viewer_of
from tests.payments.books import buy
from tests.realtime.rooms import Received, enter, room_at

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def received(live_stream: Stream) -> AsyncIterator[dict[str, Received]]:
    """What each kind of socket in the stream's room is sent."""
    hub.start()
    room = hub.rooms[live_stream.pk] = room_at(room_id=live_stream.pk)
    yield {role: enter(room, role=role)[1] for role in ("studio", "moderator")}
    await hub.stop()


def told(received: Received) -> list[dict[str, Any]]:
    return [event for event in received.events if event["type"] == "earnings:changed"]


async def tick() -> None:
    """What the clock does twice a second."""
    await call(fold)
    await call(earnings_tell)
    await asyncio.sleep(0)


def second_later() -> None:
    cache.clear()


def sale(stream: Stream, source: EarningSource, order: str) -> None:
    sale_book(
        source=source,
        creator_id=stream.party_id,
        stream_id=stream.pk,
        gross=1000,
        processing=59,
        order_reference=order,
        charged_at=timezone.now(),
        key=order,
    )


async def test_the_studio_alone_is_told_of_gifts_tips_and_tickets(
    received: dict[str, Received], live_stream: Stream, bob: Any, catalogue: Any
) -> None:
    def pay() -> None:
        buy(bob, 100, price=149)
        gift_send(
            sender=viewer_of(bob),
            stream=live_stream,
            gift=catalogue["crown"],
            quantity=1,
            request_id=new_id(),
        )
        sale(live_stream, EarningSource.TIP, "tip-1")
        sale(live_stream, EarningSource.TICKET, "ticket-1")

    await call(pay)
    await tick()

    assert told(received["studio"]) == [
        {
            "type": "earnings:changed",
            "stream_id": str(live_stream.pk),
            "currency": "usd",
            "pending": 48 + 891 + 891,
            "gifts": 48,
            "tips": 891,
            "tickets": 891,
            "coins": 50,
        }
    ]
    assert told(received["moderator"]) == []


async def test_it_is_told_once_a_second_and_the_last_change_is_never_left_out(
    received: dict[str, Received], live_stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "TOLD_EVERY_SECONDS", 600)  # a second is over when the test says so
    for number in range(5):
        await call(sale, live_stream, EarningSource.TIP, f"tip-{number}")
        await tick()

    assert [event["tips"] for event in told(received["studio"])] == [891]
    second_later()
    await tick()
    assert [event["tips"] for event in told(received["studio"])] == [891, 5 * 891]
    assert not await call(EarningsNews.objects.exists)


async def test_it_goes_down_when_a_tip_is_called_back(
    received: dict[str, Received], live_stream: Stream, bob: Any
) -> None:
    await call(sale, live_stream, EarningSource.TIP, "tip-1")
    await tick()
    second_later()

    def called_back() -> None:
        dispute_open(reference="dispute-1", order_reference="tip-1", payer_id=bob.party_id)

    await call(called_back)
    await tick()

    assert [(event["tips"], event["pending"]) for event in told(received["studio"])] == [(891, 891), (0, 0)]


async def test_a_stream_that_is_over_is_not_told(received: dict[str, Received], live_stream: Stream) -> None:
    await call(Stream.objects.filter(pk=live_stream.pk).update, status="ended", ended_at=timezone.now())
    await call(sale, live_stream, EarningSource.TIP, "tip-1")
    await tick()

    assert told(received["studio"]) == []
