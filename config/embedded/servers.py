"""Daphne or uvicorn on our application, in the main thread, until SIGINT or SIGTERM."""

import asyncio
import logging
import signal
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

logger = logging.getLogger(__name__)
access_log = logging.getLogger("busk.access")

Application = Callable[..., Awaitable[None]]
LARGEST_MESSAGE_BYTES = 65_536
BACKLOG = 2_048  # a wave of viewers arrives within a second
STOP_SECONDS = 5


@dataclass(frozen=True, kw_only=True)
class Listening:
    application: Application
    host: str
    port: int
    log_access: bool
    on_ready: Callable[[], None]


def why_not_listen(host: str, port: int) -> str | None:
    """The system's reason why nobody may listen there now; None when one may."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error.strerror
    return None


def run_uvicorn(listening: Listening) -> None:
    import uvicorn

    if not listening.log_access:
        logging.getLogger("uvicorn.error").setLevel(logging.WARNING)  # sockets that open and close

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                listening.on_ready()

    config = uvicorn.Config(
        listening.application,
        host=listening.host,
        port=listening.port,
        backlog=BACKLOG,
        # The sans-I/O implementation bounds what it reads ahead; compression would cost 250 KB a socket.
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        ws_max_size=LARGEST_MESSAGE_BYTES,
        # Who the client is behind proxies is decided by BUSK_TRUSTED_PROXIES.
        proxy_headers=False,
        server_header=False,
        log_config=None,
        access_log=listening.log_access,
        timeout_graceful_shutdown=STOP_SECONDS,
    )
    with suppress(KeyboardInterrupt, SystemExit):  # uvicorn raises the signal again once it has stopped
        Server(config).run()


def run_daphne(listening: Listening) -> None:
    from daphne.server import Server, twisted_loop
    from twisted.internet import reactor as twisted_reactor

    reactor: Any = (
        twisted_reactor  # the module stands for an object that is installed when Daphne is imported
    )
    lifespan = _Lifespan(listening.application)
    asyncio.set_event_loop(twisted_loop)
    twisted_loop.run_until_complete(lifespan.startup())
    stopping: list[asyncio.Task[None]] = []

    async def stop() -> None:
        await lifespan.shutdown()
        reactor.stop()

    def begin_to_stop() -> None:
        if not stopping:
            stopping.append(twisted_loop.create_task(stop()))

    for number in (signal.SIGINT, signal.SIGTERM):
        twisted_loop.add_signal_handler(number, begin_to_stop)
    interface = listening.host.replace(":", r"\:")
    Server(
        application=listening.application,
        endpoints=[f"tcp:port={listening.port}:interface={interface}:backlog={BACKLOG}"],
        signal_handlers=False,
        action_logger=_log_access if listening.log_access else None,
        websocket_timeout=-1,  # rooms are open for as long as somebody watches
        websocket_max_message_size=LARGEST_MESSAGE_BYTES,
        websocket_max_frame_size=LARGEST_MESSAGE_BYTES,
        application_close_timeout=STOP_SECONDS,
        ready_callable=listening.on_ready,
        server_name="busk",
    ).run()
    left = asyncio.all_tasks(twisted_loop)
    for task in left:
        task.cancel()
    if left:
        twisted_loop.run_until_complete(asyncio.wait(left, timeout=STOP_SECONDS))


def _log_access(protocol: str, action: str, details: dict[str, Any]) -> None:
    # The passes in paths are blanked by the filter that every log handler carries.
    known = [details.get(name) for name in ("client", "method", "path", "status")]
    access_log.info("%s", " ".join(str(word) for word in [protocol, action, *known] if word is not None))


class _Lifespan:
    """The start and stop messages of ASGI, which Daphne does not send.

    Source: https://asgi.readthedocs.io/en/latest/specs/lifespan.html
    """

    def __init__(self, application: Application) -> None:
        self._application = application
        self._to_application: asyncio.Queue[dict[str, str]] = asyncio.Queue()
        self._from_application: asyncio.Queue[dict[str, str]] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    async def startup(self) -> None:
        """Returns when the application is ready, at once if it knows no lifespan. Raises: RuntimeError."""
        self._task = asyncio.create_task(self._run())
        reply = await self._ask("lifespan.startup")
        if reply == "lifespan.startup.failed":
            raise RuntimeError("The application did not start; its own message is in the log.")

    async def shutdown(self) -> None:
        try:
            await asyncio.wait_for(self._ask("lifespan.shutdown"), STOP_SECONDS)
        except TimeoutError:
            logger.warning("The application did not stop within %s s.", STOP_SECONDS)

    async def _run(self) -> None:
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": {}}
        await self._application(scope, self._to_application.get, self._from_application.put)

    async def _ask(self, message: str) -> str:
        assert self._task is not None
        await self._to_application.put({"type": message})
        reply = asyncio.create_task(self._from_application.get())
        await asyncio.wait({reply, self._task}, return_when=asyncio.FIRST_COMPLETED)
        if reply.done():
            return reply.result()["type"]
        reply.cancel()
        if (error := self._task.exception()) and message == "lifespan.startup":
            # The specification's way of saying that an application knows no lifespan; or a real error.
            logger.debug("The application knows no lifespan: %r", error)
        return "unsupported"
