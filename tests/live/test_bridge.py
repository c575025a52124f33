"""A room that fills, and HLS for those beyond it: by LiveKit's egress, where it runs."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.browsers import Visitors
from tests.chaos.serving import free_port
from tests.live.rooms import Room, seconds_until
from tests.live.site import Site
from tests.streaming import end_stream, expect_moving_pictures, go_live, logger

pytestmark = pytest.mark.live

DOOR, WEBHOOKS = False, True
SETTINGS = {"BUSK_WEBRTC_VIEWERS": "2", "BUSK_BRIDGE_LISTEN": f"127.0.0.1:{free_port()}"}

KINDS = """async (id) => {
  const answer = await fetch(`/api/streams/${id}/token`);
  return answer.ok ? (await answer.json()).playback.kinds : [];
}"""


@pytest.fixture
def studio(visitors: Visitors) -> Page:
    return visitors.sign_in("mara")


@pytest.fixture
def room(site: Site, studio: Page) -> Iterator[Room]:
    room = Room(site, go_live(studio, "Cello in the rain"))
    yield room
    room.close()


def test_newcomers_beyond_the_limit_watch_by_hls(
    site: Site, visitors: Visitors, studio: Page, room: Room
) -> None:
    stream_id = studio.url.rsplit("/", 1)[1]
    viewers = [visitors.come() for _ in range(2)]
    for viewer in viewers:
        viewer.goto(f"/stream/{stream_id}")
        expect_moving_pictures(viewer)
    inside = room.identities("viewer-")
    asking = visitors.come()
    asking.goto("/live")

    def hls_is_there() -> bool:
        if "no bridge to HLS" in site.busk.said:
            pytest.skip("LiveKit has no egress service here, or it is full")
        asking.wait_for_timeout(6_500)  # ten tokens a minute
        return "hls" in asking.evaluate(KINDS, stream_id)

    took = seconds_until(asking, hls_is_there, "HLS", patience=90)
    logger.info("HLS was there at most %.0f s after the room was full", took)
    newcomer = visitors.come()
    newcomer.goto(f"/stream/{stream_id}")
    expect_moving_pictures(newcomer)
    assert set(room.identities("viewer-")) <= set(inside), "the newcomer is not in the room"
    for viewer in viewers:
        expect_moving_pictures(viewer)
    end_stream(studio)
    seconds_until(studio, lambda: site.busk.encoders == [], "the packager is gone")
