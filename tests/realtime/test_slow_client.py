"""A client that never reads: everybody else has the room as if it were not there."""

import asyncio
import socket
import time

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from realtime.calls import call
from streams.models import Stream
from tests.realtime.running import WAIT_SECONDS, RoomServer, page

pytestmark = pytest.mark.django_db(transaction=True)

EVENTS = 500
BYTES = 20_000  # 10 MB in all: more than the system buffers for one socket


async def test_who_never_reads_delays_nobody_and_is_closed(server: RoomServer, live_stream: Stream) -> None:
    small = socket.socket()
    small.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    small.connect(("127.0.0.1", server.port))
    small.setblocking(False)
    async with (
        page(await server.join(live_stream.pk)) as reader,
        connect(
            await server.join(live_stream.pk),
            sock=small,
            compression=None,
            ping_interval=None,
            close_timeout=1,
        ) as stuck,
    ):
        await reader.next("room:welcome")
        stuck.transport.pause_reading()
        await call(server.request, "POST", f"/flood/{live_stream.pk}/{EVENTS}/{BYTES}")

        last, longest = time.monotonic(), 0.0
        for number in range(EVENTS):
            await reader.next("test:flood", number=number)
            longest, last = max(longest, time.monotonic() - last), time.monotonic()

        # A room that waited for the stuck socket would stand still until that is given up, ten seconds at least.
        assert longest < 8, f"{longest * 1000:.0f} ms between two events"
        if server.kind == "uvicorn":
            stuck.transport.resume_reading()
            async with asyncio.timeout(WAIT_SECONDS):
                assert await _close_code(stuck) in {4008, 1006}
        # Daphne shows nothing of it: there the missing heartbeats close the socket, as test_heartbeat says.


async def _close_code(stuck: ClientConnection) -> int | None:
    try:
        while True:
            await stuck.recv()
    except ConnectionClosed:
        return stuck.close_code
