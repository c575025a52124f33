"""A real server with the relay, real recordings, and a studio that sends them as a browser would."""

import asyncio
import json
import re
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import uvicorn
from channels.routing import URLRouter
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from config.lifespan import with_lifespan
from streams.media import backend
from streams.media.port import Ingest, Person
from streams.media.relay import ffmpeg
from streams.media.relay.asgi import relay_app
from streams.models import Stream
from streams.routing import websocket_urlpatterns

FRAME_BYTES = 32 * 1024
_VIDEO = {
    "h264": "-c:v libx264 -preset ultrafast -tune zerolatency -g 30 -pix_fmt yuv420p",
    "vp8": "-c:v libvpx -deadline realtime -cpu-used 8 -g 300",
    "vp9": "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 300",
}


def wait_until(condition: Callable[[], Any], *, seconds: float = 10.0) -> Any:
    """The first true value of ``condition``; fails after ``seconds``."""
    give_up_at = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < give_up_at, "waited in vain"
        time.sleep(0.05)
    return value


@dataclass(frozen=True)
class Recorded:
    """A recording as a browser's MediaRecorder makes it: a stream of Matroska, never seekable."""

    data: bytes
    mime: str
    width: int
    height: int
    seconds: float


@pytest.fixture(scope="session")
def record(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Recorded]:
    """Makes recordings of a moving test picture and a tone, each kind once."""
    made: dict[tuple[Any, ...], Recorded] = {}

    def make(
        *,
        codec: str = "h264",
        size: tuple[int, int] = (640, 360),
        seconds: float = 4,
        audio: bool = True,
        late_audio: float = 0,
    ) -> Recorded:
        key = (codec, size, seconds, audio, late_audio)
        if key not in made:
            tone = (
                ["-itsoffset", str(late_audio), "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000"]
                if audio
                else []
            )
            command = [
                ffmpeg.binary(), "-v", "error",
                "-f", "lavfi", "-i", f"testsrc2=size={size[0]}x{size[1]}:rate=30", *tone,
                "-t", str(seconds), *_VIDEO[codec].split(), "-b:v", "1M", *(["-c:a", "libopus"] if audio else []),
                "-f", "matroska", "-live", "1", "-cluster_time_limit", "250", "pipe:1",
            ]  # fmt: skip
            data = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
            made[key] = Recorded(data, f"video/webm;codecs={codec}", *size, seconds)
        return made[key]

    return make


@dataclass
class Studio:
    """One ingest socket. Calls block; what the server says is collected in ``heard``."""

    server: "RelayServer"
    stream_id: UUID
    token: str | None = None
    heard: list[dict[str, Any]] = field(default_factory=list)
    close_code: int | None = None
    _socket: ClientConnection | None = None
    _epoch: int = 0

    def connect(self) -> "Studio":
        self.server.run(self._connect())
        return self

    async def _connect(self) -> None:
        if self.token is None:
            ingest = backend().broadcaster_credentials(
                stream_id=self.stream_id, person=Person(viewer_id="studio")
            )
            assert isinstance(ingest, Ingest)
            self.token = ingest.url.partition("pass=")[2]
        url = f"ws://127.0.0.1:{self.server.port}/ws/ingest/{self.stream_id}/?pass={self.token}"
        self._socket = await connect(url, ping_interval=None, compression=None)
        self._listening = asyncio.create_task(self._listen(self._socket))

    async def _listen(self, connection: ClientConnection) -> None:
        try:
            async for text in connection:
                self.heard.append(json.loads(text))
        except ConnectionClosed:
            pass
        self.close_code = connection.close_code

    def send(self, message: str | bytes) -> None:
        assert self._socket is not None
        self.server.run(self._socket.send(message))

    def start(self, recorded: Recorded) -> int:
        """Announce a recording and wait until the server is ready for it."""
        self._epoch += 1
        epoch = self._epoch
        start = {"type": "ingest:start", "epoch": epoch, "mime": recorded.mime}
        self.send(
            json.dumps(start | {"width": recorded.width, "height": recorded.height, "bitrate": 1_000_000})
        )
        wait_until(lambda: self.last("ingest:ready", epoch=epoch) or self.close_code)
        return epoch

    def record(self, recorded: Recorded, *, speed: float = 1.0) -> int:
        """Send a whole recording at the speed of a camera, and wait until the server took it."""
        epoch = self.start(recorded)
        self.server.run(self._feed(recorded, speed), timeout=recorded.seconds / speed + 10)
        wait_until(
            lambda: (ack := self.last("ingest:ack", epoch=epoch)) and ack["bytes"] == len(recorded.data)
        )
        return epoch

    async def _feed(self, recorded: Recorded, speed: float) -> None:
        assert self._socket is not None
        began, data = time.monotonic(), recorded.data
        chunks = int(recorded.seconds * 10)
        for chunk in range(chunks):
            start, end = (len(data) * at // chunks for at in (chunk, chunk + 1))
            for at in range(start, end, FRAME_BYTES):
                await self._socket.send(data[at : min(at + FRAME_BYTES, end)])
            await asyncio.sleep(max(0.0, began + (chunk + 1) / 10 / speed - time.monotonic()))

    def last(self, kind: str, **fields: Any) -> dict[str, Any] | None:
        matching = (
            message
            for message in reversed(self.heard)
            if message["type"] == kind and fields.items() <= message.items()
        )
        return next(matching, None)

    def hang_up(self) -> None:
        """The page is closed: the socket says goodbye."""
        assert self._socket is not None
        self.server.run(self._socket.close())

    def cut(self) -> None:
        """The network is gone: the connection breaks without a word."""
        assert self._socket is not None
        self.server.loop.call_soon_threadsafe(self._socket.transport.abort)
        wait_until(lambda: self.close_code is not None)


class RelayServer:
    """The relay on a free port, under uvicorn, in a thread; and the loop that studios run in."""

    def __init__(self, *, port: int | None = None) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()
        self.port = port or 0
        self._uvicorn: uvicorn.Server | None = None

    def serve(self) -> None:
        async def no_page(scope: Any, receive: Any, send: Any) -> None:
            await URLRouter(websocket_urlpatterns)(scope, receive, send)

        self.port = free_port()
        config = uvicorn.Config(
            with_lifespan(relay_app(no_page)),
            port=self.port,
            ws="websockets-sansio",
            ws_max_size=65_536,
            ws_per_message_deflate=False,
            log_config=None,
            lifespan="on",
        )
        self._uvicorn = uvicorn.Server(config)
        self._serving: Future[None] = asyncio.run_coroutine_threadsafe(self._uvicorn._serve(), self.loop)
        wait_until(lambda: self._uvicorn and self._uvicorn.started)

    def run(self, work: Any, *, timeout: float = 20) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(timeout)

    def stop(self) -> None:
        if self._uvicorn is not None:
            self._uvicorn.should_exit = True
            self._serving.result(20)
        self.run(self._cancel_all())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(10)
        self.loop.close()

    async def _cancel_all(self) -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def get(self, path: str) -> bytes:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            content: bytes = answer.read()
            return content

    def status(self, path: str) -> int:
        try:
            self.get(path)
        except urllib.error.HTTPError as refusal:
            return refusal.code
        return 200


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def work_dir(tmp_path: Path, settings: Any) -> Path:
    folder = tmp_path / "relay"
    settings.MEDIA_WORK_DIR = folder
    return folder


@pytest.fixture
def server(transactional_db: None, work_dir: Path) -> Iterator[RelayServer]:
    server = RelayServer()
    server.serve()
    yield server
    server.stop()


@pytest.fixture
def studio(server: RelayServer, stream: Stream) -> Studio:
    """alice's studio, connected."""
    return Studio(server, stream.pk).connect()


@dataclass
class Watcher:
    """A viewer session's way to the playlists."""

    server: RelayServer
    stream_id: UUID
    session_id: UUID = field(default_factory=uuid4)

    @property
    def master_path(self) -> str:
        source = backend().playback(
            stream_id=self.stream_id, session_id=self.session_id, person=Person(viewer_id="a:nobody")
        )
        assert source is not None
        return source.url

    def playlist(self, rendition: str = "source") -> "Playlist":
        return Playlist(self.server.get(self.master_path.replace("master", rendition)).decode())


@dataclass(frozen=True)
class Playlist:
    text: str

    def tag(self, name: str) -> int:
        found = re.search(rf"#EXT-X-{name}:(\d+)", self.text)
        assert found, self.text
        return int(found[1])

    @property
    def segments(self) -> list[str]:
        return [line for line in self.text.splitlines() if line.startswith("/seg/")]

    @property
    def names(self) -> list[str]:
        """Segments without their key: ``run-1/source/000000.m4s``."""
        return [segment.split("/", 4)[4] for segment in self.segments]

    @property
    def numbered(self) -> dict[int, str]:
        return dict(enumerate(self.names, start=self.tag("MEDIA-SEQUENCE")))


@pytest.fixture
def watcher(server: RelayServer, stream: Stream) -> Watcher:
    return Watcher(server, stream.pk)
