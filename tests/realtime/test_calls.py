"""Services are reached through a bounded pool, so one that blocks holds up nobody else."""

import asyncio
import threading
import time

import pytest
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from core.errors import Busy
from realtime import calls


async def test_a_blocked_service_delays_no_other() -> None:
    release = threading.Event()
    blocked = [asyncio.create_task(calls.call(release.wait, 10)) for _ in range(calls.THREADS - 1)]
    await asyncio.sleep(0.05)

    started = time.monotonic()
    assert await calls.call(lambda: "answer") == "answer"

    assert time.monotonic() - started < 1
    release.set()
    await asyncio.gather(*blocked)


async def test_too_many_calls_are_refused_and_the_place_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "MOST_CALLS", 2)
    release = threading.Event()
    blocked = [asyncio.create_task(calls.call(release.wait, 10)) for _ in range(2)]
    await asyncio.sleep(0.05)

    with pytest.raises(Busy):
        await calls.call(lambda: None)
    release.set()
    await asyncio.gather(*blocked)

    assert await calls.call(lambda: "answer") == "answer"


async def test_errors_come_back_to_the_caller() -> None:
    def fail() -> None:
        raise LookupError("no such gift")

    with pytest.raises(LookupError, match="no such gift"):
        await calls.call(fail)


@pytest.mark.django_db(transaction=True)
async def test_a_call_gives_its_connection_back() -> None:
    def use() -> BaseDatabaseWrapper:
        connections["default"].ensure_connection()
        return connections["default"]

    used = await calls.call(use)

    assert used.connection is None
