"""Media engines behind one port: ``backend()`` is the one in use."""

from functools import cache

from .port import MediaBackend


@cache
def backend() -> MediaBackend:
    """The engine that the settings choose: today the built-in relay."""
    from .relay.backend import RelayBackend

    return RelayBackend()
