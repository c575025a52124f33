"""The sandbox as a server of its own, in threads of the process that starts it."""

import socket
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import TCPServer
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from payments.provider import sandbox_address_file, sandbox_secret
from payments.sandbox.account import Account
from payments.sandbox.api import Answered, Api, Asked, as_json, shown
from payments.sandbox.outbox import Outbox, Send, over_http
from payments.sandbox.pages import page_for
from payments.sandbox.store import Store

MOST_BODY_BYTES = 64 * 1024


class Sandbox:
    """Refuses to exist outside of DEBUG. With ``path`` it remembers from start to start."""

    def __init__(
        self,
        *,
        send: Send,
        path: Path | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        shown_as: str = "127.0.0.1",
        clock: Callable[[], float] = time.time,
    ) -> None:
        if not settings.DEBUG:
            raise ImproperlyConfigured("The payment sandbox runs with DEBUG only")
        self._server = _Server((host, port), _Handler)
        self._server.sandbox = self
        self.port = int(self._server.server_address[1])
        # Where Busk asks, and where browsers are sent.
        self.address = f"http://127.0.0.1:{self.port}"
        self.outbox = Outbox(secret=sandbox_secret("whsec_"), send=send, clock=clock)
        store = Store(path)
        self.account = Account(
            store,
            tell=lambda kind, thing: self.outbox.put(kind, shown(thing, store, [])),
            address=f"http://{shown_as}:{self.port}",
            clock=clock,
        )
        self.api = Api(
            self.account,
            key=sandbox_secret("sk_test_"),
            publishable_key=sandbox_secret("pk_test_"),
        )
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="sandbox", daemon=True
        )

    def start(self, *, with_webhooks: bool = True) -> None:
        self._thread.start()
        if with_webhooks:
            self.outbox.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self.outbox.stop()

    def answer(self, asked: Asked) -> Answered | None:
        """A request to the API; None drops the connection. Tests put faults here."""
        return self.api.answer(asked)


def sandbox_start(*, host: str, busk_port: int) -> Sandbox:
    """The one of `make run`: at the port it had before if that is free, and known to all who share ``VAR_DIR``."""
    file = sandbox_address_file()
    known = urlsplit(file.read_text(encoding="utf-8").strip()).port if file.exists() else None
    port = known if known and _is_free(host, known) else 0
    sandbox = Sandbox(
        send=over_http(f"http://127.0.0.1:{busk_port}/webhooks/stripe"),
        path=file.with_name("state.json"),
        host=host,
        port=port,
        shown_as=urlsplit(settings.PUBLIC_URL).hostname or "localhost",
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(sandbox.address, encoding="utf-8")
    sandbox.start()
    return sandbox


def _is_free(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    sandbox: Sandbox

    def server_bind(self) -> None:
        """Without asking the name service who we are, which may take seconds."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        self._do()

    def do_POST(self) -> None:
        self._do()

    def _do(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > MOST_BODY_BYTES:
            self.send_error(413)
            return
        body = self.rfile.read(length).decode(errors="replace")
        address = urlsplit(self.path)
        if not address.path.startswith("/v1/"):
            page = page_for(self.server.sandbox.account, self.command, address.path, body)
            headers = {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"}
            if page.location:
                headers["Location"] = page.location
            self._send(page.status, headers, page.html.encode())
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self.server.sandbox.answer(Asked(self.command, address.path, address.query, headers, body))
        if answer is None:
            self.close_connection = True
            return
        replayed = {"Idempotent-Replayed": "true"} if answer.replayed else {}
        self._send(answer.status, {"Content-Type": "application/json"} | replayed, as_json(answer.body))

    def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in (headers | {"Content-Length": str(len(body))}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: its lines would bury Busk's."""
