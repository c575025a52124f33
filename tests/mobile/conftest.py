from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.mobile.app import App
from tests.realtime.running import RoomServer, running

Install = Callable[..., App]


@pytest.fixture(scope="session")
def mails(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the server puts the mails it sends."""
    return tmp_path_factory.mktemp("mails")


@pytest.fixture(scope="session")
def _mobile_server(django_db_setup: None, django_db_blocker: object, mails: Path) -> Iterator[RoomServer]:
    with running("uvicorn", ROOM_MAILS=str(mails)) as server:
        yield server


@pytest.fixture
def server(_mobile_server: RoomServer, transactional_db: None) -> RoomServer:
    return _mobile_server


@pytest.fixture
def install(server: RoomServer) -> Install:
    """A new installation of the app, signed in as somebody or as nobody."""

    def make(username: str | None = None, kind: type[App] = App, **fields: str) -> App:
        app = kind(server.port, **fields)
        if username is not None:
            app.sign_in(username, "correct horse")
        return app

    return make
