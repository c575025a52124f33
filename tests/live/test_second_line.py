"""Where an operator lets browsers past the door: whoever is in wrongly is put out again."""

import asyncio
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.browsers import Visitors
from tests.live.rooms import Room, Signalling, in_thread, seconds_until
from tests.live.site import Site
from tests.livekit.sockets import Socket
from tests.streaming import expect_moving_pictures, go_live, logger

pytestmark = pytest.mark.live

DOOR, WEBHOOKS = False, True


@pytest.fixture
def studio(visitors: Visitors) -> Page:
    return visitors.sign_in("mara")


@pytest.fixture
def room(site: Site, studio: Page) -> Iterator[Room]:
    room = Room(site, go_live(studio, "Cello in the rain"))
    yield room
    room.close()


async def hold(url: str, token: str, patience: float) -> float:
    """Come in, and stay until put out. Returns the seconds."""
    async with Socket(url, token, "/rtc/v1") as socket:
        await socket.joined()
        began = time.monotonic()
        leave, _ = await socket.end(patience=patience)
        assert leave is not None
        return time.monotonic() - began


def test_somebody_nobody_sent_is_put_out(site: Site, room: Room) -> None:
    """No webhook tells of them, since they have no media: the look by the clock finds them."""
    took = in_thread(hold(site.livekit.url, room.foreign_token(), 20))
    logger.info("a stranger was put out after %.1f s", took)
    assert took < 15


def test_a_copy_goes_and_the_viewer_comes_back(
    site: Site, visitors: Visitors, studio: Page, room: Room
) -> None:
    """The copy throws the viewer out; the viewer's page is back as somebody new, and then the copy is put out."""
    viewer = visitors.come()
    visitors.expect_line_cuts()
    said = Signalling(viewer)
    viewer.goto(f"/stream/{studio.url.rsplit('/', 1)[1]}")
    expect_moving_pictures(viewer)
    [before] = room.identities("viewer-")
    [token] = said.tokens

    async def copy() -> tuple[float, float]:
        """Seconds until the viewer is back as another, and until the copy is out."""
        began = time.monotonic()
        out = asyncio.create_task(hold(site.livekit.url, token, 20))
        while not [new for new in await asyncio.to_thread(room.identities, "viewer-") if new != before]:
            assert time.monotonic() - began < 20, "the viewer did not come back"
            await asyncio.sleep(0.05)
        return time.monotonic() - began, await out

    back_after, out_after = in_thread(copy())
    logger.info("back as somebody new after %.1f s, the copy out after %.1f s", back_after, out_after)
    expect_moving_pictures(viewer)
    seconds_until(viewer, lambda: len(room.identities("viewer-")) == 1, "one viewer")
    assert room.identities("viewer-") != [before]
    assert back_after < 3
    assert out_after < 15
