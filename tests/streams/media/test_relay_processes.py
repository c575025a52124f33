"""Servers that are killed, and two of them beside each other."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.db import connection

from .conftest import RelayServer, Studio, Watcher, free_port, wait_until
from .test_ingest_trouble import encoders

pytestmark = pytest.mark.chaos


@dataclass
class ServerProcess(RelayServer):
    """A relay server that can be killed. The loop of its studios stays here."""

    process: subprocess.Popen[bytes] | None = None

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self.start()

    def start(self) -> None:
        self.port = free_port()
        environment = os.environ | {
            "BUSK_RELAY_TEST_DB": connection.settings_dict["NAME"],
            "BUSK_RELAY_TEST_DIR": str(self._folder),
        }
        self.process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "tests.streams.media.serving", str(self.port)],
            env=environment,
        )
        wait_until(self._answers, seconds=30)

    def _answers(self) -> bool:
        try:
            return self.status("/hls/") == 404
        except OSError:
            return False

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        assert self.process is not None
        self.process.send_signal(number)
        self.process.wait(10)

    def studio(self, stream_id) -> Studio:
        return Studio(self, stream_id, self.get(f"/pass/{stream_id}").decode()).connect()

    def stop(self) -> None:
        self.kill()
        super().stop()


@pytest.fixture
def start_server(transactional_db, work_dir) -> Iterator[Callable[[], ServerProcess]]:
    servers: list[ServerProcess] = []

    def start() -> ServerProcess:
        servers.append(ServerProcess(work_dir))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


def test_a_killed_server_leaves_no_ffmpeg_and_goes_on_where_it_was(start_server, stream, record):
    server = start_server()
    watcher = Watcher(server, stream.pk)
    studio = server.studio(stream.pk)
    studio.record(record(seconds=3))
    wait_until(lambda: server.status(watcher.master_path) == 200)
    before = wait_until(lambda: len(watcher.playlist().names) >= 2 and watcher.playlist())
    server.kill()
    wait_until(lambda: encoders(stream.pk) == [], seconds=5)

    server.start()
    after = watcher.playlist()
    assert before.numbered.items() <= after.numbered.items()
    server.studio(stream.pk).record(record(seconds=3, size=(1280, 720)))
    wait_until(lambda: any(name.startswith("run-2/") for name in watcher.playlist().names))
    after = watcher.playlist()
    assert before.numbered.items() <= after.numbered.items()
    # The second that the killed server's ffmpeg finished by itself is there as well.
    names = list(after.numbered.values())
    assert names[:4] == [f"run-1/source/{index:06d}.m4s" for index in range(3)] + ["run-2/source/000000.m4s"]
    assert "#EXT-X-DISCONTINUITY\n" in after.text


def test_a_server_that_is_asked_to_stop_sends_the_studio_away_and_leaves_no_ffmpeg(
    start_server, stream, record
):
    server = start_server()
    studio = server.studio(stream.pk)
    studio.record(record(seconds=2))
    server.kill(signal.SIGTERM)
    wait_until(lambda: studio.close_code == 1012)
    wait_until(lambda: encoders(stream.pk) == [], seconds=5)


def test_a_studio_that_comes_back_to_another_process_takes_the_stage_over(start_server, stream, record):
    first, second = start_server(), start_server()
    watcher = Watcher(second, stream.pk)
    older = first.studio(stream.pk)
    older.record(record(seconds=2))
    before = wait_until(lambda: second.status(watcher.master_path) == 200 and watcher.playlist())
    newer = second.studio(stream.pk)
    newer.record(record(seconds=2))
    wait_until(lambda: older.close_code == 4409)
    after = wait_until(
        lambda: any(name.startswith("run-2/") for name in watcher.playlist().names) and watcher.playlist()
    )
    assert before.numbered.items() <= after.numbered.items()
    assert len(encoders(stream.pk)) == 1
