"""Room servers for the whole run, started when the first test asks for one."""

from collections.abc import Iterator

import pytest

from tests.realtime.running import RoomServer, running


@pytest.fixture(scope="session")
def _room_servers(django_db_setup: None, django_db_blocker: object) -> Iterator[dict[str, RoomServer]]:
    with running("daphne") as daphne, running("uvicorn") as uvicorn:
        yield {"daphne": daphne, "uvicorn": uvicorn}


@pytest.fixture(params=["daphne", "uvicorn"])
def server(
    request: pytest.FixtureRequest, _room_servers: dict[str, RoomServer], transactional_db: None
) -> RoomServer:
    """A running server on the test's database, of either kind."""
    return _room_servers[request.param]
