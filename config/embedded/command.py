"""The embedded PostgreSQL around a management command, so that each works with nothing configured."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import NoReturn

from config import env
from config.embedded import postgres

# These never ask the database, and must also work where no server can be started, as in an image's build.
NEEDS_NO_DATABASE = {
    "help",
    "version",
    "--help",
    "--version",
    "-h",
    "collectstatic",
    "compilemessages",
    "makemessages",
}


@contextmanager
def postgres_for(argv: list[str]) -> Iterator[None]:
    """Run the body with PostgreSQL up, unless DATABASE_URL names another one; its last user stops it."""
    command = argv[1] if len(argv) > 1 else "help"
    if env.text("DATABASE_URL") or command in NEEDS_NO_DATABASE:
        yield
        return
    signal.signal(signal.SIGTERM, _leave_in_order)
    if command == "serve":
        # Here and not in the thread: an import that Ctrl-C breaks off in the main thread can leave CPython's lock on
        # imports held, and then whatever another thread still imports waits for ever.
        import psutil  # noqa: F401
        import psycopg  # noqa: F401

        # The server starts while Django imports; `serve` waits for it, and then reports what went wrong here.
        threading.Thread(target=_start_quietly, name="postgres-start").start()
    else:
        try:
            postgres.start()
        except postgres.EmbeddedPostgresError as failure:
            sys.exit(str(failure))
    try:
        yield
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)  # a wish, not an error that needs a traceback
    finally:
        postgres.stop()


def _start_quietly() -> None:
    with suppress(postgres.EmbeddedPostgresError):
        postgres.start()


def _leave_in_order(_number: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(128 + signal.SIGTERM)
