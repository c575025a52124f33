import pytest
import time_machine

from core.errors import RateLimited
from core.limits import take


@time_machine.travel("2026-01-01 12:00:10Z", tick=False)
def test_the_use_after_the_last_is_refused_with_the_seconds_to_wait():
    for _ in range(3):
        take(bucket="test", key="bob", limit=3, window_seconds=30)
    with pytest.raises(RateLimited) as refusal:
        take(bucket="test", key="bob", limit=3, window_seconds=30)
    assert refusal.value.details == {"retry_after_seconds": 20}


def test_keys_and_windows_are_counted_apart():
    with time_machine.travel("2026-01-01 12:00:00Z", tick=False) as clock:
        take(bucket="test", key="bob", limit=1, window_seconds=30)
        take(bucket="test", key="alice", limit=1, window_seconds=30)
        take(bucket="other", key="bob", limit=1, window_seconds=30)
        clock.shift(30)
        take(bucket="test", key="bob", limit=1, window_seconds=30)


def test_a_cost_beyond_the_limit_is_refused_at_once():
    with pytest.raises(RateLimited):
        take(bucket="test", key="bob", limit=3, window_seconds=30, cost=4)
