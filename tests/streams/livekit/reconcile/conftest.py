"""Busk with a LiveKit that is the stub: its rooms, tokens and webhooks are those of the site under test."""

from collections.abc import Iterator

import pytest
from pytest_django.fixtures import Settings

from streams import media
from streams.media.livekit.client import engine
from tests.livekit.stub import LiveKitStub
from tests.streams.livekit.reconcile.site import Site


@pytest.fixture
def site(settings: Settings, livekit_stub: LiveKitStub) -> Iterator[Site]:
    settings.LIVEKIT_URL = settings.LIVEKIT_PUBLIC_URL = livekit_stub.url
    settings.LIVEKIT_API_KEY, settings.LIVEKIT_API_SECRET = livekit_stub.key, livekit_stub.secret
    media.backend.cache_clear()
    engine.cache_clear()
    yield Site(livekit_stub)
    engine().close()
    media.backend.cache_clear()
    engine.cache_clear()
