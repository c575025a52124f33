"""Busk in one process, from PostgreSQL to listening: what `make run` starts."""

import io
import logging
import threading
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from typing_extensions import override

from config import embedded, env
from config.embedded import servers

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Serve Busk in one process, with everything embedded that is not configured."

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
        parser.add_argument("--port", type=int, default=8000, help="port to listen on (default: %(default)s)")
        parser.add_argument("--server", choices=["daphne", "uvicorn"], default="daphne")
        parser.add_argument(
            "--access-log", action="store_true", help="log requests, without the passes in URLs"
        )

    @override
    def handle(self, *, host: str, port: int, server: str, access_log: bool, **options: Any) -> None:
        if reason := servers.why_not_listen(host, port):
            advice = "Choose another port: make run ARGS='--port 8001'"
            raise CommandError(f"Cannot listen on {host}:{port}: {reason}. {advice}")
        try:
            if not env.text("DATABASE_URL"):
                embedded.start()
            _migrate()
            accounts = _seed() if settings.DEBUG else ""
        except embedded.EmbeddedPostgresError as failure:
            raise CommandError(str(failure)) from None

        for name in ("celery", "daphne", "kombu"):
            logging.getLogger(name).setLevel(logging.WARNING)  # their small talk would bury the greeting
        from config.asgi import application
        from config.celery import app as tasks
        from config.embedded.worker import EmbeddedWorker
        from payments.provider import payments_mode
        from payments.sandbox.server import sandbox_start

        worker = None if settings.REDIS_URL else EmbeddedWorker(tasks)
        sandbox = sandbox_start(host=host, busk_port=port) if payments_mode() == "sandbox" else None
        listening = servers.Listening(
            application=application,
            host=host,
            port=port,
            log_access=access_log,
            on_ready=lambda: self.stdout.write(
                _greeting(
                    url=_url(host, port),
                    accounts=accounts,
                    server=server,
                    sandbox=_url(host, sandbox.port) if sandbox else "",
                )
            ),
        )
        if worker:
            worker.start()
        if settings.LIVEKIT_URL:
            threading.Thread(target=_look_at_livekit, name="livekit-trouble", daemon=True).start()
        try:
            servers.run_uvicorn(listening) if server == "uvicorn" else servers.run_daphne(listening)
        finally:
            self.stdout.write("\nStopping.")
            if worker:
                worker.stop()
            if sandbox:
                sandbox.stop()
            connection.close()


def _look_at_livekit() -> None:
    """Say in one line what is wrong with it, while the server starts without waiting."""
    from streams.media.livekit.trouble import ADVICE, trouble_find

    if trouble := trouble_find():
        logger.warning("%s %s", trouble.value, ADVICE[trouble])
    else:
        logger.info("LiveKit answers at %s", settings.LIVEKIT_URL)


def _migrate() -> None:
    """Apply what is missing. The look costs a few queries, the command half a second with nothing to do."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", verbosity=0, interactive=False)


def _seed() -> str:
    """Make the demo accounts unless they exist; returns the lines that name them."""
    told = io.StringIO()
    call_command("seed_demo", stdout=told)
    return told.getvalue().strip()


def _url(host: str, port: int) -> str:
    name = "localhost" if host in {"127.0.0.1", "::1", "0.0.0.0", "::"} else host  # noqa: S104 - only compared
    return f"http://{name}:{port}"


def _greeting(*, url: str, accounts: str, server: str, sandbox: str) -> str:
    lines = ["", f"  {settings.SITE_NAME} is on {url}", ""]
    if accounts:
        lines += [f"  {line}" for line in accounts.splitlines()] + [""]
    lines += [f"  {what:<10} {state}" for what, state in _parts(url, server, sandbox)]
    return "\n".join(
        [*lines, "", "  How to replace each part: docs/operations.md. Ctrl-C stops everything.", ""]
    )


def _parts(url: str, server: str, sandbox: str) -> list[tuple[str, str]]:
    """What runs here, and which setting replaces it."""
    database = "by DATABASE_URL"
    if not env.text("DATABASE_URL"):
        database = f"embedded PostgreSQL 18 in {embedded.home()} (replace: DATABASE_URL)"
    tasks = "in this process (replace: REDIS_URL)"
    if settings.REDIS_URL:
        tasks = "by REDIS_URL; run `celery -A config worker` and `celery -A config beat` beside this"
    media = "built-in relay, browser to HLS through ffmpeg (replace: LIVEKIT_URL)"
    if settings.LIVEKIT_URL:
        media = "LiveKit by LIVEKIT_URL"
    mail = "off"
    if settings.EMAIL_BACKEND.endswith("smtp.EmailBackend"):
        mail = "by EMAIL_HOST"
    elif settings.DEBUG:
        mail = f"simulated, read it at {url}/dev/mail/ (replace: EMAIL_HOST)"
    payments = "off"
    if sandbox:
        payments = f"sandbox, no real money: {sandbox} (replace: STRIPE_SECRET_KEY)"
    elif settings.PAYMENTS == "stripe":
        payments = "Stripe by STRIPE_SECRET_KEY"
    return [
        ("Database", database),
        ("Tasks", tasks),
        ("Media", media),
        ("Mail", mail),
        ("Payments", payments),
        ("Server", server),
    ]
