"""One open socket of a room, as the hub sees it."""

import logging
import time
from typing import TYPE_CHECKING

from core.errors import DomainError
from realtime.events import ErrorEvent, RoomEvent, RoomPong, encode
from realtime.frames import Frame
from realtime.metrics import CLOSED
from realtime.passes import JoinPass
from realtime.presence import Presence
from realtime.writers import TooSlow, Writer

if TYPE_CHECKING:
    from realtime.rooms import RoomHub

logger = logging.getLogger(__name__)

CLOSE_TOO_BIG = 1009
CLOSE_ERROR = 1011
CLOSE_RESTART = 1012
CLOSE_TRY_AGAIN = 1013
CLOSE_TOO_SLOW = 4008
CLOSE_PASS_REFUSED = 4400
CLOSE_SIGN_IN = 4401
CLOSE_NOT_ALLOWED = 4403
CLOSE_NO_ROOM = 4404
CLOSE_SILENT = 4408
CLOSE_STREAM_OVER = 4410
CLOSE_TOO_MANY = 4429

# Commands a socket may send: a burst, and so many a second after it. Each one beyond is refused as bad input.
COMMANDS_BURST = 120
COMMANDS_PER_SECOND = 10
# Bad input that is answered before the socket is closed; one is forgiven every two seconds.
BAD_INPUT_BURST = 40
BAD_INPUT_PER_SECOND = 0.5

_PONG = Frame([encode(RoomPong())])


class Allowance:
    """A token bucket: ``burst`` at once, ``per_second`` after that."""

    __slots__ = ("_at", "_burst", "_left", "_per_second")

    def __init__(self, burst: float, per_second: float) -> None:
        self._burst = burst
        self._per_second = per_second
        self._left = burst
        self._at = time.monotonic()

    def take(self) -> bool:
        """Use one; False when none is left."""
        now = time.monotonic()
        self._left = min(self._burst, self._left + (now - self._at) * self._per_second)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class RoomSocket:
    """Sends without waiting, and remembers when the other side was last heard."""

    __slots__ = (
        "_bad_input",
        "_commands",
        "_writer",
        "acked",
        "closed",
        "heard_at",
        "holder",
        "joined_at",
        "pending",
        "room",
    )

    def __init__(self, *, room: "RoomHub", writer: Writer, holder: JoinPass | None) -> None:
        self.room = room
        # What the pass said; None in the lobby, which anybody may enter.
        self.holder = holder
        self.closed = False
        self.acked = room.seq
        self.joined_at = self.heard_at = time.monotonic()
        # Messages of this socket that are neither accepted nor refused yet.
        self.pending = 0
        self._writer = writer
        self._commands: Allowance | None = None
        self._bad_input: Allowance | None = None

    @property
    def presence(self) -> Presence | None:
        """Whom this socket counts as; None for those who are not viewers."""
        holder = self.holder
        if holder is None or holder.role != "viewer":
            return None
        return Presence(
            room_id=holder.room_id,
            session_id=holder.session_id,
            viewer_id=holder.viewer_id,
            user_id=holder.user_id,
            party_id=holder.party_id,
            about=holder.about,
        )

    def send(self, *events: RoomEvent) -> None:
        """Send events to this socket alone."""
        self.write(Frame([encode(event) for event in events]))

    def write(self, frame: Frame) -> None:
        if self.closed:
            return
        try:
            self._writer.write(frame)
        except TooSlow:
            self.close(CLOSE_TOO_SLOW, "too slow")
        except Exception:
            # One socket's trouble must not keep the frame from the next; without the frame its list has a hole.
            logger.exception("a frame of %d bytes could not be sent", len(frame))
            self.close(CLOSE_ERROR, "error")

    def close(self, code: int, reason: str) -> None:
        """Leave the room now, and tell the other side why where it still listens."""
        if self.closed:
            return
        self.closed = True
        CLOSED.labels(str(code)).inc()
        self.room.remove(self)
        self._writer.close(code, reason)

    def acknowledge(self, seq: int) -> None:
        self.acked = max(self.acked, seq)
        self.write(_PONG)

    def heard(self) -> bool:
        """Note that a command came. False when they come too fast."""
        self.heard_at = time.monotonic()
        if self._commands is None:  # most sockets only ever send heartbeats
            self._commands = Allowance(COMMANDS_BURST, COMMANDS_PER_SECOND)
        return self._commands.take()

    def refuse(self, error: DomainError, client_id: str | None = None) -> None:
        """Answer what the socket sent with an error; the socket is kept."""
        self.send(ErrorEvent(code=error.code, details=error.details, client_id=client_id))

    def refuse_input(self, error: DomainError, client_id: str | None = None) -> None:
        """``refuse`` for what no well-made client sends; a flood of it is closed."""
        if self._bad_input is None:
            self._bad_input = Allowance(BAD_INPUT_BURST, BAD_INPUT_PER_SECOND)
        if self._bad_input.take():
            self.refuse(error, client_id)
        else:
            self.close(CLOSE_TOO_MANY, "too much bad input")
