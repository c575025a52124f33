"""One fixture, two servers: the stub always, and the real one that LIVEKIT_URL names, when it names one."""

import asyncio
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from livekit import api

from streams.media.livekit.client import Engine, EngineRefused
from tests.livekit.stub import LiveKitStub

NO_SERVER = "LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET name no server: see `make test-live`"


class LiveKit:
    """A server to ask, with rooms of the test's own that go when it ends."""

    def __init__(self, url: str, key: str, secret: str, stub: LiveKitStub | None) -> None:
        self.url = url.rstrip("/").replace("ws", "http", 1) if url.startswith("ws") else url.rstrip("/")
        self.key, self.secret, self.stub = key, secret, stub
        self.engine = Engine(url=url, key=key, secret=secret)
        self._rooms: list[str] = []

    def name(self) -> str:
        """A name that no room had before."""
        self._rooms.append(f"contract-{secrets.token_hex(6)}")
        return self._rooms[-1]

    def room(self, *, empty: int = 60, departure: int = 20, people: int = 10) -> str:
        """A new room's name."""
        name = self.name()
        self.engine.create_room(
            name=name, empty_timeout=empty, departure_timeout=departure, max_participants=people
        )
        return name

    def token(self, identity: str, room: str, *, seconds: float = 120, **grants: Any) -> str:
        """As the site mints them for people."""
        given: dict[str, Any] = {"room_join": True, "room": room} | grants
        video = api.VideoGrants(**given)
        return self._token(seconds).with_identity(identity).with_grants(video).to_jwt()

    def api_token(self, *, seconds: float = 120, **grants: Any) -> str:
        """As the site mints them for itself."""
        return self._token(seconds).with_grants(api.VideoGrants(**grants)).to_jwt()

    async def get(self, path: str, **options: Any) -> tuple[int, str]:
        return await self.request("GET", path, **options)

    async def request(self, method: str, path: str, **options: Any) -> tuple[int, str]:
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, self.url + path, **options) as answer,
        ):
            return answer.status, await answer.text()

    async def twirp(self, method: str, body: Mapping[str, Any], **grants: Any) -> tuple[int, dict[str, Any]]:
        """Status and JSON of `RoomService/CreateRoom` and the like."""
        async with (
            aiohttp.ClientSession() as session,
            session.post(
                f"{self.url}/twirp/livekit.{method}",
                json=body,
                headers={"Authorization": f"Bearer {self.api_token(**grants)}"},
            ) as answer,
        ):
            return answer.status, await answer.json()

    async def let_pass(self, seconds: float, until: Callable[[], bool]) -> None:
        """Wait for what must come about within so many of the server's seconds."""
        if self.stub is not None:
            self.stub.pass_time(seconds)
        waited = 0.0
        while not until() and waited <= seconds:
            await asyncio.sleep(0.1)
            waited += 0.1
        assert until(), f"not within {seconds} s"

    def close(self) -> None:
        for name in self._rooms:
            with suppress(EngineRefused):
                self.engine.delete_room(name)
        self.engine.close()

    def _token(self, seconds: float) -> api.AccessToken:
        return api.AccessToken(self.key, self.secret).with_ttl(timedelta(seconds=seconds))


def named_server() -> tuple[str, str, str] | None:
    """Address, key and secret of a real server, if the environment names one."""
    url, key, secret = (os.environ.get(f"LIVEKIT_{name}", "") for name in ("URL", "API_KEY", "API_SECRET"))
    return (url, key, secret) if url and key and secret else None


SERVERS = ["stub", *([pytest.param("live", marks=pytest.mark.live)] if named_server() else [])]


@pytest.fixture(params=SERVERS)
def livekit(request: pytest.FixtureRequest) -> Iterator[LiveKit]:
    if request.param == "stub":
        stub = request.getfixturevalue("livekit_stub")
        server = LiveKit(stub.url, stub.key, stub.secret, stub)
    else:
        named = named_server()
        assert named is not None
        server = LiveKit(*named, None)
    yield server
    server.close()
