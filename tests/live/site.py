"""Busk before a real LiveKit: the server that the environment names, or one of the tests' own that may be killed."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.chaos.serving import free_port
from tests.deploy.nginx import Nginx, nginx
from tests.livekit.conftest import named_server
from tests.servers import Busk

KEY, SECRET = "livekey", "live-secret-live-secret-live-secret"
UP_WITHIN_SECONDS = 15

# Bound to the loopback: nothing that a test does is for others.
CONFIGURATION = """
port: {port}
bind_addresses: ["127.0.0.1"]
keys: {{ {key}: {secret} }}
room: {{ auto_create: false }}
{webhook}
{redis}
rtc:
  tcp_port: 0
  udp_port: {udp_port}
  use_external_ip: false
  node_ip: 127.0.0.1
  interfaces: {{ includes: [lo] }}
  enable_loopback_candidate: true
"""


class LiveKitServer:
    """A server of the tests' own, started from LIVEKIT_BINARY."""

    def __init__(self, binary: str, *, webhook_url: str | None, redis: str | None) -> None:
        self.port = free_port()
        self.url, self.key, self.secret = f"http://127.0.0.1:{self.port}", KEY, SECRET
        self._folder = tempfile.TemporaryDirectory(prefix="busk-livekit-")
        self._log = Path(self._folder.name) / "log"
        configuration = Path(self._folder.name) / "livekit.yaml"
        webhook = f'webhook: {{ api_key: {KEY}, urls: ["{webhook_url}"] }}' if webhook_url else ""
        store = f'redis: {{ address: "{redis}" }}' if redis else ""
        configuration.write_text(
            CONFIGURATION.format(
                port=self.port, udp_port=free_port(), key=KEY, secret=SECRET, webhook=webhook, redis=store
            )
        )
        self._command = [binary, "--config", str(configuration)]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log)
        deadline = time.monotonic() + UP_WITHIN_SECONDS
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(self.url, timeout=1).close()
            except urllib.error.HTTPError:
                return
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError(self.said)

    def kill(self) -> None:
        """As a machine dies: nothing is said to anybody."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        self._process = None

    def remove(self) -> None:
        if self._process is not None:
            self.kill()
        self._folder.cleanup()

    @property
    def said(self) -> str:
        return self._log.read_text()


@dataclass(frozen=True)
class Named:
    """A server that was there before; its webhooks go wherever it was told."""

    url: str
    key: str
    secret: str


@dataclass(frozen=True)
class Site:
    busk: Busk
    livekit: LiveKitServer | Named
    front: Nginx | None

    @property
    def signalling(self) -> str:
        """Where browsers are sent, over HTTP: through the door, or past it."""
        return f"http://{self.front.origin}" if self.front else self.livekit.url


def binary() -> str | None:
    return os.environ.get("LIVEKIT_BINARY") or None


@contextmanager
def busk_with_livekit(*, door: bool, webhooks: bool, redis: bool = False, **settings: str) -> Iterator[Site]:
    """``door`` puts the nginx of deploy/ in front of both, as it is meant; without it browsers go to LiveKit itself.

    With ``redis`` a LiveKit of our own keeps its rooms there, so that they outlive it.
    """
    with ExitStack() as stack:
        front_port = free_port()
        busk = Busk(**settings)
        stack.callback(busk.remove)
        store = stack.enter_context(_redis()) if redis else None
        livekit = _livekit(stack, f"{busk.url}/webhooks/livekit" if webhooks else None, store)
        chosen = {
            "LIVEKIT_URL": livekit.url,
            "LIVEKIT_API_KEY": livekit.key,
            "LIVEKIT_API_SECRET": livekit.secret,
            "LIVEKIT_PUBLIC_URL": f"ws{livekit.url.removeprefix('http')}",
            "BUSK_PUBLIC_URL": busk.url,
        }
        if door:
            origin = f"127.0.0.1:{front_port}"
            chosen |= {
                "LIVEKIT_PUBLIC_URL": f"ws://{origin}",
                "BUSK_PUBLIC_URL": f"http://{origin}",
                "BUSK_TRUSTED_PROXIES": "1",
            }
        busk.configure(**chosen)
        busk.start()
        front = None
        if door:
            behind = livekit.url.removeprefix("http://")
            front = stack.enter_context(nginx(web=f"127.0.0.1:{busk.port}", livekit=behind, port=front_port))
            busk.url = f"http://{front.origin}"
        yield Site(busk, livekit, front)


@contextmanager
def _redis() -> Iterator[str]:
    """One of its own: host and port."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is not installed")
    address = f"127.0.0.1:{free_port()}"
    host, port = address.split(":")
    process = subprocess.Popen(
        [program, "--bind", host, "--port", port, "--save", ""], stdout=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + UP_WITHIN_SECONDS
        while True:
            try:
                socket.create_connection((host, int(port)), timeout=1).close()
                break
            except OSError:
                assert time.monotonic() < deadline, "redis-server did not start"
                time.sleep(0.05)
        yield address
    finally:
        process.terminate()
        process.wait()


def _livekit(stack: ExitStack, webhook_url: str | None, redis: str | None) -> LiveKitServer | Named:
    if own := binary():
        server = LiveKitServer(own, webhook_url=webhook_url, redis=redis)
        stack.callback(server.remove)
        server.start()
        return server
    named = named_server()
    assert named is not None
    return Named(*named)
