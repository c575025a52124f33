"""What a server tells of, and how: the stub and a real server alike.

A real server is told where to in its configuration; LIVEKIT_WEBHOOK_URL says which address on this machine that is.
"""

import asyncio
import base64
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import jwt
import pytest
from livekit import api
from livekit.protocol.models import DisconnectReason

from tests.livekit.conftest import LiveKit
from tests.livekit.sockets import Socket

PATIENCE_SECONDS = 40


@dataclass
class Received:
    body: bytes
    headers: dict[str, str]
    status: int

    @property
    def payload(self) -> dict[str, Any]:
        return dict(json.loads(self.body))


@dataclass
class Receiver:
    """An address that remembers what was posted to it, and may refuse it."""

    url: str = ""
    answers: Callable[[dict[str, Any]], int] = lambda payload: 200
    received: list[Received] = field(default_factory=list)

    def of(self, room: str) -> list[Received]:
        return [got for got in self.received if got.payload.get("room", {}).get("name") == room]

    def events(self, room: str) -> list[str]:
        """Those that were taken."""
        return [got.payload["event"] for got in self.of(room) if got.status == 200]


@contextmanager
def listening(host: str, port: int) -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            got = Received(body, headers, receiver.answers(json.loads(body)))
            receiver.received.append(got)
            self.send_response(got.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer((host, port), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    receiver.url = f"http://{host}:{server.server_address[1]}"
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def receiver(livekit: LiveKit) -> Iterator[Receiver]:
    if livekit.stub is not None:
        with listening("127.0.0.1", 0) as receiver:
            livekit.stub.webhooks.url = receiver.url
            yield receiver
        return
    address = urlsplit(os.environ.get("LIVEKIT_WEBHOOK_URL", ""))
    if not address.hostname:
        pytest.skip("LIVEKIT_WEBHOOK_URL does not say where the LiveKit server sends its webhooks")
    with listening(address.hostname, address.port or 80) as receiver:
        yield receiver


async def until(livekit: LiveKit, come_about: Callable[[], bool], seconds: int = PATIENCE_SECONDS) -> None:
    for _ in range(seconds * 10):
        if come_about():
            return
        if livekit.stub is not None:
            livekit.stub.pass_time(0.1)
        else:
            await asyncio.sleep(0.1)
    raise AssertionError("never came")


async def visit(livekit: LiveKit, name: str) -> None:
    """Somebody comes without media, and is put out."""
    async with Socket(livekit.url, livekit.token("guest", name)) as socket:
        await socket.joined()
        livekit.engine.remove_participant(room=name, identity="guest")
        await socket.end()


async def test_a_room_s_life_is_told_in_order(livekit: LiveKit, receiver: Receiver) -> None:
    """Who never had media did not join, and did not leave."""
    name = livekit.room()
    await visit(livekit, name)
    livekit.engine.delete_room(name)
    await until(livekit, lambda: "room_finished" in receiver.events(name))
    assert receiver.events(name) == ["room_started", "participant_connection_aborted", "room_finished"]
    [aborted] = [got.payload for got in receiver.of(name) if "participant" in got.payload]
    assert aborted["participant"]["identity"] == "guest"
    assert aborted["participant"]["state"] == "DISCONNECTED"
    assert aborted["participant"]["disconnectReason"] == "PARTICIPANT_REMOVED"


async def test_webhooks_are_signed(livekit: LiveKit, receiver: Receiver) -> None:
    """By a bare token over the bytes of the body."""
    name = livekit.room()
    await until(livekit, lambda: bool(receiver.events(name)))
    [got] = receiver.of(name)
    assert got.headers["content-type"] == "application/webhook+json"
    token = got.headers["authorization"]
    claims = jwt.decode(token, livekit.secret, ["HS256"], issuer=livekit.key)
    assert claims["sha256"] == base64.b64encode(hashlib.sha256(got.body).digest()).decode()
    webhooks = api.WebhookReceiver(api.TokenVerifier(livekit.key, livekit.secret))
    event = webhooks.receive(got.body.decode(), token)
    assert (event.event, event.room.name) == ("room_started", name)
    with pytest.raises(Exception, match="hash mismatch"):
        webhooks.receive(got.body.decode().replace(name, "another"), token)


async def test_what_is_in_them(livekit: LiveKit, receiver: Receiver) -> None:
    """Numbers of 64 bits are text, what is zero or false is left out, and a secret is in clear."""
    name = livekit.room(people=7)
    async with Socket(livekit.url, livekit.token("guest", name, hidden=True, can_publish=False)) as socket:
        await socket.joined()
    await until(livekit, lambda: len(receiver.events(name)) == 2)
    started, aborted = (got.payload for got in receiver.of(name))
    assert started["id"].startswith("EV_")
    assert started["createdAt"].isdigit()
    room = started["room"]
    assert (room["name"], room["maxParticipants"], room["emptyTimeout"]) == (name, 7, 60)
    assert room["creationTimeMs"].isdigit()
    assert room["turnPassword"]
    assert "numParticipants" not in room
    assert "metadata" not in room
    permission = aborted["participant"]["permission"]
    assert permission["hidden"]
    assert "canPublish" not in permission
    assert aborted["participant"]["disconnectReason"] == DisconnectReason.Name(DisconnectReason.SIGNAL_CLOSE)


async def test_what_is_refused_comes_again(livekit: LiveKit, receiver: Receiver) -> None:
    """As the same event, byte for byte; what came after it in its room waits meanwhile."""
    name = livekit.room()
    await until(livekit, lambda: bool(receiver.events(name)))
    failures = iter([500, 503])
    receiver.answers = lambda payload: (
        next(failures, 200) if payload.get("room", {}).get("name") == name else 200
    )
    await visit(livekit, name)
    livekit.engine.delete_room(name)
    await until(livekit, lambda: "room_finished" in receiver.events(name))
    told = [(got.payload["event"], got.status) for got in receiver.of(name)][1:]
    aborted = "participant_connection_aborted"
    assert told == [(aborted, 500), (aborted, 503), (aborted, 200), ("room_finished", 200)]
    assert len({got.body for got in receiver.of(name) if got.payload["event"] == aborted}) == 1


async def test_another_room_does_not_wait(livekit: LiveKit, receiver: Receiver) -> None:
    stuck = livekit.room()
    await until(livekit, lambda: bool(receiver.events(stuck)))
    receiver.answers = lambda payload: 500 if payload.get("room", {}).get("name") == stuck else 200
    await visit(livekit, stuck)
    free = livekit.room()
    await visit(livekit, free)
    # What is stuck is tried until its fifteenth second.
    await until(livekit, lambda: len(receiver.events(free)) == 2, seconds=8)
