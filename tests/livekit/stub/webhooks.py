"""Webhooks, signed, queued and retried as LiveKit does it.

Source: webhook/resource_url_notifier.go of github.com/livekit/protocol 1.45.3. Each room has a queue of its own, and so
has each egress and ingress. A queue sends one event at a time, so one that is retried holds up those behind it.
"""

import asyncio
import base64
import hashlib
import json
import time
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Literal

import aiohttp
import jwt
from google.protobuf.json_format import MessageToDict
from livekit.protocol.webhook import WebhookEvent

from tests.livekit.stub.clock import Clock

Mode = Literal["deliver", "lost", "doubled", "swapped", "late"]
CONTENT_TYPE = "application/webhook+json"
# After each failure so long until the next try; the fifth failure is the last.
WAITS_SECONDS = (1, 2, 4, 8)
DEPTH, OLDEST_SECONDS = 200, 30
SIGNED_FOR_SECONDS = 300


@dataclass(frozen=True)
class SignedHook:
    """One request to the receiver, as it goes over the wire."""

    event: str
    id: str
    body: bytes
    authorization: str
    content_type: str = CONTENT_TYPE

    @property
    def payload(self) -> dict[str, Any]:
        return dict(json.loads(self.body))


@dataclass
class _Queue:
    items: deque[tuple[float, WebhookEvent]] = field(default_factory=deque)
    busy: bool = False
    dead: bool = False


class Webhooks:
    """Where events go: to ``url``, or without one into the outbox, for the test to take and post."""

    def __init__(self, clock: Clock, *, key: str, secret: str, server_id: Callable[[str], str]) -> None:
        self.url: str | None = None
        self.mode: Mode = "deliver"
        self.late_seconds = 10.0
        self.outbox: list[SignedHook] = []
        self.delivered: list[SignedHook] = []
        self.dropped: list[WebhookEvent] = []
        self._clock, self._key, self._secret, self._new_id = clock, key, secret, server_id
        self._queues: dict[str, _Queue] = {}
        self._held: SignedHook | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None

    def tell(self, event: WebhookEvent) -> None:
        """Queue it. A queue that is full loses it for good."""
        event.id, event.created_at = self._new_id("EV_"), self._clock.milliseconds() // 1000
        key = event.egress_info.egress_id or event.ingress_info.ingress_id or event.room.name
        queue = self._queues.setdefault(key, _Queue())
        if len(queue.items) >= DEPTH:
            self.dropped.append(event)
            return
        queue.items.append((self._clock.now(), event))
        self._start(self._work_off(queue))

    def forget(self) -> None:
        """A server that died takes along what it had not sent."""
        for queue in self._queues.values():
            queue.dead = True
            queue.items.clear()
        self._queues.clear()
        self._held = None

    async def settled(self) -> None:
        """Until nothing is under way; what waits for its next try, or for its moment, is not."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    async def close(self) -> None:
        for task in set(self._tasks):
            task.cancel()
        if self._session:
            await self._session.close()

    def sign(self, event: WebhookEvent) -> SignedHook:
        body = json.dumps(MessageToDict(event), separators=(",", ":")).encode()
        now = int(time.time())
        claims = {
            "iss": self._key,
            "nbf": now,
            "exp": now + SIGNED_FOR_SECONDS,
            "sha256": base64.b64encode(hashlib.sha256(body).digest()).decode(),
        }
        return SignedHook(event.event, event.id, body, jwt.encode(claims, self._secret, "HS256"))

    async def _work_off(self, queue: _Queue) -> None:
        if queue.busy or not queue.items:
            return
        queue.busy = True
        since, event = queue.items.popleft()
        if self._clock.now() - since > OLDEST_SECONDS:
            self.dropped.append(event)
        else:
            hook = self.sign(event)
            mode = self.mode
            if mode == "lost":
                self.dropped.append(event)
            elif mode == "late":
                self._clock.later(self.late_seconds, lambda: self._start(self._try_once(hook)))
            elif mode == "swapped":
                await self._swap(hook)
            elif not await self._send(hook):
                self._clock.later(WAITS_SECONDS[0], lambda: self._start(self._retry(queue, hook, event, 1)))
                return  # busy until it is through, or lost
            elif mode == "doubled":
                await self._send(hook)
        queue.busy = False
        self._start(self._work_off(queue))

    async def _retry(self, queue: _Queue, hook: SignedHook, event: WebhookEvent, failures: int) -> None:
        if queue.dead:
            return
        if not await self._send(hook):
            if failures < len(WAITS_SECONDS):
                self._clock.later(
                    WAITS_SECONDS[failures],
                    lambda: self._start(self._retry(queue, hook, event, failures + 1)),
                )
                return
            self.dropped.append(event)
        queue.busy = False
        self._start(self._work_off(queue))

    async def _swap(self, hook: SignedHook) -> None:
        """Each second one goes before the one that came before it."""
        if self._held is None:
            self._held = hook
            self._clock.later(1, lambda: self._start(self._release(hook)))
            return
        first, self._held = self._held, None
        await self._send(hook)
        await self._send(first)

    async def _release(self, hook: SignedHook) -> None:
        """Nobody came to change places with."""
        if self._held is hook:
            self._held = None
            await self._send(hook)

    async def _try_once(self, hook: SignedHook) -> None:
        await self._send(hook)

    async def _send(self, hook: SignedHook) -> bool:
        """Whether the receiver took it, or refused it in a way that is not tried again."""
        if self.url is None:
            self.outbox.append(hook)
            return True
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10))
        headers = {"Authorization": hook.authorization, "Content-Type": hook.content_type}
        try:
            async with self._session.post(self.url, data=hook.body, headers=headers) as answer:
                again = answer.status == 429 or (answer.status >= 500 and answer.status != 501)
        except (aiohttp.ClientError, TimeoutError):
            again = True
        if not again:
            self.delivered.append(hook)
        return not again

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
