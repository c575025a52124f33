"""Whatever a client sends, it is told what is wrong with it, and nobody else notices."""

import asyncio
import json
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from accounts.models import User
from core.ids import new_id
from realtime.sockets import COMMANDS_BURST
from streams.models import Stream
from tests.realtime.running import RoomServer, closed_with, page

pytestmark = pytest.mark.django_db(transaction=True)

BAD: list[tuple[str | bytes, str, str | None]] = [
    ("", "malformed", None),
    ("not json", "malformed", None),
    ("[]", "malformed", None),
    ('"chat:send"', "malformed", None),
    ("{}", "malformed", None),
    ('{"type": 7}', "malformed", None),
    ("[" * 20_000, "malformed", None),
    ('{"type": "chat:message", "text": "forged"}', "unknown_type", None),
    ('{"type": "group.send"}', "unknown_type", None),
    ('{"type": "chat:send"}', "invalid_input", None),
    ('{"type": "chat:send", "client_id": "", "text": "x"}', "invalid_input", ""),
    ('{"type": "chat:send", "client_id": "c1", "text": 5}', "invalid_input", "c1"),
    ('{"type": "chat:send", "client_id": "c1", "text": "x", "role": "creator"}', "invalid_input", "c1"),
    ('{"type": "room:ack", "seq": "many"}', "invalid_input", None),
    (b"\xff\xfe", "malformed", None),
]


async def test_bad_input_is_answered_and_the_socket_is_kept(
    server: RoomServer, live_stream: Stream, bob: User
) -> None:
    async with page(await server.join(live_stream.pk, bob)) as bobs:
        await bobs.next("room:welcome")
        for text, code, client_id in BAD:
            await bobs.socket.send(text)
            error = await bobs.next("error")
            assert (error["code"], error["client_id"]) == (code, client_id), text
            assert set(error) == {"type", "code", "details", "client_id"}

        await bobs.send(type="chat:send", client_id="c2", text="still here")
        await bobs.next("chat:ack", client_id="c2")


async def test_a_flood_of_bad_input_is_closed(server: RoomServer, live_stream: Stream) -> None:
    async with page(await server.join(live_stream.pk)) as anybody:
        for _ in range(200):
            try:
                await anybody.socket.send("{")
            except ConnectionClosed:
                break

        assert await closed_with(anybody) == 4429


async def test_commands_that_come_too_fast_are_refused_by_name(
    server: RoomServer, live_stream: Stream
) -> None:
    async with page(await server.join(live_stream.pk)) as anybody:
        for number in range(COMMANDS_BURST + 20):
            await anybody.send(type="chat:send", client_id=f"c{number}", text="x")

        refused = await anybody.next("error", code="rate_limited")

        assert refused["client_id"] is not None
        await asyncio.sleep(0.3)
        await anybody.send(type="room:ack", seq=0)
        await anybody.next("room:pong")


async def test_a_message_of_more_than_64_kib_closes_the_socket(
    server: RoomServer, live_stream: Stream
) -> None:
    async with page(await server.join(live_stream.pk)) as anybody:
        await anybody.socket.send("x" * (64 * 1024 + 1))

        # Daphne's library drops such a client without a word.
        assert await closed_with(anybody) == {"uvicorn": 1009, "daphne": 1006}[server.kind]


async def test_a_foreign_page_may_not_connect(server: RoomServer, live_stream: Stream) -> None:
    address = await server.join(live_stream.pk)
    with pytest.raises(InvalidStatus) as refused:
        await connect(address, origin="https://elsewhere.example")  # type: ignore[arg-type]
    assert refused.value.response.status_code == 403

    async with page(address, origin=f"http://127.0.0.1:{server.port}") as anybody:
        await anybody.next("room:welcome")


async def test_a_pass_opens_its_own_room_once(server: RoomServer, live_stream: Stream) -> None:
    address = await server.join(live_stream.pk)
    async with page(address) as anybody:
        await anybody.next("room:welcome")
    async with page(address) as again:
        assert await closed_with(again) == 4400
    other = (await server.join(live_stream.pk)).replace(str(live_stream.pk), str(new_id()))
    async with page(other) as elsewhere:
        assert await closed_with(elsewhere) == 4403
    async with page(address.partition("?")[0]) as without:
        assert await closed_with(without) == 4400


async def test_the_lobby_is_for_anybody_and_only_to_listen(server: RoomServer) -> None:
    async with page(f"ws://127.0.0.1:{server.port}/ws/live/") as lobby:
        welcome: dict[str, Any] = await lobby.next("room:welcome")
        assert (welcome["you"]["can_chat"], welcome["history"]) == (False, [])

        await lobby.send(type="chat:send", client_id="c1", text="hello grid")
        assert (await lobby.next("error"))["code"] == "unknown_type"
        await lobby.send(type="room:ack", seq=0)
        await lobby.next("room:pong")


async def test_a_page_that_vanishes_takes_nobody_along(
    server: RoomServer, live_stream: Stream, bob: User
) -> None:
    async with page(await server.join(live_stream.pk, bob)) as bobs:
        gone = await connect(await server.join(live_stream.pk))
        gone.transport.abort()
        await asyncio.sleep(0.1)

        await bobs.socket.send(json.dumps({"type": "chat:send", "client_id": "c", "text": "anybody?"}))

        await bobs.next("chat:message", text="anybody?")
