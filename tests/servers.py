"""Busk as `make run` starts it, for tests that drive it from outside: by browsers, and by killing it."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, LiteralString

import psycopg
from psycopg.rows import dict_row

from config.embedded.postgres import DATABASE, PORT, USER, EmbeddedPostgres
from tests.chaos.serving import Home, Served, free_port

# Of the accounts that a first start makes: creators mara and jonas, viewers ada and ben, and staffer.
DEMO_PASSWORD = "busk-demo"


class Busk:
    """A server with data of its own, which may be killed, and started again at the same address."""

    def __init__(self, **settings: str) -> None:
        self.home = Home()
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._settings: dict[str, Any] = dict(settings)
        self._served: Served | None = None

    def configure(self, **settings: str) -> None:
        """For the next start."""
        self._settings |= settings

    def start(self) -> float:
        """Returns the seconds until it answered."""
        self._served = Served(self.home, "--access-log", port=self.port, **self._settings)
        return self._served.wait_until_up()

    def stop(self) -> None:
        """Ctrl-C."""
        self._running.stop(signal.SIGINT)
        self._served = None

    def kill(self) -> None:
        """As the kernel does when memory runs out: nothing of the process's own runs any more."""
        self._running.process.kill()
        self._running.process.wait()
        self._served = None

    def remove(self) -> None:
        """Stop it and forget everything it wrote."""
        if self._served:
            self.stop()
        self.home.remove()

    @property
    def said(self) -> str:
        """Everything written to its terminal, over all starts."""
        output = self.home.folder / f"output-{self.port}"
        return output.read_text(errors="replace") if output.exists() else ""

    @property
    def encoders(self) -> list[str]:
        """The ffmpegs that run for it, also those that a killed server left behind."""
        return [line for line in self.home.processes() if "ffmpeg" in line]

    def row(self, query: LiteralString, *parameters: object) -> dict[str, Any]:
        """The one row that the query finds in its database, for what no page and no API shows."""
        with self._database() as connection:
            found = connection.execute(query, parameters).fetchone()
        assert found is not None
        return found

    @contextmanager
    def holding(self, query: LiteralString, *parameters: object) -> Iterator[None]:
        """Keep the locks that the query takes, so that the server has to wait at a known place."""
        with self._database() as connection:
            connection.execute(query, parameters)
            yield

    def waits_for_locks(self) -> int:
        """How many of the server's queries stand still at a lock."""
        query: LiteralString = (
            "SELECT count(*) AS n FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = %s"
        )
        return int(self.row(query, DATABASE)["n"])

    def _database(self) -> psycopg.Connection[dict[str, Any]]:
        socket_dir = EmbeddedPostgres(self.home.folder / "postgres").socket_dir
        return psycopg.connect(
            host=str(socket_dir), port=PORT, user=USER, dbname=DATABASE, row_factory=dict_row
        )

    @property
    def _running(self) -> Served:
        assert self._served is not None, "not started"
        return self._served


@contextmanager
def serving(**settings: str) -> Iterator[Busk]:
    busk = Busk(**settings)
    try:
        busk.start()
        yield busk
    finally:
        busk.remove()
