"""With Redis gone, limits hold in each process by itself; when it is back, they count together again."""

import logging
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import override_settings

from core.caches import LimitsCache
from core.errors import RateLimited
from core.limits import take
from tests.realtime.test_layers import Redis

pytestmark = pytest.mark.skipif(shutil.which("redis-server") is None, reason="needs redis-server on the PATH")


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    redis = Redis(tmp_path)
    limits = {"BACKEND": "core.caches.LimitsCache", "LOCATION": redis.url, "KEY_PREFIX": str(redis.port)}
    with override_settings(CACHES={"default": limits, "limits": limits}):
        yield redis
    LimitsCache._gone_until = None
    redis.stop()


def use() -> None:
    take(bucket="test", key="bob", limit=3, window_seconds=3600)


def test_limits_hold_and_the_log_says_so_once(redis, caplog):
    redis.stop()
    with caplog.at_level(logging.WARNING, "core.caches"):
        for _ in range(3):
            use()
        with pytest.raises(RateLimited):
            use()
    assert len(caplog.messages) == 1
    assert "counted per process" in caplog.messages[0]


def test_when_redis_is_back_it_counts_again(redis, caplog, monkeypatch):
    for _ in range(3):
        use()
    redis.stop()
    use()  # this process starts from nothing
    redis.start()
    monkeypatch.setattr(LimitsCache, "_gone_until", 0.0)  # the rest is over
    with caplog.at_level(logging.WARNING, "core.caches"):
        use()
    assert "answers again" in caplog.text
    for _ in range(2):
        use()
    with pytest.raises(RateLimited):
        use()
