"""Between processes: events and orders for the hubs of the others.

Without a channel layer there is one process and nothing to carry. With one (``RedisPubSubChannelLayer``), each
process has one channel, in the groups of the rooms it has sockets in. The layer promises at most once.
"""

import asyncio
import logging
import queue
import secrets
import threading
import time
from collections.abc import Callable
from functools import cache
from typing import Any, Protocol
from uuid import UUID

import msgspec
from channels.layers import get_channel_layer

from realtime.events import Entry
from realtime.orders import Order

logger = logging.getLogger(__name__)

CONTROL_GROUP = "realtime.control"
# Messages waiting for a layer that does not answer. What is dropped beyond them, the hubs find in the database.
OUTBOX_LENGTH = 10_000
RETRY_SECONDS = 0.2
# An order is worth as long as the passes it refuses.
ORDER_ATTEMPTS = 150

OnEvents = Callable[[UUID, list[Entry]], None]
OnOrder = Callable[[Order], None]


class Bus(Protocol):
    def publish(self, room_id: UUID, entries: list[Entry]) -> None: ...

    def order(self, order: Order) -> None: ...

    async def listen(self, on_events: OnEvents, on_order: OnOrder) -> None:
        """Call back in this loop for all that other processes say, until cancelled."""

    async def subscribe(self, room_id: UUID) -> None: ...

    async def unsubscribe(self, room_id: UUID) -> None: ...


class LocalBus:
    """One process: its hub was told already."""

    def publish(self, room_id: UUID, entries: list[Entry]) -> None:
        pass

    def order(self, order: Order) -> None:
        pass

    async def listen(self, on_events: OnEvents, on_order: OnOrder) -> None:
        pass

    async def subscribe(self, room_id: UUID) -> None:
        pass

    async def unsubscribe(self, room_id: UUID) -> None:
        pass


class LayerBus:
    """Sends from a thread of its own, so that whoever publishes never waits and needs no loop."""

    def __init__(self, layer: Any) -> None:
        self._layer = layer
        self._origin = secrets.token_hex(8)
        self._channel: str | None = None
        self._wanted: set[str] = set()
        self._outbox: queue.Queue[tuple[str, dict[str, Any], int]] = queue.Queue(OUTBOX_LENGTH)
        self._sender: threading.Thread | None = None
        self._lock = threading.Lock()

    # Sending

    def publish(self, room_id: UUID, entries: list[Entry]) -> None:
        content = {"room": room_id.bytes, "entries": [list(entry) for entry in entries]}
        # The first send after the layer's server restarted fails once.
        self._send(_group(room_id), content, attempts=2)

    def order(self, order: Order) -> None:
        self._send(CONTROL_GROUP, {"order": msgspec.msgpack.encode(order)}, attempts=ORDER_ATTEMPTS)

    def _send(self, group: str, content: dict[str, Any], attempts: int) -> None:
        message = {"type": "realtime.message", "origin": self._origin} | content
        with self._lock:
            if self._sender is None:
                self._sender = threading.Thread(target=self._send_forever, name="realtime-bus", daemon=True)
                self._sender.start()
        try:
            self._outbox.put_nowait((group, message, attempts))
        except queue.Full:
            logger.error(
                "the channel layer is behind by %d messages: one to %s is dropped", OUTBOX_LENGTH, group
            )

    def _send_forever(self) -> None:
        with asyncio.Runner() as runner:
            while True:
                group, message, attempts = self._outbox.get()
                if not runner.run(self._sent(group, message)) and attempts > 1:
                    time.sleep(RETRY_SECONDS)
                    self._retry(group, message, attempts - 1, runner)

    def _retry(self, group: str, message: dict[str, Any], attempts: int, runner: asyncio.Runner) -> None:
        """Events are tried once more, in their place; an order is put back so that it holds up nothing."""
        if "order" in message:
            self._send_later(group, message, attempts)
        elif not runner.run(self._sent(group, message)):
            logger.error("a message to %s was lost", group)

    def _send_later(self, group: str, message: dict[str, Any], attempts: int) -> None:
        try:
            self._outbox.put_nowait((group, message, attempts))
        except queue.Full:
            logger.error("an order was lost, since the channel layer is behind")

    async def _sent(self, group: str, message: dict[str, Any]) -> bool:
        try:
            await asyncio.wait_for(self._layer.group_send(group, message), timeout=5)
        except Exception:  # each layer has its own errors; none of them may end this thread
            logger.warning("the channel layer did not take a message to %s", group, exc_info=True)
            return False
        return True

    # Receiving

    async def listen(self, on_events: OnEvents, on_order: OnOrder) -> None:
        while True:
            try:
                if self._channel is None:
                    self._channel = await self._layer.new_channel()
                    self._wanted.add(CONTROL_GROUP)
                    for group in tuple(self._wanted):
                        await self._layer.group_add(group, self._channel)
                message = await self._layer.receive(self._channel)
            except Exception:  # as above; the hubs fetch what is missed meanwhile
                logger.warning("the channel layer does not answer", exc_info=True)
                self._channel = None
                await asyncio.sleep(1)
                continue
            if message["origin"] == self._origin:
                continue
            if "order" in message:
                on_order(msgspec.msgpack.decode(message["order"], type=Order))
            else:
                on_events(UUID(bytes=message["room"]), [Entry(*entry) for entry in message["entries"]])

    async def subscribe(self, room_id: UUID) -> None:
        """Have the room's events from now on, or as soon as the layer answers again."""
        group = _group(room_id)
        self._wanted.add(group)
        if self._channel is not None:
            try:
                await self._layer.group_add(group, self._channel)
            except Exception:  # as above
                logger.warning("the channel layer does not answer", exc_info=True)

    async def unsubscribe(self, room_id: UUID) -> None:
        group = _group(room_id)
        self._wanted.discard(group)
        if self._channel is not None:
            try:
                await self._layer.group_discard(group, self._channel)
            except Exception:  # as above
                logger.warning("the channel layer does not answer", exc_info=True)


def _group(room_id: UUID) -> str:
    return f"realtime.room.{room_id.hex}"


@cache
def bus() -> Bus:
    """This process's bus: over the default channel layer where there is one that reaches other processes."""
    layer = get_channel_layer()
    if layer is None or type(layer).__name__ == "InMemoryChannelLayer":
        return LocalBus()
    return LayerBus(layer)
