"""Counting what somebody does, so that a service can say "not so fast". Shared by every door to that service."""

import time
from contextvars import ContextVar
from dataclasses import dataclass

from django.core.cache import caches

from core.errors import RateLimited


@dataclass(frozen=True)
class Usage:
    """One limit that was counted against: ``used`` of ``limit`` in a window that ends in ``ends_in_seconds``."""

    bucket: str
    limit: int
    window_seconds: int
    used: int
    ends_in_seconds: int

    @property
    def remaining(self) -> int:
        return max(0, self.limit - self.used)


# What the request under way was counted against, for its headers (core.api.throttling); None outside of requests.
usages: ContextVar[list[Usage] | None] = ContextVar("usages", default=None)


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
    ends_in = max(1, round((window + 1) * window_seconds - now))
    enforce(Usage(bucket, limit, window_seconds, used, ends_in))


def enforce(usage: Usage) -> None:
    """Note the usage for the headers of the request's answer. Raises: RateLimited when it is more than the limit."""
    noted = usages.get()
    if noted is not None:
        noted.append(usage)
    if usage.used > usage.limit:
        raise RateLimited(retry_after_seconds=usage.ends_in_seconds)
