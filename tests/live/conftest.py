"""Browsers, Busk and a real LiveKit. Without one all of it is skipped."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browsers import PATIENCE_MS
from tests.deploy.nginx import NGINX
from tests.live.site import Site, binary, busk_with_livekit
from tests.livekit.conftest import NO_SERVER, named_server
from tests.servers import Busk


@pytest.fixture(scope="session", autouse=True)
def _patience() -> None:
    expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="module")
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    """For the tests of a module, which says with DOOR and WEBHOOKS what stands between browsers, Busk and LiveKit."""
    if named_server() is None and binary() is None:
        pytest.skip(NO_SERVER)
    door: bool = request.module.DOOR
    if door and NGINX is None:
        pytest.skip("nginx is not installed")
    settings: dict[str, str] = getattr(request.module, "SETTINGS", {})
    redis: bool = getattr(request.module, "REDIS", False)
    with busk_with_livekit(door=door, webhooks=request.module.WEBHOOKS, redis=redis, **settings) as site:
        yield site


@pytest.fixture(scope="module")
def busk(site: Site) -> Busk:
    """The one of `tests.browsers`, for its ``visitors``."""
    return site.busk
