"""The sandbox's webhooks: signed as Stripe signs, sent again until they are taken, and for tests in any order.

Source: https://docs.stripe.com/webhooks#verify-manually
"""

import hashlib
import hmac
import json
import logging
import secrets
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from payments.provider import API_VERSION

logger = logging.getLogger(__name__)

RETRY_SECONDS = (1, 2, 5, 15, 60, 300, 900, 3600)
SEND_SECONDS = 10

# Takes the body and its signature, answers with the status.
Send = Callable[[bytes, str], int]


@dataclass
class Waiting:
    body: bytes
    kind: str
    due: float
    tries: int = 0
    told: dict[str, Any] = field(default_factory=dict)


class Outbox:
    """Events that wait for being sent: by a thread once it is started, or whenever a test says."""

    def __init__(self, *, secret: str, send: Send, clock: Callable[[], float] = time.time) -> None:
        self._secret, self._send, self._clock = secret, send, clock
        self._changed = threading.Condition()
        self._waiting: list[Waiting] = []
        self._stopping = False
        self._thread: threading.Thread | None = None
        # Tests look at what was ever told.
        self.told: list[dict[str, Any]] = []

    def put(self, kind: str, thing: dict[str, Any]) -> None:
        now = self._clock()
        event = {
            "id": f"evt_{secrets.token_hex(12)}",
            "object": "event",
            "api_version": API_VERSION,
            "created": int(now),
            "livemode": False,
            "pending_webhooks": 1,
            "type": kind,
            "data": {"object": thing},
        }
        with self._changed:
            self.told.append(event)
            self._waiting.append(Waiting(json.dumps(event).encode(), kind, due=now, told=event))
            self._changed.notify()

    def take(self) -> list[Waiting]:
        """What waits, which is then nobody's but the caller's: to be sent, doubled, reordered or lost."""
        with self._changed:
            taken, self._waiting = self._waiting, []
        return taken

    def post(self, waiting: Iterable[Waiting]) -> list[int]:
        """Send these now, one after the other. Returns how each was answered; 0 is not at all."""
        return [self._post(one) for one in waiting]

    def signature(self, body: bytes, *, at: float | None = None, secret: str = "") -> str:
        stamp = int(self._clock() if at is None else at)
        signed = hmac.digest(
            (secret or self._secret).encode(), f"{stamp}.".encode() + body, hashlib.sha256
        ).hex()
        return f"t={stamp},v1={signed}"

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="sandbox-webhooks", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        with self._changed:
            self._stopping = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(timeout=SEND_SECONDS)

    def _post(self, one: Waiting) -> int:
        one.tries += 1
        try:
            return self._send(one.body, self.signature(one.body))
        except OSError:
            return 0

    def _run(self) -> None:
        while True:
            with self._changed:
                if self._stopping:
                    return
                now = self._clock()
                due = [one for one in self._waiting if one.due <= now]
                if not due:
                    soonest = min((one.due for one in self._waiting), default=now + 60)
                    self._changed.wait(timeout=max(0.05, soonest - now))
                    continue
                self._waiting = [one for one in self._waiting if one.due > now]
            self._again([one for one in due if not 200 <= self._post(one) < 300])

    def _again(self, failed: Sequence[Waiting]) -> None:
        with self._changed:
            for one in failed:
                if one.tries > len(RETRY_SECONDS):
                    logger.warning("sandbox: gave up telling of %s", one.kind)
                    continue
                one.due = self._clock() + RETRY_SECONDS[one.tries - 1]
                self._waiting.append(one)


def over_http(url: str) -> Send:
    """Sends to this address."""

    def send(body: bytes, signature: str) -> int:
        headers = {"Content-Type": "application/json", "Stripe-Signature": signature}
        request = urllib.request.Request(url, data=body, headers=headers, method="POST")  # noqa: S310 - our own
        try:
            with urllib.request.urlopen(request, timeout=SEND_SECONDS) as answer:  # noqa: S310 - our own
                return int(answer.status)
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code

    return send
