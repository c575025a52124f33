"""The stages that this process owns."""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from django.conf import settings

from core.errors import Busy

from .ladder import ladder
from .ownership import Locks
from .run import Run
from .stage import OWNER_GONE, REPLACED, STREAM_ENDED, Publisher, Replaced, Reports, Stage, StageClosed

logger = logging.getLogger(__name__)
T = TypeVar("T")

# How long a newer publisher waits for the process that owns the stage to let go of it.
HANDOVER_SECONDS = 8.0
_CLAIM_NAME = "claim"
_WATCH_SECONDS, _LOCK_CHECK_SECONDS = 0.25, 2.0


def stream_directory(stream_id: UUID) -> Path:
    return Path(settings.MEDIA_WORK_DIR) / str(stream_id)


class Stages:
    """Only from the server's loop, but for ``close_soon``."""

    def __init__(self) -> None:
        self._stages: dict[UUID, tuple[Stage, asyncio.Task[None]]] = {}
        self._opening: dict[UUID, asyncio.Lock] = {}
        self._locks = Locks()
        # One thread: the connection of the locks is one.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="relay-locks")
        self._loop: asyncio.AbstractEventLoop | None = None
        self._background: set[asyncio.Task[None]] = set()
        self._stopping = False

    async def begin(
        self, stream_id: UUID, *, publisher: Publisher, epoch: int, reports: Reports | None = None
    ) -> tuple[Stage, Run]:
        """A run on the stream's stage, which this process owns from now on.

        ``reports`` is for pictures that come from another engine, which tells the stream itself how they do.

        A process that owns it for an older publisher sees the claim and lets go.
        Raises: Busy when it does not, Replaced when this publisher is the older one.
        """
        while True:
            stage = await self._open(stream_id, publisher, reports)
            with suppress(StageClosed):  # its publisher of before was just leaving
                return stage, await stage.begin(publisher, epoch=epoch)

    async def _open(self, stream_id: UUID, publisher: Publisher, reports: Reports | None) -> Stage:
        if self._stopping:
            raise Busy(what="stage")
        self._loop = asyncio.get_running_loop()
        async with self._opening.setdefault(stream_id, asyncio.Lock()):
            if stream_id in self._stages:
                stage, watching = self._stages[stream_id]
                if not stage.closed:
                    return stage
                await asyncio.wait({watching})
            directory = stream_directory(stream_id)
            await self._in_thread(lambda: _claim(directory, publisher.order))
            await self._take_lock(stream_id)
            stage = Stage(stream_id=stream_id, directory=directory, renditions=ladder(), reports=reports)
            await stage.open()
            self._stages[stream_id] = (stage, self._spawn(self._watch(stage)))
            return stage

    async def leave(self, stage: Stage, publisher: Publisher) -> None:
        """Must be finished even when the socket's own task is cancelled."""
        await asyncio.shield(self._spawn(stage.leave(publisher)))

    def close_soon(self, stream_id: UUID) -> None:
        """The stream is over: close its stage if this process has it. From any thread; returns at once."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._close, stream_id)

    def owned(self) -> list[UUID]:
        return [stream_id for stream_id, (stage, _) in self._stages.items() if not stage.closed]

    async def shut_down(self) -> None:
        """This server stops: what is whole is published, and every studio is sent elsewhere."""
        self._stopping = True
        closing = [stage.close(OWNER_GONE, "the server restarts") for stage, _ in self._stages.values()]
        await asyncio.gather(*closing)
        await asyncio.gather(*self._background, return_exceptions=True)
        await self._in_thread(self._locks.close)
        self._stopping = False

    def _close(self, stream_id: UUID) -> None:
        if stream_id in self._stages:
            stage, _ = self._stages[stream_id]
            _ = self._spawn(stage.close(STREAM_ENDED, "ended", ended=True))

    async def _take_lock(self, stream_id: UUID) -> None:
        give_up_at = time.monotonic() + HANDOVER_SECONDS
        while not await self._in_thread(lambda: self._locks.take(stream_id)):
            if time.monotonic() > give_up_at:
                raise Busy(what="stage")
            await asyncio.sleep(0.1)

    async def _watch(self, stage: Stage) -> None:
        """Obeys claims of newer publishers in other processes and the loss of the lock, until the stage closes."""
        directory, checked_at = stream_directory(stage.stream_id), time.monotonic()
        while not await _within(_WATCH_SECONDS, stage.over):
            claim = await self._in_thread(lambda: _read_claim(directory))
            if stage.publisher_order is not None and claim > stage.publisher_order:
                await stage.close(REPLACED, "a newer studio took over")
            elif time.monotonic() - checked_at > _LOCK_CHECK_SECONDS:
                checked_at = time.monotonic()
                if not await self._in_thread(lambda: self._locks.still_held(stage.stream_id)):
                    logger.warning("stream %s: its lock is lost", stage.stream_id)
                    await stage.close(OWNER_GONE, "ownership lost")
        await self._in_thread(lambda: self._locks.free(stage.stream_id))
        del self._stages[stage.stream_id]
        if not self._opening[stage.stream_id].locked():
            del self._opening[stage.stream_id]

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        return task


async def _within(seconds: float, event: asyncio.Event) -> bool:
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
    return event.is_set()


def _claim(directory: Path, order: int) -> None:
    """Tell whoever owns the stage that a newer publisher wants it. Raises: Replaced for one that is not newer."""
    directory.mkdir(parents=True, exist_ok=True)
    if _read_claim(directory) > order:
        raise Replaced
    draft = directory / f".{_CLAIM_NAME}.{order}"
    draft.write_text(str(order))
    draft.replace(directory / _CLAIM_NAME)


def _read_claim(directory: Path) -> int:
    try:
        return int((directory / _CLAIM_NAME).read_text())
    except (FileNotFoundError, ValueError):
        return 0


stages = Stages()
