"""One ffmpeg process under supervision."""

import asyncio
import logging
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections import deque
from collections.abc import Sequence
from contextlib import suppress

from streams.metrics import RUNS

from .limits import FINISH_SECONDS

logger = logging.getLogger(__name__)

_TAIL_LINES = 20


class EncoderGone(Exception):
    """ffmpeg ended although its input had not."""


class Encoder:
    """Fed through ``write``; ends by ``finish`` (the last segment is written) or ``kill``."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._tail: deque[str] = deque(maxlen=_TAIL_LINES)
        self._reader = asyncio.create_task(self._read_errors())

    @classmethod
    async def start(cls, command: Sequence[str]) -> "Encoder":
        # Its own session: Ctrl-C must reach this server alone, which then ends ffmpeg's input in order.
        process = await asyncio.create_subprocess_exec(
            *command, stdin=PIPE, stdout=DEVNULL, stderr=PIPE, start_new_session=True, limit=16 * 1024
        )
        RUNS.inc()
        return cls(process)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process.returncode is None

    async def write(self, data: bytes) -> None:
        """Returns once ffmpeg's pipe has room again. Raises: EncoderGone."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(data)
            await self._process.stdin.drain()
        except (ConnectionError, RuntimeError):  # RuntimeError: uvloop, of a pipe that is closed
            raise EncoderGone from None
        if not self.running:
            raise EncoderGone

    async def wait(self) -> int:
        """The exit code, once it has ended."""
        return await self._process.wait()

    async def finish(self) -> None:
        """End its input and let it write what it holds; kill it if that takes too long."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), FINISH_SECONDS)
        except TimeoutError:
            logger.warning("ffmpeg %s did not finish within %s s", self.pid, FINISH_SECONDS)
            self.kill()
            await self._process.wait()
        await self._reader

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            self._process.kill()

    def last_words(self) -> str:
        """The end of what it complained about, for the log."""
        return " | ".join(self._tail)

    async def _read_errors(self) -> None:
        assert self._process.stderr is not None
        while True:
            try:
                line = await self._process.stderr.readline()
            except ValueError:  # a line longer than the limit, which was dropped
                continue
            if not line:
                return
            self._tail.append(line.decode(errors="replace").rstrip()[:300])
