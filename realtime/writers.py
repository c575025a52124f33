"""Putting frames on one socket without ever waiting for it.

Two ways with one face: ``AsgiWriter`` steps the server's ASGI ``send`` and works everywhere; ``TransportWriter``
(``realtime.fastsend``) hands bytes that were framed once to uvicorn's transport.
"""

import asyncio
import types
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Generator
from contextlib import suppress
from typing import Any, Protocol

from realtime.frames import Frame

Send = Callable[[Any], Awaitable[None]]

# What may wait for a socket that does not take it; beyond this the socket is closed.
BACKLOG_BYTES = 256 * 1024
BACKLOG_FRAMES = 64


class TooSlow(Exception):
    """The socket takes less than it is sent."""


class Writer(Protocol):
    def write(self, frame: Frame) -> None:
        """Send, or keep for later. Returns at once. Raises: TooSlow."""

    def close(self, code: int, reason: str) -> None:
        """Begin to close the connection. Returns at once."""


class AsgiWriter:
    """Takes one step of each ``send``. A send that did not finish moves this socket, alone, to its own queue."""

    __slots__ = ("_backlog", "_drain", "_send", "_waiting_bytes")

    def __init__(self, send: Send) -> None:
        self._send = send
        self._backlog: deque[dict[str, Any]] | None = None
        self._waiting_bytes = 0
        self._drain: asyncio.Task[None] | None = None

    def write(self, frame: Frame) -> None:
        if self._backlog is None:
            self._step(frame.message)
            return
        if len(self._backlog) >= BACKLOG_FRAMES or self._waiting_bytes + len(frame) > BACKLOG_BYTES:
            raise TooSlow()
        self._backlog.append(frame.message)
        self._waiting_bytes += len(frame)

    def close(self, code: int, reason: str) -> None:
        if self._drain is not None:
            self._drain.cancel()
        # Daphne's library sends none of the protocol's own codes, so there 1012 goes as 4012. And servers refuse any,
        # in their own ways, when the connection is closing already.
        for sent in (code, 3000 + code):
            with suppress(Exception):
                self._step({"type": "websocket.close", "code": sent, "reason": reason})
                return

    def _step(self, message: dict[str, Any]) -> None:
        sending = self._send(message)
        assert isinstance(sending, Coroutine)
        try:
            waits_for = sending.send(None)
        except StopIteration:
            return
        except OSError:  # the peer is gone, as the reader is about to be told
            return
        self._backlog = deque()
        self._drain = asyncio.get_running_loop().create_task(self._send_backlog(sending, waits_for))

    async def _send_backlog(self, sending: Coroutine[Any, Any, None], waits_for: Any) -> None:
        try:
            await _rest(sending, waits_for)
            while self._backlog:
                message = self._backlog.popleft()
                self._waiting_bytes -= len(message["text"])
                await self._send(message)
        except OSError:  # as above
            return
        finally:
            self._backlog = None
            self._drain = None
            self._waiting_bytes = 0


@types.coroutine
def _rest(sending: Coroutine[Any, Any, None], waits_for: Any) -> Generator[Any, Any, None]:
    """The rest of a coroutine whose first step was taken by hand and gave ``waits_for``."""
    try:
        yield waits_for
    except BaseException:
        sending.close()
        raise
    yield from sending
