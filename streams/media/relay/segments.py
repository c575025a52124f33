"""Segment files, read once and then served from memory while they are hot."""

import asyncio
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HOT_BYTES = 64 * 1024 * 1024

_disk_threads = ThreadPoolExecutor(4, thread_name_prefix="relay-read")


class HotFiles:
    """The files used last, up to a number of bytes in all. Files must never change under a name."""

    def __init__(self, most_bytes: int = HOT_BYTES) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._files: OrderedDict[Path, bytes] = OrderedDict()
        self._reading: dict[Path, asyncio.Future[bytes]] = {}

    def hot(self, path: Path) -> bytes | None:
        """The content if it is in memory."""
        content = self._files.get(path)
        if content is not None:
            self._files.move_to_end(path)
        return content

    async def read(self, path: Path) -> bytes:
        """The content; whoever asks while it is being read waits for the same read. Raises: FileNotFoundError."""
        if (content := self.hot(path)) is not None:
            return content
        reading = self._reading.get(path)
        if reading is None:
            loop = asyncio.get_running_loop()
            reading = self._reading[path] = loop.run_in_executor(_disk_threads, path.read_bytes)
            reading.add_done_callback(lambda done: self._keep(path, done))
        return await asyncio.shield(reading)

    def _keep(self, path: Path, done: "asyncio.Future[bytes]") -> None:
        del self._reading[path]
        if done.cancelled() or done.exception() is not None:
            return
        self._files[path] = content = done.result()
        self._bytes += len(content)
        while self._bytes > self._most_bytes:
            _, dropped = self._files.popitem(last=False)
            self._bytes -= len(dropped)
