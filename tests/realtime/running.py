"""Starting room servers for tests, and talking to them as a page does."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.test import Client
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from accounts.models import User
from realtime.calls import call

# Generous, since whoever runs the tests may run much else.
WAIT_SECONDS = 30


@dataclass(frozen=True)
class RoomServer:
    kind: str
    port: int
    process: subprocess.Popen[str]

    async def join(self, stream_id: UUID, user: User | None = None, **query: str) -> str:
        """Ask for a join pass over HTTP, as the page does. Returns: the socket's address."""
        # In a thread that hands its connection back: one that an async test opens would outlive the database.
        return await call(self._join, stream_id, user, query)

    def _join(self, stream_id: UUID, user: User | None, query: dict[str, str]) -> str:
        path = f"/api/streams/{stream_id}/join?{urlencode(query)}"
        answer = self.request("POST", path, {}, cookies=session_cookie(user))
        return f"ws://127.0.0.1:{self.port}{answer['ws_url']}"

    def request(self, method: str, path: str, body: Any = None, *, cookies: str = "") -> Any:
        token = "a" * 32
        http = HTTPConnection("127.0.0.1", self.port, timeout=20)
        headers = {
            "Content-Type": "application/json",
            "Cookie": f"csrftoken={token}; {cookies}".strip("; "),
            "X-CSRFToken": token,
        }
        http.request(method, path, json.dumps(body) if body is not None else None, headers)
        response = http.getresponse()
        content = response.read()
        http.close()
        assert response.status < 400, content[:500]
        return json.loads(content) if response.headers["Content-Type"] == "application/json" else None


def session_cookie(user: User | None) -> str:
    """The Cookie header of somebody who signed in; "" for nobody."""
    client = Client()
    if user is not None:
        client.force_login(user)
    return "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())


@contextmanager
def running(kind: str, **environment: str) -> Iterator[RoomServer]:
    """A server process on the test database; killed at the end."""
    port = free_port()
    found = tempfile.NamedTemporaryFile()  # noqa: SIM115 - closed at the end
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.realtime.server", kind, str(port)],
        env=os.environ | _environment() | {"ROOM_SECRETS": found.name} | environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline().strip() == "ready", f"{kind} did not start"
        yield RoomServer(kind, port, process)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        secrets = found.read().decode()
        found.close()
    assert secrets == "", "in the server's log"


def _environment() -> dict[str, str]:
    return {
        "ROOM_DATABASE": str(connection.settings_dict["NAME"]),
        "SECRET_KEY": settings.SECRET_KEY,
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
    }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Page:
    """A client that keeps what it is told, like the page does."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.events: list[dict[str, Any]] = []

    async def send(self, **command: Any) -> None:
        await self.socket.send(json.dumps(command))

    async def frame(self) -> list[dict[str, Any]]:
        """The events of the next frame, or what is left of the last one. Raises: TimeoutError."""
        async with asyncio.timeout(WAIT_SECONDS):
            left, self.events = self.events, []
            return left or json.loads(await self.socket.recv())

    async def next(self, kind: str, **fields: Any) -> dict[str, Any]:
        """The next event of this type with these fields, past all others. Raises: TimeoutError."""
        async with asyncio.timeout(WAIT_SECONDS):
            while True:
                for place, event in enumerate(self.events):
                    if event["type"] == kind and fields.items() <= event.items():
                        del self.events[: place + 1]
                        return event
                self.events = json.loads(await self.socket.recv())


async def closed_with(page: Page) -> int | None:
    """The close code that the server gives. Raises: TimeoutError."""
    async with asyncio.timeout(WAIT_SECONDS):
        try:
            while True:
                await page.socket.recv()
        except ConnectionClosed:
            return page.socket.close_code


@asynccontextmanager
async def page(address: str, **options: Any) -> AsyncIterator[Page]:
    """Open a room socket as a page does."""
    async with connect(address, compression=None, **options) as socket:
        yield Page(socket)
