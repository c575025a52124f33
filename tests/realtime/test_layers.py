"""One room over two server processes, with a real Redis between them.

The rest of the realtime tests run on the local bus; what differs with Redis is here, so each layer is tried in full.
"""

import asyncio
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from realtime.calls import call
from streams.models import Stream
from tests.realtime.running import RoomServer, closed_with, free_port, page, running, session_cookie

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(shutil.which("redis-server") is None, reason="needs redis-server on the PATH"),
]


class Redis:
    """A real server of the test's own."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.folder = folder
        self.start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        self.process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--save", "", "--dir", str(self.folder)],
            stdout=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            ping = subprocess.run(
                ["redis-cli", "-p", str(self.port), "ping"], capture_output=True, check=False
            )
            if ping.stdout.strip() == b"PONG":
                return
            time.sleep(0.05)
        raise AssertionError("redis-server did not start")

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    redis = Redis(tmp_path_factory.mktemp("redis"))
    yield redis
    redis.stop()


@pytest.fixture(scope="module")
def _pair(redis: Redis, django_db_setup: None) -> Iterator[tuple[RoomServer, RoomServer]]:
    with running("uvicorn", REDIS_URL=redis.url) as one, running("daphne", REDIS_URL=redis.url) as other:
        yield one, other


@pytest.fixture
def pair(_pair: tuple[RoomServer, RoomServer], transactional_db: None) -> tuple[RoomServer, RoomServer]:
    """Two processes that know of each other through Redis alone."""
    return _pair


async def test_a_message_crosses_processes_once(
    pair: tuple[RoomServer, RoomServer], live_stream: Stream, bob: User
) -> None:
    one, other = pair
    async with (
        page(await one.join(live_stream.pk, bob)) as here,
        page(await other.join(live_stream.pk)) as there,
    ):
        await here.next("room:welcome")
        await there.next("room:welcome")
        for number in range(10):
            await here.send(type="chat:send", client_id=f"c{number}", text=f"message {number}")
        for number in range(10):
            assert (await there.next("chat:message"))["text"] == f"message {number}"
            assert (await here.next("chat:message"))["text"] == f"message {number}"


async def test_a_pass_of_one_process_opens_the_room_in_another_once(
    pair: tuple[RoomServer, RoomServer], live_stream: Stream
) -> None:
    one, other = pair
    address = await one.join(live_stream.pk)
    async with page(address.replace(str(one.port), str(other.port))) as there:
        await there.next("room:welcome")
    async with page(address) as again:
        assert await closed_with(again) == 4400


async def test_the_end_closes_the_room_in_every_process(
    pair: tuple[RoomServer, RoomServer], live_stream: Stream, alice: User
) -> None:
    one, other = pair
    spare = await other.join(live_stream.pk)
    async with page(await other.join(live_stream.pk)) as there:
        await there.next("room:welcome")
        started = time.monotonic()

        cookie = await call(session_cookie, alice)
        await call(one.request, "POST", f"/api/streams/{live_stream.pk}/end", {}, cookies=cookie)

        await there.next("stream:ended")
        assert await closed_with(there) == 4410
        assert time.monotonic() - started < 2
    async with page(spare) as late:
        assert await closed_with(late) == 4403


async def test_limits_count_both_processes_together(
    pair: tuple[RoomServer, RoomServer], live_stream: Stream, bob: User
) -> None:
    one, other = pair
    async with (
        page(await one.join(live_stream.pk, bob)) as here,
        page(await other.join(live_stream.pk, bob)) as there,
    ):
        for number in range(30):
            await (here, there)[number % 2].send(type="chat:send", client_id=f"c{number}", text="x")
        answers: list[dict[str, Any]] = []
        for socket in (here, there):
            while sum(event["type"] in {"chat:ack", "error"} for event in answers) < (
                15 if socket is here else 30
            ):
                answers += await socket.frame()

    # At most twice the limit, when the window ends in between; see docs/realtime.md.
    assert sum(event["type"] == "chat:ack" for event in answers) in range(20, 31)


async def test_after_redis_restarts_rooms_go_on_and_nothing_stored_is_missed(
    pair: tuple[RoomServer, RoomServer], redis: Redis, live_stream: Stream, bob: User
) -> None:
    one, other = pair
    async with (
        page(await one.join(live_stream.pk, bob)) as here,
        page(await other.join(live_stream.pk)) as there,
    ):
        await here.next("room:welcome")
        await there.next("room:welcome")
        await here.send(type="chat:send", client_id="before", text="before")
        await there.next("chat:message", text="before")

        await call(redis.stop)
        await asyncio.sleep(0.5)
        await call(redis.start)
        await here.send(type="chat:send", client_id="after", text="after")

        # The message itself may be lost on the way; then the other process finds it in the database.
        await here.next("chat:ack", client_id="after")
        await there.next("chat:message", text="after")
