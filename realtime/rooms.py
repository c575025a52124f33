"""One room in one process: its sockets, the order of its events, and when they are sent."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple, Protocol
from uuid import UUID

import msgspec
from django.db import Error as DatabaseError

from core.errors import Busy
from realtime import presence
from realtime.arrivals import Arrivals
from realtime.calls import call
from realtime.events import (
    Entry,
    RoomEvent,
    RoomResync,
    ViewerCount,
    entry_of,
    hearers_of,
    in_history,
    observe,
    observes,
)
from realtime.frames import FRAME_BYTES, Frame, frames_of
from realtime.metrics import DELIVERIES, FRAMES
from realtime.passes import JoinPass
from realtime.selectors import FETCH_LIMIT, events_after
from realtime.sequence import Sequence
from realtime.sockets import RoomSocket

logger = logging.getLogger(__name__)

HISTORY_LENGTH = 50
# How long an event that came too early waits for the one before it.
GAP_SECONDS = 0.2
RESYNC_JITTER_SECONDS = 5.0
# Sends between two turns of the loop.
SENDS_PER_TURN = 256
# Events are gathered for a time that grows with the room, so that fan-out never takes more than a part of a core.
# A room of up to SMALL_ROOM sockets is sent each event at once.
SMALL_ROOM = 100
TICK_SECONDS_PER_SOCKET = 0.00005
LONGEST_TICK_SECONDS = 0.25
# How long presence may take to reach the database before viewers are counted.
COUNT_AFTER_SECONDS = 0.4
COUNT_EVERY_SECONDS = 1.0


class RoomSnapshot(NamedTuple):
    """What a room starts from. ``history`` has nothing newer than ``last_seq``; ``state`` is the app's own."""

    last_seq: int
    history: list[Entry]
    state: Any
    viewers: int


class RoomPulse(NamedTuple):
    """What may have changed without an event reaching this process."""

    last_seq: int
    state: Any


class RoomSource(Protocol):
    """The app that knows the rooms. Both run in a service thread."""

    def load(self, room_id: UUID) -> RoomSnapshot:
        """Raises: NotFound."""

    def pulse(self, room_ids: Iterable[UUID]) -> Mapping[UUID, RoomPulse]: ...


class RoomHub:
    """Lives in the server's loop; nothing here awaits a socket."""

    def __init__(self, room_id: UUID, loop: asyncio.AbstractEventLoop) -> None:
        self.room_id = room_id
        self.sockets: set[RoomSocket] = set()
        self.ready = False
        # Counts what changed ``state``, so that an older look at the database does not overwrite it.
        self.changes = 0
        self.state: Any = None
        self.viewers = 0
        self.arrivals = Arrivals()
        self.empty_since: float | None = loop.time()
        # The room's seq as it was at the last sweeps, oldest first: who has not acked the oldest is behind.
        self.seq_samples: deque[int] = deque()
        self._loop = loop
        self._sequence = Sequence(0)
        self._history: deque[bytes] = deque(maxlen=HISTORY_LENGTH)
        self._history_json: bytes | None = None
        self._held: list[Entry] = []
        self._outgoing: list[bytes] = []
        # Sockets that came while events were waiting to be sent, and how many of those their welcome covered.
        self._newcomers: dict[RoomSocket, int] = {}
        self._sending = False
        # Sockets to close once they have been sent what was published before.
        self._closing: list[tuple[RoomSocket, int, str]] = []
        self._timer: asyncio.Handle | None = None
        self._last_flush = 0.0
        self._gap_timer: asyncio.Handle | None = None
        self._filling: asyncio.Task[None] | None = None
        # The first and the last change of presence since the last count.
        self._changed_first: float | None = None
        self._changed_last = 0.0
        self._counted_at = 0.0

    @property
    def seq(self) -> int:
        return self._sequence.last

    @property
    def history(self) -> msgspec.Raw:
        """The last messages as a JSON array, for a welcome."""
        if self._history_json is None:
            self._history_json = b"[%b]" % b",".join(_newest(self._history))
        return msgspec.Raw(self._history_json)

    def history_change(self, change: Callable[[bytes], bytes | None]) -> None:
        """Let newcomers be shown events as ``change`` makes them, or not; it is called with each, and not for long."""
        changed = [change(body) for body in self._history]
        self._history.clear()
        self._history.extend(body for body in changed if body is not None)
        self._history_json = None

    # Coming and going

    def begin(self, snapshot: RoomSnapshot) -> None:
        """Start from what was loaded, then take what arrived meanwhile."""
        self._sequence = Sequence(snapshot.last_seq)
        self._history.extend(entry.body for entry in snapshot.history)
        self.state = snapshot.state
        self.viewers = snapshot.viewers
        self.ready = True
        held, self._held = self._held, []
        self.receive(held)

    def add(self, socket: RoomSocket) -> None:
        """Let a socket in. Its welcome, written in the same turn of the loop, covers what is waiting to be sent."""
        self.sockets.add(socket)
        self.empty_since = None
        if self._outgoing:
            self._newcomers[socket] = len(self._outgoing)
        if (who := socket.presence) is not None and socket.holder is not None:
            self.arrivals.come(who.viewer_id, socket.holder.name)
            self._presence_changed()
            for sink in presence.sinks:
                sink.joined(who)

    def remove(self, socket: RoomSocket) -> None:
        """Safe to call twice."""
        if socket not in self.sockets:
            return
        self.sockets.discard(socket)
        self._newcomers.pop(socket, None)
        if not self.sockets:
            self.empty_since = self._loop.time()
        if (who := socket.presence) is not None:
            self.arrivals.go(who.viewer_id)
            self._presence_changed()
            for sink in presence.sinks:
                sink.left(who)

    def close_after_events(self, sockets: Iterable[RoomSocket], code: int, reason: str) -> None:
        """Close sockets as soon as they were sent all events published so far, so that the last word arrives."""
        self._closing.extend((socket, code, reason) for socket in sockets)
        if not self._sending:
            if self._timer is not None:
                self._timer.cancel()
            self._flush()

    # Events in

    def receive(self, entries: list[Entry]) -> None:
        """Take events from anywhere: in any order, some perhaps twice."""
        if not self.ready:
            self._held.extend(entries)
            return
        for entry in entries:
            if entry.seq:
                self._emit(self._sequence.take(entry))
            else:
                self._emit([entry])
        if self._sequence.has_gap and self._gap_timer is None and self._filling is None:
            self._gap_timer = self._loop.call_later(GAP_SECONDS, self._fill_gap)

    def catch_up(self, last_seq: int) -> None:
        """Be told that the database is at ``last_seq``; if events on their way do not explain it, fetch them."""
        if last_seq > self.seq and self._gap_timer is None and self._filling is None:
            self._gap_timer = self._loop.call_later(GAP_SECONDS, self._fill_gap, last_seq)

    def _fill_gap(self, last_seq: int = 0) -> None:
        self._gap_timer = None
        if self._sequence.has_gap or last_seq > self.seq:
            self._filling = self._loop.create_task(self._fill())

    async def _fill(self) -> None:
        """Fetch what is missing with one query; only if that fails do the clients hear of it."""
        after = self.seq
        try:
            for entry in await call(events_after, self.room_id, after, FETCH_LIMIT):
                self._emit(self._sequence.take(entry))
        except (Busy, DatabaseError):
            logger.warning("room %s could not fetch its events after %d", self.room_id, after, exc_info=True)
        finally:
            self._filling = None
        if self._sequence.has_gap:
            # Before what lies behind the gap, so that clients do not all ask at once when they see it.
            self._emit([entry_of(RoomResync(after_seq=self.seq, jitter_seconds=RESYNC_JITTER_SECONDS))])
            self._emit(self._sequence.skip())

    def _emit(self, entries: list[Entry]) -> None:
        for entry in entries:
            observe(self, entry)
            if (hearers := hearers_of(entry)) is not None:
                self._tell(hearers, entry)
                continue
            if in_history(entry):
                self._history.append(entry.body)
                self._history_json = None
            if self.sockets:
                self._outgoing.append(entry.body)
        self._schedule()

    # Events out

    def _tell(self, hears: Callable[[JoinPass], bool], entry: Entry) -> None:
        """Send to some sockets alone, at once. They are few, so nothing is gathered for them."""
        receivers = [socket for socket in self.sockets if socket.holder is not None and hears(socket.holder)]
        frame = Frame([entry.body])
        FRAMES.inc()
        DELIVERIES.inc(len(receivers))
        for socket in receivers:
            socket.write(frame)

    @property
    def tick_seconds(self) -> float:
        if len(self.sockets) <= SMALL_ROOM:
            return 0.0
        return min(LONGEST_TICK_SECONDS, len(self.sockets) * TICK_SECONDS_PER_SOCKET)

    def _schedule(self) -> None:
        if self._sending or self._timer is not None or not self._outgoing:
            return
        wait = self._last_flush + self.tick_seconds - self._loop.time()
        self._timer = (
            self._loop.call_later(wait, self._flush) if wait > 0 else self._loop.call_soon(self._flush)
        )

    def _flush(self) -> None:
        self._timer = None
        self._sending = True
        self._last_flush = self._loop.time()
        bodies, self._outgoing = self._outgoing, []
        newcomers, self._newcomers = self._newcomers, {}
        receivers = list(self.sockets.difference(newcomers)) if newcomers else list(self.sockets)
        for socket, covered in newcomers.items():
            for frame in frames_of(bodies[covered:]):
                socket.write(frame)
        frames = frames_of(bodies)
        FRAMES.inc(len(frames))
        DELIVERIES.inc(len(frames) * len(receivers))
        self._send_some(frames, iter(receivers), len(receivers))

    def _send_some(self, frames: list[Frame], receivers: Iterator[RoomSocket], left: int) -> None:
        for socket in islice(receivers, SENDS_PER_TURN):
            for frame in frames:
                socket.write(frame)
        left -= SENDS_PER_TURN
        if left > 0:
            self._loop.call_soon(self._send_some, frames, receivers, left)
            return
        self._sending = False
        if self._closing and self._outgoing:
            self._flush()
            return
        closing, self._closing = self._closing, []
        for socket, code, reason in closing:
            socket.close(code, reason)
        self._schedule()

    # Viewers

    def _presence_changed(self) -> None:
        self._changed_last = self._loop.time()
        if self._changed_first is None:
            self._changed_first = self._changed_last

    def wants_count(self, now: float) -> bool:
        """Whether presence changed long enough ago, and the last count is."""
        if self._changed_first is None or now < self._counted_at + COUNT_EVERY_SECONDS:
            return False
        if now < self._changed_first + COUNT_AFTER_SECONDS:
            return False
        # What changed just now may not be in the database yet, so it is counted again.
        self._changed_first = self._changed_last if now < self._changed_last + COUNT_AFTER_SECONDS else None
        self._counted_at = now
        return True

    def viewer_events(self, viewers: int) -> list[RoomEvent]:
        """What is news since the last time: who came and went in this process, and a count that changed."""
        events = self.arrivals.take_events(viewers=max(viewers, len(self.arrivals)))
        if viewers != self.viewers:
            events.append(ViewerCount(viewers=viewers))
        return events


def _newest(bodies: Iterable[bytes]) -> list[bytes]:
    """The newest of the events, oldest first, that fit in one frame beside the rest of a welcome."""
    fitting: list[bytes] = []
    left = FRAME_BYTES
    for body in reversed(list(bodies)):
        left -= len(body) + 1
        if left < 0:
            break
        fitting.append(body)
    return fitting[::-1]


@observes(ViewerCount)
def _note_count(room: RoomHub, event: ViewerCount) -> None:
    room.viewers = event.viewers
