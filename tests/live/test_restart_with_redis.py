"""LiveKit dies and comes back with its rooms in Redis, telling of people who are not there any more."""

from tests.live.test_restart import (
    DOOR,
    WEBHOOKS,
    livekit,
    test_the_same_stream_is_back_after_livekit,
)

REDIS = True

__all__ = ["DOOR", "REDIS", "WEBHOOKS", "livekit", "test_the_same_stream_is_back_after_livekit"]
