"""One address may hold only so many sockets, whatever it writes into X-Forwarded-For."""

from collections.abc import Iterator
from contextlib import AsyncExitStack

import pytest

from accounts.models import User
from realtime.sockets import CLOSE_TOO_MANY
from streams.models import Stream
from tests.realtime.running import RoomServer, closed_with, page, running

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def small(live_stream: Stream) -> Iterator[RoomServer]:
    """A server that lets two of each kind in."""
    few = {"BUSK_ROOM_SOCKETS_PER_ADDRESS": "2", "BUSK_LOBBY_SOCKETS_PER_ADDRESS": "2"}
    with running("uvicorn", **few) as server:
        yield server


async def test_a_room_takes_so_many_strangers_of_an_address_and_members_beside_them(
    small: RoomServer, live_stream: Stream, bob: User
) -> None:
    async with AsyncExitStack() as open_pages:
        for _ in range(2):
            stranger = await open_pages.enter_async_context(page(await small.join(live_stream.pk)))
            await stranger.next("room:welcome")
        forged = {"X-Forwarded-For": "203.0.113.9"}
        async with page(await small.join(live_stream.pk), additional_headers=forged) as third:
            assert await closed_with(third) == CLOSE_TOO_MANY
        async with page(await small.join(live_stream.pk, bob)) as member:
            await member.next("room:welcome")
        await stranger.socket.close()
        async with page(await small.join(live_stream.pk)) as next_one:
            await next_one.next("room:welcome")


async def test_so_does_the_lobby(small: RoomServer) -> None:
    address = f"ws://127.0.0.1:{small.port}/ws/live/"
    async with page(address) as first, page(address) as second:
        await first.next("room:welcome")
        await second.next("room:welcome")
        async with page(address) as third:
            assert await closed_with(third) == CLOSE_TOO_MANY
