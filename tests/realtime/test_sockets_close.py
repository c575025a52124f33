"""Whoever may not stay is out within two seconds, and the pass in hand is worth nothing."""

import time

import pytest

from accounts.models import User
from realtime.calls import call
from streams.models import Stream
from tests.realtime.running import RoomServer, closed_with, page, session_cookie

pytestmark = pytest.mark.django_db(transaction=True)


async def test_the_end_of_a_stream_is_told_and_closes_its_room(
    server: RoomServer, live_stream: Stream, alice: User
) -> None:
    spare = await server.join(live_stream.pk)
    async with page(await server.join(live_stream.pk)) as anybody:
        await anybody.next("room:welcome")
        started = time.monotonic()

        cookie = await call(session_cookie, alice)
        await call(server.request, "POST", f"/api/streams/{live_stream.pk}/end", {}, cookies=cookie)

        assert (await anybody.next("stream:ended"))["reason"] == "creator"
        assert await closed_with(anybody) == 4410
        assert time.monotonic() - started < 2
    async with page(spare) as late:
        assert await closed_with(late) == 4403


async def test_signing_out_closes_the_sockets_of_that_sign_in_only(
    server: RoomServer, live_stream: Stream, bob: User
) -> None:
    async with (
        page(await server.join(live_stream.pk, bob)) as phone,
        page(await server.join(live_stream.pk)) as anybody,
    ):
        await phone.next("room:welcome")
        cookie = await call(session_cookie, bob)
        async with page(await call(_join_with, server, live_stream, cookie)) as laptop:
            await laptop.next("room:welcome")

            await call(_sign_out, server, cookie)

            assert await closed_with(laptop) == 4401
        await phone.send(type="chat:send", client_id="c", text="still here")
        await anybody.next("chat:message", text="still here")


def _join_with(server: RoomServer, stream: Stream, cookie: str) -> str:
    answer = server.request("POST", f"/api/streams/{stream.pk}/join", {}, cookies=cookie)
    return f"ws://127.0.0.1:{server.port}{answer['ws_url']}"


def _sign_out(server: RoomServer, cookie: str) -> None:
    server.request("POST", "/accounts/logout/", {}, cookies=cookie)
