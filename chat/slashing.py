"""Commands of sockets on their way: one after another for each socket, answered to it alone."""

import asyncio
import logging

from django.db import Error as DatabaseError

from chat.pipeline import SOCKET_LINES
from chat.slash import slash_run
from core.errors import Busy, DomainError
from realtime.calls import call
from realtime.sockets import RoomSocket

logger = logging.getLogger(__name__)

# The newest of each socket that is under way, which the next one waits for.
_newest: dict[RoomSocket, asyncio.Task[None]] = {}


def submit(socket: RoomSocket, client_id: str, text: str) -> None:
    """Take a line that ``is_slash`` and return at once; the socket is sent ``chat:told`` or an error. Raises: Busy."""
    if socket.pending >= SOCKET_LINES:
        raise Busy()
    socket.pending += 1
    task = asyncio.get_running_loop().create_task(_run(socket, client_id, text, _newest.get(socket)))
    _newest[socket] = task
    task.add_done_callback(lambda done: _forget(socket, done))


async def _run(socket: RoomSocket, client_id: str, text: str, before: asyncio.Task[None] | None) -> None:
    holder = socket.holder
    assert holder is not None, "only rooms take commands"
    try:
        if before is not None:
            await asyncio.wait([before])
        told = await call(
            slash_run, actor_id=holder.user_id, stream_id=holder.room_id, client_id=client_id, text=text
        )
        socket.send(told)
    except DomainError as refusal:
        socket.refuse(refusal, client_id)
    except DatabaseError:
        logger.exception("a command in %s failed", holder.room_id)
        socket.refuse(Busy(), client_id)
    finally:
        socket.pending -= 1


def _forget(socket: RoomSocket, done: asyncio.Task[None]) -> None:
    if _newest.get(socket) is done:
        del _newest[socket]
    if not done.cancelled() and (error := done.exception()) is not None:
        logger.error("a command failed", exc_info=error)
