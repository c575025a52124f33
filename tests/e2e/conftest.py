import pytest

from tests.browsers import PATIENCE_MS


@pytest.fixture(scope="session", autouse=True)
def _patience() -> None:
    from playwright.sync_api import expect

    expect.set_options(timeout=PATIENCE_MS)
