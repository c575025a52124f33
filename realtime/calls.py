"""The one way from a socket to a service: a bounded pool of threads.

Channels' own ``database_sync_to_async`` runs every socket's queries on one thread, so a single blocked service
would freeze every room.
"""

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.db import connections

from core.errors import Busy
from realtime.metrics import CALLS, CALLS_REFUSED

P = ParamSpec("P")
T = TypeVar("T")

THREADS = 8
# Calls running or waiting; more would only be answered after their caller gave up.
MOST_CALLS = 256

_executor = ThreadPoolExecutor(THREADS, thread_name_prefix="service")
_under_way = 0


async def call(fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a service or selector in a thread and return what it returns; its connection goes back to the pool.

    The caller's context goes along, so that what is logged and recorded there carries the connection's id.

    Only from the server's loop. Raises: Busy when too much is under way, and whatever ``fn`` raises.
    """
    global _under_way
    if _under_way >= MOST_CALLS:
        CALLS_REFUSED.inc()
        raise Busy()
    _under_way += 1
    CALLS.set(_under_way)
    try:
        context = contextvars.copy_context()
        return await asyncio.get_running_loop().run_in_executor(
            _executor, lambda: context.run(lambda: _run(fn, *args, **kwargs))
        )
    finally:
        _under_way -= 1
        CALLS.set(_under_way)


def _run(fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    try:
        return fn(*args, **kwargs)
    finally:
        connections.close_all()
