"""`make run`'s own entry point: it comes up by itself, says what it is, and leaves nothing behind."""

import http.client
import signal
import socket
import time
from collections.abc import Iterator

import pytest

from tests.chaos.serving import Home, Served

pytestmark = pytest.mark.chaos


@pytest.fixture
def home() -> Iterator[Home]:
    home = Home()
    yield home
    home.remove()


@pytest.mark.parametrize("server", ["daphne", "uvicorn"])
def test_it_starts_from_nothing_and_leaves_nothing(home: Home, server: str) -> None:
    served = Served(home, "--server", server)
    served.wait_until_up()
    for promised in (
        f"http://localhost:{served.port}",
        "mara",
        "password",
        "embedded PostgreSQL",
        "DATABASE_URL",
    ):
        assert promised in served.said
    # A client that stays connected must not hold the stop up.
    waiting = http.client.HTTPConnection("127.0.0.1", served.port)
    waiting.request("GET", "/healthz")
    waiting.getresponse().read()
    assert served.stop(signal.SIGINT) < 15
    waiting.close()
    assert served.process.returncode == 0
    assert "Traceback" not in served.said
    assert home.processes() == []


def test_a_second_start_is_quick_and_keeps_the_accounts(home: Home) -> None:
    first = Served(home)
    seconds = [first.wait_until_up()]
    first.stop(signal.SIGTERM)
    assert first.process.returncode == 0
    assert home.processes() == []
    second = Served(home)
    seconds.append(second.wait_until_up())
    print(f"first start {seconds[0]:.1f} s, second {seconds[1]:.1f} s")  # noqa: T201 - for the reader of -rP
    assert seconds[1] < 20
    assert "mara" in second.said
    second.stop()
    told = home.manage("shell", "-c", "from accounts.models import User; print(User.objects.count())")
    assert told.stdout.splitlines()[-1] == "5", told.stderr


@pytest.mark.parametrize("after_seconds", [0.1, 0.6, 1.2, 1.8])
def test_ctrl_c_at_any_moment_of_the_start_leaves_nothing(home: Home, after_seconds: float) -> None:
    served = Served(home)
    time.sleep(after_seconds)
    served.stop(signal.SIGINT)
    assert home.processes() == []


def test_ctrl_c_after_an_earlier_kill_leaves_nothing(home: Home) -> None:
    killed = Served(home)
    killed.wait_until_up()
    killed.process.kill()
    killed.process.wait()
    assert home.processes() != []  # PostgreSQL: nobody was left to stop it
    served = Served(home)
    served.wait_until_up()
    served.stop()
    assert home.processes() == []


def test_a_command_beside_it_shares_its_database_and_leaves_it_alone(home: Home) -> None:
    served = Served(home)
    served.wait_until_up()
    told = home.manage("shell", "-c", "from accounts.models import User; print(User.objects.count())")
    assert told.returncode == 0, told.stderr
    assert served.status("/readyz") == 200
    served.stop()
    assert home.processes() == []


def test_a_taken_port_is_said_in_one_line(home: Home) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        told = home.manage("serve", "--port", str(port))
    assert told.returncode == 1
    assert f"Cannot listen on 127.0.0.1:{port}: Address already in use" in told.stderr
    assert "Traceback" not in told.stderr
    assert home.processes() == []


def test_half_a_configuration_stops_the_start(home: Home) -> None:
    told = home.manage("serve", LIVEKIT_URL="wss://livekit.example")
    assert told.returncode == 1
    assert "busk.E001" in told.stderr
    assert "LIVEKIT_API_KEY" in told.stderr
    assert home.processes() == []


STREAM = "01990000-0000-7000-8000-000000000000"
URLS_WITH_SECRETS = (
    f"/hls/{STREAM}/hunter2/master.m3u8",
    f"/hls/{STREAM}/hunter2/source.m3u8?pass=hunter2",
    f"/seg/{STREAM}/hunter2/1/source/1.m4s",
    "/live?pass=hunter2",
    "/api/streams/live?token=hunter2",
)


@pytest.mark.parametrize("server", ["daphne", "uvicorn"])
def test_access_logs_carry_no_secret_of_a_url(home: Home, server: str) -> None:
    served = Served(home, "--server", server, "--access-log")
    served.wait_until_up()
    for path in URLS_WITH_SECRETS:
        served.status(path)
    _open_socket(served, f"/ws/streams/{STREAM}/?pass=hunter2")
    served.stop()
    assert f"/hls/{STREAM}/" in served.said
    assert f"/ws/streams/{STREAM}/" in served.said
    assert "hunter2" not in served.said


def test_a_uvicorn_that_is_started_by_hand_logs_no_secret_either(home: Home) -> None:
    served = Served(home, program=("-m", "uvicorn", "config.asgi:application"))
    served.wait_until_up("/healthz")
    for path in URLS_WITH_SECRETS:
        served.status(path)
    served.stop()
    assert f"/hls/{STREAM}/" in served.said
    assert "SECRET" not in served.said


def _open_socket(served: Served, path: str) -> None:
    """Shake hands as a browser would, whatever the answer is."""
    client = http.client.HTTPConnection("127.0.0.1", served.port, timeout=10)
    upgrade = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
        "Origin": served.url,
    }
    client.request("GET", path, headers=upgrade)
    client.getresponse()
    client.close()
