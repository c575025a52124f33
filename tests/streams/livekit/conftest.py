"""LiveKit as the engine, where a test needs no server to answer."""

from collections.abc import Iterator

import pytest
from pytest_django.fixtures import Settings

from streams import media
from streams.media.livekit.client import engine

KEY, SECRET = "devkey", "a-secret-of-at-least-thirty-two-bytes"
PUBLIC_URL = "wss://busk.example"


@pytest.fixture
def livekit_chosen(settings: Settings) -> Iterator[Settings]:
    """The settings choose LiveKit; nobody listens at its address."""
    settings.LIVEKIT_URL = "http://127.0.0.1:9"
    settings.LIVEKIT_API_KEY, settings.LIVEKIT_API_SECRET = KEY, SECRET
    settings.LIVEKIT_PUBLIC_URL = PUBLIC_URL
    media.backend.cache_clear()
    engine.cache_clear()
    yield settings
    engine().close()
    media.backend.cache_clear()
    engine.cache_clear()
