"""The cast, and the database they live in.

alice creates streams, bob watches and chats, charlie is a stranger who must see nothing, admin is staff.
"""

import os
from collections.abc import Callable, Iterator

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import caches
from django.core.management import CommandError
from django.core.management.commands import flush
from django.db import OperationalError
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from config import embedded
from streams.models import Stream
from streams.services import media_arrived, stream_create
from streams.viewers import Viewer

pytest_plugins = ["tests.realtime.fixtures", "tests.livekit.fixtures", "tests.browsers", "tests.log_secrets"]

if not os.environ.get("DATABASE_URL"):
    # Before pytest-django connects. The last user of the server stops it, however this process ends.
    embedded.start()


def pytest_configure(config: pytest.Config) -> None:
    # Playwright's loop stays in the main thread between browser tests; Django would refuse the ORM there.
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


@pytest.fixture(scope="session", autouse=True)
def _flush_again_after_a_deadlock() -> Iterator[None]:
    """A server that a test started may still be writing when the test is over, and the flush that follows is
    what PostgreSQL gives up. Nothing is lost by doing it again.
    """
    once = flush.Command.handle

    def handle(self: flush.Command, **options: object) -> None:
        for _ in range(5):
            try:
                return once(self, **options)
            except CommandError as error:
                if not isinstance(error.__cause__, OperationalError):
                    raise
        return once(self, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flush.Command, "handle", handle)
        yield


@pytest.fixture(autouse=True)
def _empty_caches() -> Iterator[None]:
    yield
    for cache in caches.all(initialized_only=True):
        cache.clear()


@pytest.fixture
def make_user(db: None) -> Callable[..., User]:
    """A user whose address is confirmed, unless told otherwise."""

    def make(username: str, *, confirmed: bool = True, **fields: object) -> User:
        user = User.objects.create_user(username, f"{username}@example.com", "correct horse", **fields)
        EmailAddress.objects.create(user=user, email=user.email, verified=confirmed, primary=True)
        return user

    return make


@pytest.fixture
def alice(make_user: Callable[..., User]) -> User:
    return make_user("alice", display_name="Alice")


@pytest.fixture
def bob(make_user: Callable[..., User]) -> User:
    return make_user("bob")


@pytest.fixture
def charlie(make_user: Callable[..., User]) -> User:
    return make_user("charlie")


@pytest.fixture
def admin(make_user: Callable[..., User]) -> User:
    return make_user("staffer", is_staff=True, is_superuser=True)


@pytest.fixture
def stream(alice: User) -> Stream:
    """alice's stream, prepared and not yet live."""
    return stream_create(creator=alice, title="Cello in the rain")[0]


@pytest.fixture
def live_stream(stream: Stream) -> Stream:
    """alice's stream with pictures flowing."""
    media_arrived(stream_id=stream.pk)
    stream.refresh_from_db()
    return stream


@pytest.fixture
def anonymous() -> Viewer:
    return Viewer(user=None, viewer_id="a:somebody")


@pytest.fixture
def api() -> APIClient:
    return APIClient()


@pytest.fixture
def api_of() -> Callable[[User], APIClient]:
    """An API client signed in as somebody, with CSRF checked as in a browser."""

    def client_of(user: User) -> APIClient:
        client = APIClient()
        client.force_login(user)
        return client

    return client_of


@pytest.fixture
def browser_of() -> Callable[[User], Client]:
    """Django's client, signed in: for pages."""

    def client_of(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return client_of


def viewer_of(user: User) -> Viewer:
    return Viewer(user=user, viewer_id=f"u:{user.pk}")
