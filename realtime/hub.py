"""The hub: all rooms that this process has sockets in. One per process, in the server's loop."""

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine
from typing import Any, Protocol
from uuid import UUID

from django.db import Error as DatabaseError

from core.errors import Busy, DomainError
from realtime import presence
from realtime.bus import Bus, bus
from realtime.calls import call
from realtime.events import Entry, entry_of
from realtime.metrics import ROOMS, SOCKETS
from realtime.orders import Order
from realtime.passes import LIFETIME_SECONDS, JoinPass
from realtime.presence import Presence
from realtime.rooms import RoomHub, RoomSnapshot, RoomSource
from realtime.sockets import CLOSE_RESTART, CLOSE_SILENT

logger = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 10
SILENT_SECONDS = 30.0
SWEEP_SECONDS = 0.5
PULSE_SECONDS = 5.0
# A room that everybody left is kept this long, since a reload is a leave and a join.
EMPTY_ROOM_SECONDS = 30.0


class Obedient(Protocol):
    """A socket of another kind than a room's that orders close too."""

    holder: JoinPass

    def close(self, code: int, reason: str) -> None:
        """Begin to close. Returns at once."""


class Hub:
    """Everything but ``publish_soon`` and ``obey_soon`` belongs to the loop it was started in."""

    def __init__(self) -> None:
        self.rooms: dict[UUID, RoomHub] = {}
        self._source: RoomSource | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = 0
        self._bus: Bus | None = None
        self._others: set[Obedient] = set()
        self._loading: dict[UUID, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        # Counting waits for the database, which must not hold up the sweep.
        self._counting: asyncio.Task[None] | None = None
        # Orders, with the loop time until which passes issued before them may still be shown.
        self._orders: list[tuple[float, Order]] = []

    def register_source(self, source: RoomSource) -> None:
        """Let ``source`` say what is in the rooms."""
        self._source = source

    def start(self) -> None:
        """Begin to work in the running loop. Safe to call for every connection."""
        loop = asyncio.get_running_loop()
        if self._loop is loop:
            return
        self._loop = loop
        self._thread = threading.get_ident()
        self._bus = bus()
        self.rooms.clear()
        self._others.clear()
        self._loading.clear()
        self._tasks.clear()
        for work in (self._bus.listen(self.publish, self.obey), self._sweep_forever(), self._pulse_forever()):
            _ = self._spawn(work)

    async def stop(self) -> None:
        """Close every socket with "restart" and end."""
        for room in self.rooms.values():
            for socket in tuple(room.sockets):
                socket.close(CLOSE_RESTART, "restart")
        self._loop = None
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.rooms.clear()
        self._gauge()

    # From any thread

    def publish_soon(self, room_id: UUID, entries: list[Entry]) -> None:
        """``publish`` from any thread."""
        self._in_loop(self.publish, room_id, entries)

    def obey_soon(self, order: Order) -> None:
        """``obey`` from any thread."""
        self._in_loop(self.obey, order)

    def _in_loop(self, fn: Callable[..., None], *args: Any) -> None:
        loop = self._loop
        if loop is None:  # no sockets here: a worker, a command
            return
        if threading.get_ident() == self._thread:
            fn(*args)
            return
        try:
            loop.call_soon_threadsafe(fn, *args)
        except RuntimeError:  # the loop closed in between, and its sockets with it
            return

    # In the loop

    def publish(self, room_id: UUID, entries: list[Entry]) -> None:
        """Send events to the room's sockets in this process."""
        room = self.rooms.get(room_id)
        if room is not None:
            room.receive(entries)

    def obey(self, order: Order) -> None:
        """Close the sockets an order is about, and remember to refuse their passes."""
        assert self._loop is not None
        self._orders.append((self._loop.time() + LIFETIME_SECONDS + 5, order))
        for other in tuple(self._others):
            if order.matches(other.holder):
                other.close(order.code, order.reason)
        rooms = [self.rooms.get(order.room_id)] if order.room_id else list(self.rooms.values())
        for room in rooms:
            if room is None:
                continue
            matching = [
                socket
                for socket in room.sockets
                if socket.holder is not None and order.matches(socket.holder)
            ]
            if matching:
                room.close_after_events(matching, order.code, order.reason)

    def keep(self, other: Obedient) -> None:
        """Let orders close this socket too, until ``drop``."""
        self._others.add(other)

    def drop(self, other: Obedient) -> None:
        self._others.discard(other)

    def refuses(self, holder: JoinPass) -> bool:
        """Whether what the pass says was withdrawn after it was issued."""
        return any(order.matches(holder) for _until, order in self._orders)

    async def enter(self, room_id: UUID, *, bare: bool = False) -> RoomHub:
        """The room, loaded. Queries: those of the room's source, once for all who come at the same time.

        A ``bare`` room has no source: it is nothing but the events that pass while somebody is there.
        Raises: NotFound, Busy.
        """
        room = self.rooms.get(room_id)
        if room is not None and room.ready:
            return room
        loading = self._loading.get(room_id)
        if loading is None:
            loading = self._loading[room_id] = self._spawn(self._load(room_id, bare))
        await asyncio.shield(loading)
        return self.rooms[room_id]

    async def _load(self, room_id: UUID, bare: bool) -> None:
        assert self._loop is not None
        assert self._bus is not None
        room = self.rooms[room_id] = RoomHub(room_id, self._loop)
        try:
            # Events from here on are held by the room, so that none falls between the look and the subscription.
            await self._bus.subscribe(room_id)
            if bare or self._source is None:
                snapshot = RoomSnapshot(last_seq=0, history=[], state=None, viewers=0)
            else:
                snapshot = await call(self._source.load, room_id)
            room.begin(snapshot)
        except BaseException:
            del self.rooms[room_id]
            await self._bus.unsubscribe(room_id)
            raise
        finally:
            del self._loading[room_id]

    def _spawn(self, coroutine: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        assert self._loop is not None
        task: asyncio.Task[None] = self._loop.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        # Whoever enters a room is told why not; anything else is a mistake.
        if error is not None and not isinstance(error, DomainError | DatabaseError):
            logger.error("the hub met an error", exc_info=error)

    # Housekeeping

    async def _sweep_forever(self) -> None:
        turn = 0
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            turn += 1
            try:
                self._close_silent(sample=turn % 2 == 0)
                self._forget()
                self._gauge()
                if turn % int(HEARTBEAT_SECONDS / SWEEP_SECONDS) == 0:
                    self._tell_seen()
                if self._counting is None or self._counting.done():
                    due = [room_id for room_id, room in self.rooms.items() if room.wants_count(self._now())]
                    self._counting = self._spawn(self._count(due)) if due else None
            except Exception:
                logger.exception("the hub's sweep failed")

    async def _pulse_forever(self) -> None:
        while True:
            await asyncio.sleep(PULSE_SECONDS)
            try:
                await self._pulse()
            except Exception:
                logger.exception("the hub could not look after its rooms")

    async def _pulse(self) -> None:
        """Compare the rooms with the database, in one query, for what no message announced."""
        # Rooms without a state are bare.
        rooms = {
            room_id: room for room_id, room in self.rooms.items() if room.ready and room.state is not None
        }
        if not rooms or self._source is None:
            return
        changes = {room_id: room.changes for room_id, room in rooms.items()}
        for room_id, pulse in (await call(self._source.pulse, list(rooms))).items():
            room = rooms[room_id]
            room.catch_up(pulse.last_seq)
            if room.changes == changes[room_id]:
                room.state = pulse.state
        # Also where nobody came or went: whoever stopped taking pictures is no viewer any more.
        await self._count([room_id for room_id, room in rooms.items() if room.sockets])

    def _now(self) -> float:
        assert self._loop is not None
        return self._loop.time()

    def _close_silent(self, *, sample: bool) -> None:
        """Close who sent nothing for 30 s, or has not acked what was sent 30 s ago."""
        now = self._now()
        for room in tuple(self.rooms.values()):
            if sample:
                room.seq_samples.append(room.seq)
                if len(room.seq_samples) > SILENT_SECONDS + 1:
                    room.seq_samples.popleft()
            due = room.seq_samples[0] if room.seq_samples else 0
            for socket in tuple(room.sockets):
                if now - socket.heard_at > SILENT_SECONDS:
                    socket.close(CLOSE_SILENT, "silent")
                elif socket.acked < due and now - socket.joined_at > SILENT_SECONDS:
                    socket.close(CLOSE_SILENT, "behind")

    def _forget(self) -> None:
        now = self._now()
        self._orders = [(until, order) for until, order in self._orders if until > now]
        for room_id, room in tuple(self.rooms.items()):
            if room.ready and room.empty_since is not None and now - room.empty_since > EMPTY_ROOM_SECONDS:
                del self.rooms[room_id]
                if self._bus is not None:
                    _ = self._spawn(self._bus.unsubscribe(room_id))

    def _gauge(self) -> None:
        ROOMS.set(len(self.rooms))
        SOCKETS.set(sum(len(room.sockets) for room in self.rooms.values()))

    def _tell_seen(self) -> None:
        since = self._now() - HEARTBEAT_SECONDS
        seen: list[Presence] = [
            who
            for room in self.rooms.values()
            for socket in room.sockets
            if socket.heard_at >= since and (who := socket.presence) is not None
        ]
        if seen:
            for sink in presence.sinks:
                sink.seen(seen)

    async def _count(self, room_ids: list[UUID]) -> None:
        """Ask how many viewers the rooms have; tell each what changed, with who came and went, in one frame."""
        if not room_ids:
            return
        counter = presence.viewer_counter()
        try:
            counts = await call(counter, room_ids) if counter else None
        except (Busy, DatabaseError):
            logger.warning("viewers could not be counted", exc_info=True)
            return
        for room_id in room_ids:
            room = self.rooms.get(room_id)
            if room is not None:
                viewers = len(room.arrivals) if counts is None else counts.get(room_id, 0)
                self._tell_all(room_id, room.viewer_events(viewers))

    def _tell_all(self, room_id: UUID, events: list[Any]) -> None:
        """Publish here and in the other processes that have the room."""
        if events:
            entries = [entry_of(event) for event in events]
            self.publish(room_id, entries)
            if self._bus is not None:
                self._bus.publish(room_id, entries)


hub = Hub()
