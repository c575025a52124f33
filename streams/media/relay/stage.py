"""A stream's stage in the process that owns it: who publishes, what is published, what the stream is told of it."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol, TypeVar
from uuid import UUID

from django.db import Error as DatabaseError

from core.errors import Busy
from realtime.calls import call
from streams.errors import StreamOver
from streams.services import media_arrived, media_lost, media_seen

from .ladder import Rendition
from .limits import COLLECT_SECONDS, LOST_AFTER_SECONDS, NO_SEGMENT_SECONDS, REPORT_SECONDS
from .packager import Packager
from .run import Run
from .sniff import UnsupportedMedia

logger = logging.getLogger(__name__)
T = TypeVar("T")

# Folders are read and written off the loop: a slow disk must not stop the rooms.
_disk_threads = ThreadPoolExecutor(4, thread_name_prefix="relay-disk")

REPLACED, STREAM_ENDED, OWNER_GONE = 4409, 4410, 1012


class Reports(Protocol):
    """Whom a stage tells how the stream's pictures do. Blocking, off the loop."""

    def arrived(self, *, stream_id: UUID) -> None: ...

    def lost(self, *, stream_id: UUID) -> None: ...

    def seen(self, *, stream_id: UUID) -> bool:
        """False when the stream is over."""


class _StreamReports:
    """The stage is where the stream's pictures come from: what it sees is how the stream is."""

    arrived = staticmethod(media_arrived)
    lost = staticmethod(media_lost)
    seen = staticmethod(media_seen)


class Publisher(Protocol):
    """The socket that a recording comes from. Both calls return at once."""

    order: int  # when its pass was issued: the newest publisher wins

    def tell(self, message: dict[str, Any]) -> None: ...

    def close(self, code: int, reason: str) -> None: ...


class Replaced(Exception):
    """A newer publisher has the stage."""


class StageClosed(Exception):
    """It closed while the caller waited for it; another may be opened."""


class Stage:
    """Takes recordings from one publisher at a time, publishes what ffmpeg makes of them, and reports.

    What the stream is told follows what is seen, every two seconds and at each change, so a report that failed
    is made good by the next.
    """

    def __init__(
        self,
        *,
        stream_id: UUID,
        directory: Path,
        renditions: tuple[Rendition, ...],
        reports: Reports | None = None,
    ) -> None:
        self.stream_id = stream_id
        self._reports: Reports = reports or _StreamReports()
        self.over = asyncio.Event()
        self._renditions = renditions
        self._directory = directory
        self._packager: Packager
        self._publisher: Publisher | None = None
        self._run: Run | None = None
        self._changing = asyncio.Lock()
        self._disk = asyncio.Lock()
        self._reporting = asyncio.Lock()
        self._changed = asyncio.Event()
        self._told_flowing: bool | None = None
        self._slot_at = self._run_at = -NO_SEGMENT_SECONDS
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def closed(self) -> bool:
        return self.over.is_set()

    @property
    def publisher_order(self) -> int | None:
        return self._publisher.order if self._publisher is not None else None

    async def open(self) -> None:
        names = [rendition.name for rendition in self._renditions]
        self._packager = await self._on_disk(lambda: Packager(self._directory, renditions=names))
        self._tasks = [asyncio.create_task(self._collect()), asyncio.create_task(self._report())]

    async def begin(self, publisher: Publisher, *, epoch: int) -> Run:
        """A new run for this publisher's next recording; whatever ran before is finished first.

        Raises: Replaced, StageClosed.
        """
        async with self._changing:
            if self.closed:
                raise StageClosed
            if self._publisher is not None and self._publisher is not publisher:
                if self._publisher.order > publisher.order:
                    raise Replaced
                self._publisher.close(REPLACED, "a newer studio took over")
            self._publisher = publisher
            await self._finish_run()
            directory = await self._on_disk(self._packager.start_run)
            self._run_at = self._now()
            self._run = run = Run(
                directory=directory,
                renditions=self._renditions,
                acked=lambda total: publisher.tell({"type": "ingest:ack", "epoch": epoch, "bytes": total}),
                failed=lambda reason: self._run_failed(publisher, reason),
            )
            return run

    async def leave(self, publisher: Publisher) -> None:
        """The publisher's socket is gone: its last pictures are published, and the stage closes unless another came."""
        async with self._changing:
            if self._publisher is publisher:
                self._publisher = None
                await self._finish_run()
                await self._report_once()
                self._shut()

    async def close(self, code: int, reason: str, *, ended: bool = False) -> None:
        """Stop publishing. With ``ended`` the timeline is closed for good."""
        async with self._changing:
            if self.closed:
                return
            if self._publisher is not None:
                if ended:
                    self._publisher.tell({"type": "ingest:ended", "reason": reason})
                self._publisher.close(code, reason)
                self._publisher = None
            await self._finish_run()
            if ended:
                await self._on_disk(self._packager.end)
            else:
                await self._report_once()
            self._shut()

    def _shut(self) -> None:
        self.over.set()
        for task in self._tasks:
            if task is not asyncio.current_task():
                task.cancel()

    async def _finish_run(self) -> None:
        if self._run is not None:
            await self._run.finish()
            self._run = None
            await self._publish_slots()

    def _run_failed(self, publisher: Publisher, reason: str | UnsupportedMedia) -> None:
        logger.warning("stream %s: the recording broke off: %s", self.stream_id, reason)
        if isinstance(reason, UnsupportedMedia):
            publisher.tell({"type": "error", **reason.as_dict()})
        else:
            publisher.tell({"type": "ingest:restart", "reason": reason})

    # --- What ffmpeg wrote -------------------------------------------------------------------------------------

    async def _collect(self) -> None:
        while True:
            await asyncio.sleep(COLLECT_SECONDS)
            await self._publish_slots()
            run = self._run
            quiet = self._now() - max(self._slot_at, self._run_at)
            if run is not None and not run.over and run.received_bytes and quiet > NO_SEGMENT_SECONDS:
                run.fail("no_segments")

    async def _publish_slots(self) -> None:
        if await self._on_disk(self._packager.collect):
            self._slot_at = self._now()
            if not self._told_flowing:
                self._changed.set()

    async def _on_disk(self, work: Callable[[], T]) -> T:
        async with self._disk:
            return await asyncio.get_running_loop().run_in_executor(_disk_threads, work)

    # --- What the stream is told ----------------------------------------------------------------------------------

    @property
    def flowing(self) -> bool:
        return self._publisher is not None and self._now() - self._slot_at < LOST_AFTER_SECONDS

    async def _report(self) -> None:
        received, at = 0, self._now()
        while not self.closed:
            if not await self._report_once():
                await self.close(STREAM_ENDED, "ended", ended=True)
                return
            if self._publisher is not None and self._run is not None:
                total, now = self._run.received_bytes, self._now()
                rate = 8 * max(0, total - received) / max(now - at, 0.1)
                received, at = total, now
                self._publisher.tell(
                    {
                        "type": "ingest:state",
                        "state": "live" if self.flowing else "starting",
                        "bitrate_bps": int(rate),
                        "waiting_bytes": self._run.waiting_bytes,
                    }
                )
            self._changed.clear()
            # Not wait_for: in Python 3.11 a cancel that comes with its timeout is lost.
            with suppress(TimeoutError):
                async with asyncio.timeout(REPORT_SECONDS):
                    await self._changed.wait()

    async def _report_once(self) -> bool:
        """False when the stream is over."""
        async with self._reporting:
            flowing = self.flowing
            try:
                if flowing and self._told_flowing is not True:
                    await call(self._reports.arrived, stream_id=self.stream_id)
                elif not flowing and self._told_flowing is not False:
                    # Said first of all, too: this stage may follow on one whose server was killed.
                    await call(self._reports.lost, stream_id=self.stream_id)
                elif not await call(self._reports.seen, stream_id=self.stream_id):
                    return False
                self._told_flowing = flowing
            except StreamOver:
                return False
            except (Busy, DatabaseError):
                logger.exception(
                    "stream %s: its state could not be reported; again in a moment", self.stream_id
                )
        return True

    def _now(self) -> float:
        return asyncio.get_running_loop().time()
