"""A running server with a stream on air, and browsers that know nothing but its addresses."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.test import Client
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from accounts.models import User
from streams.media.relay import timeline
from streams.media.relay.timeline import Piece, Timeline, Variant
from tests.realtime.running import RoomServer

WAIT_SECONDS = 20
_CSRF = "a" * 32


class Answer(NamedTuple):
    status: int
    body: Any

    @property
    def code(self) -> str:
        """Of a refusal; "" for none."""
        return self.body.get("code", "") if self.status >= 400 and isinstance(self.body, dict) else ""


class Browser:
    """Keeps its cookies. ``address`` is where it comes from, as the proxy in front of the server tells it."""

    def __init__(self, server: RoomServer, *, address: str = "198.51.100.7") -> None:
        self.server, self.address = server, address
        self.cookies: dict[str, str] = {"csrftoken": _CSRF}
        self.headers: dict[str, str] = {}

    def sign_in(self, user: User) -> "Browser":
        client = Client()
        client.force_login(user)
        self.cookies |= {name: morsel.value for name, morsel in client.cookies.items()}
        return self

    def sign_out(self) -> None:
        self.cookies.pop(settings.SESSION_COOKIE_NAME, None)

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        http = HTTPConnection("127.0.0.1", self.server.port, timeout=WAIT_SECONDS)
        sent = {
            "Content-Type": "application/json",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "X-CSRFToken": self.cookies.get("csrftoken", ""),
            "X-Forwarded-For": self.address,
        }
        http.request(
            method, path, json.dumps(body) if body is not None else None, sent | self.headers | headers
        )
        response = http.getresponse()
        content = response.read()
        for name, value in response.getheaders():
            if name.lower() == "set-cookie":
                self.cookies |= {key: morsel.value for key, morsel in SimpleCookie(value).items()}
        http.close()
        is_json = (response.headers.get("Content-Type") or "").startswith("application/json")
        return Answer(response.status, json.loads(content) if is_json and content else content.decode())

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        return self.ask("POST", path, body if body is not None else {}, **headers)

    def join(self, stream_id: UUID) -> Answer:
        return self.post(f"/api/streams/{stream_id}/join")

    def socket(self, address: str) -> "Socket":
        return Socket(f"ws://127.0.0.1:{self.server.port}{address}")


class Socket:
    """A room's socket, which closes at once where it is not let in."""

    def __init__(self, address: str) -> None:
        self._stack = ExitStack()
        opening = connect(address, compression=None, open_timeout=WAIT_SECONDS)
        self.connection: ClientConnection = self._stack.enter_context(opening)

    def welcomed(self) -> bool:
        """Whether the room said anything but no."""
        try:
            return any(event["type"] == "room:welcome" for event in self.events())
        except ConnectionClosed:
            return False

    def events(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.connection.recv(timeout=WAIT_SECONDS))
        return found

    def say(self, text: str, client_id: str) -> dict[str, Any]:
        """What the room answers. Raises: ConnectionClosed."""
        self.connection.send(json.dumps({"type": "chat:send", "client_id": client_id, "text": text}))
        while True:
            for event in self.events():
                if event.get("client_id") == client_id and event["type"] in {"chat:ack", "error"}:
                    return event

    def closed_with(self) -> int | None:
        """Waits until the server closes it."""
        try:
            while True:
                self.connection.recv(timeout=WAIT_SECONDS)
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else None

    def close(self) -> None:
        self._stack.close()


class Pictures:
    """Half a second of pictures each half second, as the relay's packager publishes them."""

    def __init__(self, stream_id: UUID) -> None:
        self.folder = Path(settings.MEDIA_WORK_DIR) / str(stream_id)
        self.state = Timeline()
        self._over = threading.Event()

    def publish(self) -> None:
        index = self.state.next_number
        (self.folder / "run-1" / "source").mkdir(parents=True, exist_ok=True)
        (self.folder / "run-1" / "source" / f"{index:06d}.m4s").write_bytes(b"pictures")
        self.state = self.state.with_slot(
            run=1,
            index=index,
            pieces={"source": Piece(0.5, 8)},
            variants=[Variant("source", 640, 360, "avc1.42c01e")],
            now=time.time(),
        )
        timeline.save(self.folder, self.state)

    @contextmanager
    def flowing(self) -> Iterator["Pictures"]:
        def flow() -> None:
            while not self._over.wait(0.5):
                self.publish()

        self.publish()
        thread = threading.Thread(target=flow)
        thread.start()
        try:
            yield self
        finally:
            self._over.set()
            thread.join()


def took(closed: Callable[[], bool], *, since: float) -> float:
    """Seconds from then until the door was found closed."""
    while not closed():
        assert time.monotonic() - since < WAIT_SECONDS, "it stays open"
        time.sleep(0.01)
    return time.monotonic() - since
