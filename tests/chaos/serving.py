"""Whole servers for tests, started as `make run` starts them, with files and a database cluster of their own."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil

from config.embedded.postgres import CHECKOUT

UP_WITHIN_SECONDS = 60  # generous: how long it took is printed, and benchmarks apply the bars
DOWN_WITHIN_SECONDS = 30


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Home:
    """A folder for a server's data, and the environment that makes every child recognisable by it."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="busk-served-"))
        self.folder.chmod(0o755)  # PostgreSQL's own account must find its way when root runs the tests

    @property
    def environment(self) -> dict[str, str]:
        inherited = {
            name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}
        }
        return inherited | {
            "BUSK_VAR_DIR": str(self.folder / "var"),
            "BUSK_POSTGRES_DIR": str(self.folder / "postgres"),
            "DJANGO_SETTINGS_MODULE": "config.settings.dev",
            "PYTHONUNBUFFERED": "1",
        }

    def manage(self, *arguments: str, **more_environment: str) -> subprocess.CompletedProcess[str]:
        """Run a management command to its end."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=CHECKOUT,
            env=self.environment | more_environment,
            capture_output=True,
            text=True,
            timeout=UP_WITHIN_SECONDS,
            check=False,
        )

    def processes(self) -> list[str]:
        """Every living process that was started for this home, wherever it hangs in the tree by now."""
        found = []
        for process in psutil.process_iter():
            try:
                ours = process.environ().get("BUSK_VAR_DIR") == self.environment["BUSK_VAR_DIR"]
                if ours and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(f"{process.pid} {' '.join(process.cmdline())}")
            except psutil.Error:
                continue
        return found

    def remove(self) -> None:
        for line in self.processes():
            psutil.Process(int(line.split()[0])).kill()
        shutil.rmtree(self.folder)


class Served:
    """A running `manage.py serve`, or another ``program`` that takes a port."""

    def __init__(
        self,
        home: Home,
        *arguments: str,
        program: tuple[str, ...] = ("manage.py", "serve"),
        port: int | None = None,
        **more_environment: str,
    ) -> None:
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.output = home.folder / f"output-{self.port}"
        self._started_at = time.monotonic()
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, *program, "--port", str(self.port), *arguments],
                cwd=CHECKOUT,
                env=home.environment | more_environment,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        return self.output.read_text()

    def wait_until_up(self, path: str = "/readyz") -> float:
        """Seconds from its start until it answered."""
        while time.monotonic() - self._started_at < UP_WITHIN_SECONDS:
            assert self.process.poll() is None, self.said
            if self.status(path) == 200:
                return time.monotonic() - self._started_at
            time.sleep(0.05)
        raise AssertionError(f"not up within {UP_WITHIN_SECONDS} s:\n{self.said}")

    def status(self, path: str) -> int | None:
        try:
            with urllib.request.urlopen(self.url + path, timeout=5) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code
        except OSError:
            return None

    def stop(self, number: int = signal.SIGINT) -> float:
        """Send the signal and wait for the end; returns the seconds it took."""
        began = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(DOWN_WITHIN_SECONDS)
        return time.monotonic() - began
