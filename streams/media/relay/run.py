"""One recording on its way: bytes from a socket through one ffmpeg into one folder."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from streams.metrics import RUNS_BROKEN

from .encoder import Encoder, EncoderGone
from .feed import Feed, Throttle
from .ffmpeg import run_command
from .ladder import Rendition
from .sniff import Recording, UnsupportedMedia, sniff

logger = logging.getLogger(__name__)


class Run:
    """Starts ffmpeg once the recording's header is here, and feeds it until the recording ends or breaks.

    ``acked`` is called with the bytes taken so far; ``failed`` once, with the reason, when the recording cannot go on.
    """

    def __init__(
        self,
        *,
        directory: Path,
        renditions: Sequence[Rendition],
        acked: Callable[[int], None],
        failed: Callable[[str | UnsupportedMedia], None],
    ) -> None:
        self.directory = directory
        self.encoder: Encoder | None = None
        self._renditions = renditions
        self._acked = acked
        self._failed = failed
        self._feed = Feed()
        self._over = False
        self._task = asyncio.create_task(self._carry())

    @property
    def received_bytes(self) -> int:
        return self._feed.received_bytes

    @property
    def waiting_bytes(self) -> int:
        return self._feed.waiting_bytes

    @property
    def over(self) -> bool:
        return self._over

    def put(self, chunk: bytes) -> None:
        """Take a piece of the recording; never waits. What comes after the end is dropped."""
        if not self._over and not self._feed.put(chunk):
            self.fail("too_slow")

    def fail(self, reason: str | UnsupportedMedia) -> None:
        """Break off: what ffmpeg has whole is kept, the rest is lost."""
        if self._over:
            return
        self._over = True
        RUNS_BROKEN.labels(reason if isinstance(reason, str) else "unsupported_media").inc()
        self._feed.end()
        if self.encoder is not None:
            self.encoder.kill()
        self._failed(reason)

    async def finish(self) -> None:
        """The recording ended; returns when ffmpeg has written all of it."""
        self._over = True
        self._feed.end()
        await self._task

    async def _carry(self) -> None:
        throttle, taken = Throttle(), 0
        try:
            recording, head = await self._header()
            if recording is None:
                return
            command = run_command(recording=recording, renditions=self._renditions, directory=self.directory)
            self.encoder = await Encoder.start(command)
            logger.info("%s: ffmpeg %s takes %s", self.directory.name, self.encoder.pid, recording)
            chunk = head
            while chunk:
                await throttle.pay(len(chunk))
                await self.encoder.write(chunk)
                taken += len(chunk)
                self._acked(taken)
                chunk = await self._feed.get()
        except UnsupportedMedia as refusal:
            self.fail(refusal)
        except EncoderGone:
            self.fail("encoder_failed")
        finally:
            await self._put_away()

    async def _header(self) -> tuple[Recording | None, bytes]:
        head = b""
        while chunk := await self._feed.get():
            head += chunk
            if recording := sniff(head):
                return recording, head
        return None, head

    async def _put_away(self) -> None:
        if self.encoder is None:
            return
        await self.encoder.finish()
        code = await self.encoder.wait()
        if words := self.encoder.last_words():
            logger.info("%s: ffmpeg %s ended with %s: %s", self.directory.name, self.encoder.pid, code, words)
