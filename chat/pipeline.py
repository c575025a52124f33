"""From a socket to accepted: lines of one room are gathered for a moment and stored together.

The first line of a quiet room is stored at once. While one batch is on its way the next gathers, so a busy room
costs one transaction per batch however many people write.
"""

import asyncio
import logging
from collections import defaultdict, deque
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from django.db import Error as DatabaseError

from chat.events import ChatAckEvent, ChatHeldEvent
from chat.metrics import REFUSED
from chat.services import Answer, Held, Line, messages_accept
from core.errors import Busy, DomainError
from realtime.calls import call
from realtime.sockets import RoomSocket

logger = logging.getLogger(__name__)

# Batches of a room start at least this far apart.
GATHER_SECONDS = 0.025
BATCH_LINES = 100
# Lines that may wait: in a room, then of one socket.
ROOM_LINES = 2_000
SOCKET_LINES = 20


class Waiting(NamedTuple):
    """A line and the socket that is to hear what became of it."""

    socket: RoomSocket
    line: Line


class RoomLines:
    """The lines of one room that are neither accepted nor refused."""

    __slots__ = ("lines", "running")

    def __init__(self) -> None:
        self.lines: deque[Waiting] = deque()
        self.running: asyncio.Task[None] | None = None


class Pipeline:
    """Lives in the server's loop, like the hub."""

    def __init__(self) -> None:
        self._rooms: dict[UUID, RoomLines] = defaultdict(RoomLines)

    def submit(self, stream_id: UUID, socket: RoomSocket, line: Line) -> None:
        """Take a line and return at once; the socket is sent ``chat:ack`` or an error. Raises: Busy."""
        room = self._rooms[stream_id]
        if len(room.lines) >= ROOM_LINES or socket.pending >= SOCKET_LINES:
            REFUSED.inc()
            raise Busy()
        socket.pending += 1
        room.lines.append(Waiting(socket, line))
        if room.running is None:
            room.running = asyncio.get_running_loop().create_task(self._run(stream_id, room))

    async def _run(self, stream_id: UUID, room: RoomLines) -> None:
        """Accept batches until nothing came for as long as they are apart; then the room is forgotten here."""
        loop = asyncio.get_running_loop()
        try:
            while room.lines:
                started = loop.time()
                batch = [room.lines.popleft() for _ in range(min(len(room.lines), BATCH_LINES))]
                answers = await _accept(stream_id, batch)
                for waiting, answer in zip(batch, answers, strict=True):
                    _answer(waiting, answer)
                await asyncio.sleep(max(0.0, started + GATHER_SECONDS - loop.time()))
        finally:
            del self._rooms[stream_id]


async def _accept(stream_id: UUID, batch: list[Waiting]) -> Sequence[Answer]:
    try:
        return await call(messages_accept, stream_id=stream_id, lines=[waiting.line for waiting in batch])
    except Busy as busy:
        REFUSED.inc(len(batch))
        return [busy] * len(batch)
    except DatabaseError:
        # Whether it was committed is unknown; the sender repeats it under the same client_id.
        REFUSED.inc(len(batch))
        logger.exception("a batch of %d lines of %s failed", len(batch), stream_id)
        return [Busy()] * len(batch)


def _answer(waiting: Waiting, answer: Answer) -> None:
    waiting.socket.pending -= 1
    line = waiting.line
    if isinstance(answer, DomainError):
        waiting.socket.refuse(answer, line.client_id)
    elif isinstance(answer, Held):
        waiting.socket.send(
            ChatHeldEvent(client_id=line.client_id, id=str(answer.id), user_id=str(line.user_id))
        )
    else:
        event = answer.event
        waiting.socket.send(ChatAckEvent(client_id=line.client_id, id=event.id, seq=event.seq))


pipeline = Pipeline()
