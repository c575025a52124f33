"""A room that fills, LiveKit by its stand-in, and an ffmpeg that sends as an egress would."""

import subprocess
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from livekit.protocol.egress import EgressInfo

from streams.media.livekit.bridge import bridges
from streams.media.livekit.rooms import room_name
from streams.media.livekit.seats import seat_issue, seats_recount
from streams.media.port import Person
from streams.media.relay import ffmpeg
from streams.models import Seat, SeatRole, Stream
from tests.livekit.stub import LiveKitStub
from tests.streams.encoders.conftest import livekit
from tests.streams.media.conftest import RelayServer, free_port, wait_until, work_dir

__all__ = ["livekit", "work_dir"]

PICTURES = "-f lavfi -i testsrc2=size=1280x720:rate=30 -f lavfi -i sine=frequency=440:sample_rate=48000"
CODECS = (
    "-c:v libx264 -preset ultrafast -tune zerolatency -profile:v main -g 30 -b:v 2M -pix_fmt yuv420p -c:a aac"
)


class Sender:
    """What an egress does once it was started: push to the address that it was given."""

    def __init__(self, url: str) -> None:
        command = [
            ffmpeg.binary(),
            "-v",
            "error",
            "-re",
            *PICTURES.split(),
            *CODECS.split(),
            "-f",
            "flv",
            url,
        ]
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    @property
    def sends(self) -> bool:
        return self._process.poll() is None

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()


class Hall:
    """A stream on air whose room fills: ten viewers by WebRTC at most."""

    def __init__(self, stream: Stream, livekit: LiveKitStub) -> None:
        self.stream, self.livekit, self.room = stream, livekit, room_name(stream.pk)
        self._senders: list[Sender] = []

    def publisher(self, identity: str = "broadcaster-1", *sources: str) -> None:
        self.livekit.join(self.room, identity)
        self.livekit.publish(self.room, identity, *(sources or ("camera", "microphone")))

    def fill(self, viewers: int) -> None:
        """This many are in the room, or on their way there."""
        Seat.objects.filter(stream=self.stream, role=SeatRole.VIEWER).delete()
        for number in range(viewers):
            person = Person(viewer_id=f"a:{number}", holder=f"viewer:{number}")
            seat_issue(stream_id=self.stream.pk, role=SeatRole.VIEWER, person=person)
        seats_recount([self.stream.pk])

    @property
    def egresses(self) -> list[EgressInfo]:
        """Those that were started, oldest first."""
        return list(self.livekit.egresses.values())

    @property
    def running(self) -> list[EgressInfo]:
        return [found for found in self.egresses if found.status < 2]

    def send(self, egress: EgressInfo) -> Sender:
        (output,) = egress.participant.stream_outputs
        sender = Sender(output.urls[0])
        self._senders.append(sender)
        return sender

    def playback(self, **how: Any) -> Any:
        from streams.media import backend

        return backend().playback(
            stream_id=self.stream.pk,
            session_id=uuid4(),
            person=Person(viewer_id="a:me", **how.pop("me", {})),
            **how,
        )

    def close(self) -> None:
        for sender in self._senders:
            sender.stop()


@pytest.fixture
def hall(transactional_db: None, livekit: LiveKitStub, live_stream: Stream, settings: Any) -> Iterator[Hall]:
    settings.WEBRTC_VIEWERS = 10
    livekit.create_room(room_name(live_stream.pk))
    hall = Hall(live_stream, livekit)
    hall.publisher()
    yield hall
    hall.close()


@pytest.fixture
def serve(
    work_dir: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], RelayServer]]:
    """A server process of ours, with the bridges in it; it looks after them ten times a second."""
    settings.BRIDGE_LISTEN = f"127.0.0.1:{free_port()}"
    settings.BRIDGE_URL = f"rtmp://{settings.BRIDGE_LISTEN}"
    monkeypatch.setattr(bridges, "_tick_seconds", 0.1)
    started: list[RelayServer] = []

    def start() -> RelayServer:
        server = RelayServer()
        server.serve()
        started.append(server)
        return server

    yield start
    for server in started:
        server.stop()


def until(condition: Callable[[], Any], seconds: float = 30) -> Any:
    return wait_until(condition, seconds=seconds)


def stream_id_in(path: str) -> UUID:
    return UUID(path.split("/")[2])
