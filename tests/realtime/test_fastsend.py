"""Which way frames take to a socket, by server and by what was negotiated; the client reads the same."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from realtime.asgi import SERVER_SEND, keep_server_send
from realtime.fastsend import TransportWriter, writer_for
from realtime.frames import Frame
from realtime.writers import BACKLOG_BYTES, AsgiWriter, TooSlow, Writer

Act = Callable[[Writer], None]


@asynccontextmanager
async def serving(act: Act, *, deflate: bool = False) -> AsyncIterator[tuple[str, list[Writer]]]:
    """A uvicorn whose only application accepts, then acts on the writer it was given."""
    writers: list[Writer] = []

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        writers.append(writer := writer_for(scope[SERVER_SEND]))
        act(writer)
        while (await receive())["type"] != "websocket.disconnect":
            pass

    config = uvicorn.Config(
        keep_server_send(app),
        ws="websockets-sansio",
        ws_per_message_deflate=deflate,
        lifespan="off",
        log_level="error",
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        running = asyncio.create_task(server.serve([listening]))
        while not server.started:
            await asyncio.sleep(0.01)
        try:
            yield f"ws://127.0.0.1:{listening.getsockname()[1]}/", writers
        finally:
            server.should_exit = True
            await running


async def until_closed(client: ClientConnection) -> list[str | bytes]:
    received = []
    with suppress(ConnectionClosed):
        while True:
            received.append(await client.recv())
    return received


@pytest.mark.parametrize(
    ("deflate", "kind"), [(False, TransportWriter), (True, AsgiWriter)], ids=["plain", "compressed"]
)
async def test_the_short_way_is_for_plain_sockets_only(deflate: bool, kind: type[Writer]) -> None:
    bodies = [b'"%b"' % (b"x" * size) for size in (0, 122, 123, 1_000, 70_000)]

    def send_all(writer: Writer) -> None:
        for body in bodies:
            writer.write(Frame([body]))
        writer.close(4410, "over")

    async with (
        serving(send_all, deflate=deflate) as (address, writers),
        connect(address, max_size=None) as client,
    ):
        received = await until_closed(client)

    assert isinstance(writers[0], kind)
    assert received == [f"[{body.decode()}]" for body in bodies]
    assert client.close_code == 4410


async def test_a_full_transport_is_the_sign_of_a_slow_socket() -> None:
    buffered: list[int] = []

    def send_without_end(writer: Writer) -> None:
        frame = Frame([b"x" * 50_000])
        try:
            for _ in range(1_000):
                writer.write(frame)
        except TooSlow:
            assert isinstance(writer, TransportWriter)
            buffered.append(writer._transport.get_write_buffer_size())
            writer.close(4008, "too slow")

    async with serving(send_without_end) as (address, _writers), connect(address, max_size=None) as client:
        received = await until_closed(client)

    assert BACKLOG_BYTES < buffered[0] < BACKLOG_BYTES + 100_000
    assert len(received) < 1_000
    assert client.close_code == 4008, "who reads again in time learns why"


async def test_nothing_is_written_after_the_end() -> None:
    async with (
        serving(lambda writer: writer.close(4410, "over")) as (address, writers),
        connect(address) as client,
    ):
        assert await until_closed(client) == []

        writers[0].write(Frame([b"1"]))
        writers[0].close(4410, "over")
