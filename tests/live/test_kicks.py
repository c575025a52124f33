"""Whoever is put out stays out, also with every webhook lost."""

import asyncio
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack

import jwt
import pytest
from playwright.sync_api import Browser

from streams.media.livekit.client import Engine
from tests.browsers import Visitors
from tests.live.people import Api, Person, crowd
from tests.live.site import Site, binary, busk_with_livekit
from tests.livekit.conftest import NO_SERVER, named_server
from tests.livekit.sockets import Shut, Socket
from tests.streaming import go_live, logger

pytestmark = pytest.mark.live

MANY, AT_ONCE = 200, 50
# Nobody waits for a minute: the server puts out who has no media by then.
SETTINGS = {"BUSK_LIMIT_FOLLOW": "100000", "BUSK_LIMIT_TOKEN": "100000"}


@pytest.fixture(params=[True, False], ids=["by the door", "past the door"])
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    if named_server() is None and binary() is None:
        pytest.skip(NO_SERVER)
    with busk_with_livekit(door=request.param, webhooks=False, redis=False, **SETTINGS) as site:
        yield site


def test_two_hundred_are_put_out_and_none_gets_back(site: Site, chromium_browser: Browser) -> None:
    visitors = Visitors(chromium_browser, site.busk.url)
    studio = visitors.sign_in("mara")
    stream_id = go_live(studio, "Cello in the rain")
    creator = "; ".join(
        f"{cookie['name']}={cookie['value']}"
        for cookie in studio.context.cookies()
        if cookie["name"] != "csrftoken"
    )
    people = crowd(site.busk, MANY)
    engine = Engine(url=site.livekit.url, key=site.livekit.key, secret=site.livekit.secret)
    kicks = Kicks(site, stream_id, creator, engine)
    try:
        # Playwright has a loop in this thread already.
        with ThreadPoolExecutor(1) as thread:
            for first in range(0, MANY, AT_ONCE):
                thread.submit(asyncio.run, kicks.run(people[first : first + AT_ONCE])).result()
        there = kicks.identities()
    finally:
        engine.close()
        visitors.leave()
    slowest, usual = max(kicks.out_after), statistics.median(kicks.out_after)
    later = max(kicks.back_out_after, default=0.0)
    logger.info("%d put out, half of them within %.1f s, all within %.1f s", MANY, usual, slowest)
    logger.info("%d of %d tries to return opened, gone within %.1f s", kicks.opened, kicks.tries, later)
    assert len(kicks.out_after) == MANY
    assert usual < 2
    assert max(slowest, later) < 15
    assert kicks.tries == 3 * MANY
    assert [identity for identity in there if identity.startswith("viewer-")] == []
    if site.front is not None:
        assert kicks.refused == [403] * kicks.tries
    assert [identity.split("-")[0] for identity in there] == ["broadcaster"]


def identity_of(token: str) -> str:
    return str(jwt.decode(token, options={"verify_signature": False})["sub"])


class Kicks:
    """Some people come in, are blocked, and try to come back with all they have."""

    def __init__(self, site: Site, stream_id: str, creator: str, engine: Engine) -> None:
        self._site, self._stream_id, self._creator, self._engine = site, stream_id, creator, engine
        self.out_after: list[float] = []
        self.back_out_after: list[float] = []
        self.refused: list[int] = []
        self.tries = self.opened = 0

    def identities(self) -> list[str]:
        room = f"stream-{self._stream_id.replace('-', '')}"
        return [found.identity for found in self._engine.list_participants([room])[room]]

    async def run(self, people: list[Person]) -> None:
        api = Api(self._site.busk)
        self._one_by_one = asyncio.Semaphore(2)
        try:
            async with AsyncExitStack() as stack:
                sockets = await asyncio.gather(*(self._come(api, person, stack) for person in people))
                began = dict(await asyncio.gather(*(self._block(api, person) for person in people)))
                await asyncio.gather(
                    *(self._gone(began[person.user_id], socket) for person, socket in sockets)
                )
            await asyncio.gather(*(self._try_all(api, person) for person in people))
        finally:
            await api.close()

    async def _come(self, api: Api, person: Person, stack: AsyncExitStack) -> tuple[Person, Socket]:
        status, given = await api.ask("GET", f"/api/streams/{self._stream_id}/token", person.cookies)
        assert status == 200, given
        person.token = given["token"]
        socket = await stack.enter_async_context(self._socket(person, person.token))
        person.renewed = await socket.hear("refresh_token")
        return person, socket

    async def _block(self, api: Api, person: Person) -> tuple[str, float]:
        async with self._one_by_one:
            began = time.monotonic()
            status, said = await api.ask("POST", f"/api/users/{person.user_id}/block", self._creator)
        assert status == 200, said
        return person.user_id, began

    async def _gone(self, began: float, socket: Socket) -> None:
        leave, _ = await socket.end()
        assert leave is not None
        self.out_after.append(time.monotonic() - began)

    async def _try_all(self, api: Api, person: Person) -> None:
        """Their token, the one that the server renewed, and taking up what was broken off."""
        status, _ = await api.ask("GET", f"/api/streams/{self._stream_id}/token", person.cookies)
        assert status in {403, 404}
        for token, resume in ((person.token, None), (person.renewed, None), (person.renewed, "PA_before")):
            self.tries += 1
            began = time.monotonic()
            try:
                async with self._socket(person, token, resume=resume) as socket:
                    await socket.end(patience=10)
            except Shut as shut:
                self.refused.append(shut.status)
                continue
            except TimeoutError:
                # The server forgot to close the socket of somebody whom it put out of the room: nothing comes by it.
                assert identity_of(token) not in await asyncio.to_thread(self.identities)
            if resume is None:
                self.opened += 1
                self.back_out_after.append(time.monotonic() - began)

    def _socket(self, person: Person, token: str, resume: str | None = None) -> Socket:
        return Socket(self._site.signalling, token, "/rtc/v1", resume=resume, cookies=person.cookies)
