"""Busk with a LiveKit that is the stub: its rooms, tokens and webhooks are those of the site under test."""

from collections.abc import Iterator

import pytest
from celery import Task
from pytest_django.fixtures import Settings

from streams import media
from streams.media.livekit.client import engine
from tests.livekit.stub import LiveKitStub
from tests.streams.livekit.reconcile.site import Site
from tests.streams.livekit.reconcile.tasks import Queue


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


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> Queue:
    """Nothing runs before the test lets it. What is delivered at once, as facts are, is no task."""
    queue = Queue()
    monkeypatch.setattr(
        Task, "apply_async", lambda task, *args, **options: queue.take(task, *args, **options)
    )
    return queue
