"""The cache of limits, which has to go on counting when Redis does not answer."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError
from typing_extensions import override

logger = logging.getLogger(__name__)

Answer = TypeVar("Answer")

# How long Redis is left alone after it did not answer, so that not every request waits for it.
REST_SECONDS = 5.0


class LimitsCache(RedisCache):
    """Counts in Redis; while Redis is gone, in this process's memory, and the log says so once."""

    _lock = threading.Lock()
    _gone_until: float | None = None

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        # A Redis that swallows packets must not hold up what it only counts.
        patience = {"socket_timeout": 1, "socket_connect_timeout": 1}
        super().__init__(server, params | {"OPTIONS": patience | params.get("OPTIONS", {})})
        self._memory = LocMemCache(f"{server}:limits", {"OPTIONS": {"MAX_ENTRIES": 100_000}})

    @override
    def add(
        self, key: str, value: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        return self._counted(
            lambda: super(LimitsCache, self).add(key, value, timeout, version),
            lambda: self._memory.add(key, value, timeout, version),
        )

    @override
    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        return self._counted(
            lambda: super(LimitsCache, self).incr(key, delta, version),
            lambda: self._memory.incr(key, delta, version),
        )

    @override
    def set(
        self, key: str, value: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None
    ) -> None:
        self._counted(
            lambda: super(LimitsCache, self).set(key, value, timeout, version),
            lambda: self._memory.set(key, value, timeout, version),
        )

    @override
    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        return self._counted(
            lambda: super(LimitsCache, self).get(key, default, version),
            lambda: self._memory.get(key, default, version),
        )

    def _counted(self, there: Callable[[], Answer], here: Callable[[], Answer]) -> Answer:
        cls = type(self)
        gone_until = cls._gone_until
        if gone_until is not None and time.monotonic() < gone_until:
            return here()
        try:
            answer = there()
        except (RedisError, OSError) as error:
            with cls._lock:
                if cls._gone_until is None:
                    logger.warning("Redis does not answer (%s): limits are counted per process", error)
                cls._gone_until = time.monotonic() + REST_SECONDS
            return here()
        if gone_until is not None:
            with cls._lock:
                if cls._gone_until is not None:
                    cls._gone_until = None
                    logger.warning("Redis answers again: limits are counted together")
        return answer
