"""The stub's time."""

import asyncio
import heapq
import itertools
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress


class Timer:
    """What happens at some moment, unless it is called off."""

    def __init__(self, act: Callable[[], None]) -> None:
        self.act: Callable[[], None] | None = act

    def cancel(self) -> None:
        self.act = None


class Clock:
    """Real time, ``speed`` times as fast, and ahead by what was passed at once. Used on the loop only."""

    def __init__(self, speed: float) -> None:
        self.speed = speed
        self._began, self._epoch = time.perf_counter(), time.time()
        self._ahead = 0.0
        self._due: list[tuple[float, int, Timer]] = []
        self._numbers = itertools.count()
        self._changed = asyncio.Event()

    def now(self) -> float:
        """Seconds since the stub was made."""
        return (time.perf_counter() - self._began) * self.speed + self._ahead

    def milliseconds(self) -> int:
        """Since 1970, as rooms and events are dated."""
        return int((self._epoch + self.now()) * 1000)

    def later(self, seconds: float, act: Callable[[], None]) -> Timer:
        timer = Timer(act)
        heapq.heappush(self._due, (self.now() + seconds, next(self._numbers), timer))
        self._changed.set()
        return timer

    async def run(self) -> None:
        """Let real time pass, for ever."""
        while True:
            self._changed.clear()
            self._act_on_due()
            until_next = (self._due[0][0] - self.now()) / self.speed if self._due else None
            # Not wait_for: in Python 3.11 a cancel that comes with its timeout is lost.
            with suppress(TimeoutError):
                async with asyncio.timeout(until_next):
                    await self._changed.wait()

    async def jump(self, seconds: float, settled: Callable[[], Awaitable[None]]) -> None:
        """Let this much pass at once, stopping at each moment at which something happens."""
        end = self.now() + seconds
        while self._due and self._due[0][0] <= end:
            self._ahead += max(0.0, self._due[0][0] - self.now())
            self._act_on_due()
            await settled()
        self._ahead += max(0.0, end - self.now())

    def _act_on_due(self) -> None:
        while self._due and self._due[0][0] <= self.now():
            timer = heapq.heappop(self._due)[2]
            if timer.act is not None:
                timer.act()
