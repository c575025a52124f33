"""A TCP proxy between a browser and a server, which can cut the line as networks do."""

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Callable

CHUNK_BYTES = 64 * 1024
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Proxy:
    """Carries connections to a port of this machine until told otherwise; runs in a thread of its own.

    ``reset`` breaks what is open and refuses what comes, as a restarting router does. ``blackhole`` swallows
    every byte and every goodbye without a word, as a laptop out of range does. A connection that lost something
    stays dead after ``restore``; one that was idle meanwhile never knows.
    """

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self._state = "open"
        self._lines: set[_Line] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(5)
        self.port = int(self._server.sockets[0].getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"

    def reset(self) -> None:
        self._do(self._reset)

    def blackhole(self) -> None:
        self._do(lambda: setattr(self, "_state", "blackhole"))

    def restore(self) -> None:
        self._do(lambda: setattr(self, "_state", "open"))

    def close(self) -> None:
        self._do(self._server.close)
        self._do(self._reset)
        asyncio.run_coroutine_threadsafe(self._wait_until_idle(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def _do(self, act: Callable[[], object]) -> None:
        async def done() -> None:
            act()

        asyncio.run_coroutine_threadsafe(done(), self._loop).result(5)

    def _reset(self) -> None:
        self._state = "reset"
        for line in self._lines:
            line.reset()

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=CHUNK_BYTES)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = _Line(reader, writer, is_swallowed=lambda: self._state == "blackhole")
        self._lines.add(line)
        try:
            if self._state == "reset":
                line.reset()
            elif self._state == "blackhole":
                await line.swallow()
            else:
                await line.carry(self._target_port)
        finally:
            line.reset()
            self._lines.discard(line)

    async def _wait_until_idle(self) -> None:
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(others, timeout=1)


class _Line:
    """One connection of a client, and its other half to the server."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_swallowed: Callable[[], bool]
    ) -> None:
        self._is_dead = False
        self._is_swallowed = is_swallowed
        self._client = reader, writer
        self._writers = [writer]

    def reset(self) -> None:
        for writer in self._writers:
            with contextlib.suppress(OSError):
                end: socket.socket = writer.get_extra_info("socket")
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            writer.transport.abort()

    async def swallow(self) -> None:
        with contextlib.suppress(OSError):
            while await self._client[0].read(CHUNK_BYTES):
                pass

    async def carry(self, port: int) -> None:
        try:
            server = await asyncio.open_connection("127.0.0.1", port, limit=CHUNK_BYTES)
        except OSError:  # the server is down: the client sees a reset
            return
        self._writers.append(server[1])
        await asyncio.gather(
            self._pump(self._client[0], server[1]),
            self._pump(server[0], self._client[1]),
        )

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carries bytes and the goodbye one way; a dead line tells the other side neither."""
        data = b"?"
        with contextlib.suppress(OSError):
            while data:
                data = await reader.read(CHUNK_BYTES)
                self._is_dead = self._is_dead or self._is_swallowed()
                if self._is_dead:
                    continue
                if data:
                    writer.write(data)
                    await writer.drain()
                else:
                    writer.close()
