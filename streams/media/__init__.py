"""Media engines behind one port: ``backend()`` is the one in use."""

from functools import cache

from django.conf import settings

from .port import MediaBackend


@cache
def backend() -> MediaBackend:
    """The engine that the settings choose: LiveKit where there is one, else the built-in relay."""
    if settings.LIVEKIT_URL:
        from .livekit.backend import LiveKitBackend

        return LiveKitBackend()
    from .relay.backend import RelayBackend

    return RelayBackend()
