"""Whether LiveKit answers, as all processes know it, and since when we see what happens in its rooms.

Kept in the cache: what is lost with it makes us wait a little longer before anything ends, never shorter.
"""

from datetime import datetime, timedelta

from django.core.cache import cache
from django.utils import timezone

# Three looks. Whatever happened in a longer gap, nobody saw, whether LiveKit was away or we were.
GAP = timedelta(seconds=15)
# One look that fails may be chance; the second within this time is not.
DOUBT_SECONDS = 10

_AWAY, _DOUBT = "livekit:away", "livekit:doubt"
_LOOKED_AT, _SEEING_SINCE = "livekit:looked-at", "livekit:seeing-since"


def looked() -> None:
    """All rooms were looked at just now."""
    now = timezone.now()
    last: datetime | None = cache.get(_LOOKED_AT)
    if last is None or now - last > GAP:
        cache.set(_SEEING_SINCE, now, timeout=None)
    cache.set(_LOOKED_AT, now, timeout=None)


def seeing_since() -> datetime | None:
    """Since when no look at the rooms was missed; None while LiveKit, or who looks, is away."""
    last: datetime | None = cache.get(_LOOKED_AT)
    if last is None or timezone.now() - last > GAP:
        return None
    since: datetime | None = cache.get(_SEEING_SINCE)
    return since


def did_not_answer() -> bool:
    """A look failed. True for one caller only, when that means that LiveKit is away."""
    cache.delete(_LOOKED_AT)
    if cache.add(_DOUBT, 1, timeout=DOUBT_SECONDS):
        return False
    cache.set(_DOUBT, 1, timeout=DOUBT_SECONDS)
    return bool(cache.add(_AWAY, timezone.now(), timeout=None))


def answers() -> bool:
    """A look succeeded and what was missing is there. True for one caller only, when LiveKit was away before."""
    cache.delete(_DOUBT)
    return bool(cache.delete(_AWAY))


def away_since() -> datetime | None:
    """None while LiveKit answers."""
    since: datetime | None = cache.get(_AWAY)
    return since
