"""Counting what somebody does, so that a service can say "not so fast". Shared by every door to that service."""

import time

from django.core.cache import caches

from core.errors import RateLimited


def take(*, bucket: str, key: str, limit: int, window_seconds: int, cost: int = 1) -> None:
    """Count ``cost`` uses of ``bucket`` by ``key`` in the current fixed window.

    Queries: none; one or two cache calls. Raises: RateLimited when the window's limit is passed.
    """
    now = time.time()
    window = int(now // window_seconds)
    name = f"{bucket}:{key}:{window}"
    cache = caches["limits"]
    cache.add(name, 0, timeout=window_seconds + 1)
    try:
        used = cache.incr(name, cost)
    except ValueError:  # evicted between the two calls
        cache.set(name, cost, timeout=window_seconds + 1)
        used = cost
    if used > limit:
        ends = (window + 1) * window_seconds
        raise RateLimited(retry_after_seconds=max(1, round(ends - now)))
