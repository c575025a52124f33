"""What has arrived of one recording and not yet gone into ffmpeg."""

import asyncio
from collections import deque

from .limits import BUFFER_BYTES, INGEST_BPS, INGEST_BURST_SECONDS


class Feed:
    """A bounded queue of bytes between one socket and one ffmpeg."""

    def __init__(self) -> None:
        self._chunks: deque[bytes] = deque()
        self._arrived = asyncio.Event()
        self._ended = False
        self.waiting_bytes = 0
        self.received_bytes = 0

    def put(self, chunk: bytes) -> bool:
        """Take a chunk, never waiting. False when it does not fit: then the recording is broken for good."""
        if self._ended or self.waiting_bytes + len(chunk) > BUFFER_BYTES:
            return False
        self._chunks.append(chunk)
        self.waiting_bytes += len(chunk)
        self.received_bytes += len(chunk)
        self._arrived.set()
        return True

    def end(self) -> None:
        """Nothing more comes; what is here is still handed out."""
        self._ended = True
        self._arrived.set()

    async def get(self) -> bytes:
        """The next chunk, or b"" at the end."""
        while not self._chunks:
            if self._ended:
                return b""
            self._arrived.clear()
            await self._arrived.wait()
        chunk = self._chunks.popleft()
        self.waiting_bytes -= len(chunk)
        return chunk


class Throttle:
    """Spreads bytes over time once more than a burst came faster than the most a broadcast may have."""

    def __init__(self) -> None:
        self._paid_until = 0.0

    async def pay(self, size_bytes: int) -> None:
        now = asyncio.get_running_loop().time()
        self._paid_until = max(self._paid_until, now - INGEST_BURST_SECONDS) + 8 * size_bytes / INGEST_BPS
        if self._paid_until > now:
            await asyncio.sleep(self._paid_until - now)
