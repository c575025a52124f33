"""The door: what every room socket does, whatever the room is about."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar
from urllib.parse import urlsplit

from channels.consumer import AsyncConsumer
from django.conf import settings

from core.errors import DomainError, RateLimited
from realtime.asgi import SERVER_SEND
from realtime.commands import Command, UnknownType, handler_of, parse
from realtime.fastsend import writer_for
from realtime.hub import hub
from realtime.metrics import CLOSED
from realtime.passes import JoinPass
from realtime.rooms import RoomHub
from realtime.sockets import CLOSE_TOO_BIG, RoomSocket

logger = logging.getLogger(__name__)

MESSAGE_BYTES = 64 * 1024

Receive = Callable[[], Awaitable[dict[str, Any]]]


class Refused(Exception):
    """This connection is not let in."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason


class SocketConsumer(AsyncConsumer):
    """A Channels consumer with its own read loop.

    It joins no channel layer (the hub has the process's one channel) and dispatches itself: Channels closes old
    database connections through a thread before every message, and this consumer never touches the database.
    """

    # None for every command there is.
    commands: ClassVar[tuple[type[Command], ...] | None] = None

    async def enter(self) -> tuple[RoomHub, JoinPass | None]:
        """Decide whether, and into which room, the connection may come. Raises: Refused."""
        raise NotImplementedError

    def welcome(self, socket: RoomSocket) -> None:
        """Send the first event; called in the turn in which the socket joins, so nothing may be awaited."""
        raise NotImplementedError

    def left(self) -> None:
        """The connection is over, also one that was refused."""

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Any) -> None:
        self.scope = scope
        message = await receive()
        if message["type"] != "websocket.connect":
            return
        if not origin_is_ours(scope):
            await send({"type": "websocket.close", "code": 1008})
            return
        hub.start()
        try:
            await self._serve(receive, send)
        finally:
            self.left()

    async def _serve(self, receive: Receive, send: Any) -> None:
        try:
            room, holder = await self.enter()
        except Refused as refused:
            CLOSED.labels(str(refused.code)).inc()
            # A browser only learns the code of a socket that was open.
            await send({"type": "websocket.accept"})
            await send({"type": "websocket.close", "code": refused.code, "reason": refused.reason})
            return
        await send({"type": "websocket.accept"})
        writer = writer_for(self.scope.get(SERVER_SEND, send))
        socket = RoomSocket(room=room, writer=writer, holder=holder)
        room.add(socket)
        self.welcome(socket)
        try:
            while (message := await receive())["type"] == "websocket.receive":
                await self._handle(socket, message)
        finally:
            socket.closed = True
            room.remove(socket)

    async def _handle(self, socket: RoomSocket, message: dict[str, Any]) -> None:
        if socket.closed:
            return
        text = message.get("text")
        if text is None:
            text = (message.get("bytes") or b"").decode(errors="replace")
        if len(text) > MESSAGE_BYTES or (
            not text.isascii() and len(text.encode(errors="replace")) > MESSAGE_BYTES
        ):
            socket.close(CLOSE_TOO_BIG, "too big")
            return
        in_time = socket.heard()
        try:
            command = parse(text)
            if self.commands is not None and not isinstance(command, self.commands):
                raise UnknownType(type=command.__struct_config__.tag)
        except DomainError as error:
            socket.refuse_input(error, error.details.pop("client_id", None))
            return
        client_id = getattr(command, "client_id", None)
        if not in_time:
            socket.refuse_input(RateLimited(retry_after_seconds=1), client_id)
            return
        try:
            await handler_of(command)(socket, command)
        except DomainError as error:
            socket.refuse(error, client_id)


def origin_is_ours(scope: dict[str, Any]) -> bool:
    """Browsers name the page's origin; it must be the host asked for, or one the operator allows.

    Clients that send none are no browsers, so no foreign page is behind them.
    """
    headers = dict(scope["headers"])
    origin = headers.get(b"origin", b"").decode("latin-1")
    if not origin or origin in settings.SOCKET_ORIGINS:
        return True
    host = headers.get(b"host", b"").decode("latin-1").lower()
    return bool(urlsplit(origin).netloc.lower() == host)
