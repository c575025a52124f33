"""LiveKit dies and comes back: the stream goes on."""

import re

import pytest
from playwright.sync_api import expect

from tests.browsers import Visitors
from tests.live.rooms import Room, frames_drawn, seconds_until
from tests.live.site import LiveKitServer, Site
from tests.streaming import chat_of, end_stream, expect_moving_pictures, go_live, logger, on_air, say

pytestmark = pytest.mark.live

DOOR, WEBHOOKS = True, True


# What pages are told meanwhile, and what livekit-client writes of it.
AWAY = re.compile(r"the server responded with a status of 50[0-9]|livekit-client")


@pytest.fixture
def livekit(site: Site) -> LiveKitServer:
    if not isinstance(site.livekit, LiveKitServer):
        pytest.skip("LIVEKIT_BINARY names no LiveKit server that a test may kill")
    return site.livekit


@pytest.mark.parametrize("away_seconds", [2, 20])
def test_the_same_stream_is_back_after_livekit(
    site: Site, livekit: LiveKitServer, visitors: Visitors, away_seconds: int
) -> None:
    """Killed, so that nothing is said to anybody; without Redis it has forgotten every room."""
    visitors.expect_line_cuts()
    visitors.expect_refusals()
    visitors.allowed.append(AWAY)
    studio, viewer = visitors.sign_in("mara"), visitors.sign_in("ada")
    stream_id = go_live(studio, "Cello in the rain")
    viewer.goto(f"/stream/{stream_id}")
    expect_moving_pictures(viewer)
    livekit.kill()
    say(viewer, "Is it dark for you too?")
    expect(chat_of(studio)).to_contain_text("Is it dark for you too?")
    studio.wait_for_timeout(away_seconds * 1000)
    assert not frames_drawn(viewer, many=1)
    livekit.start()
    room = Room(site, stream_id)
    took = {
        "the room": seconds_until(studio, room.is_there, "a room"),
        "the creator": seconds_until(studio, lambda: room.identities("broadcaster-") != [], "the creator"),
        "the viewer": seconds_until(studio, lambda: room.identities("viewer-") != [], "the viewer"),
        "pictures": seconds_until(studio, lambda: frames_drawn(viewer), "pictures"),
    }
    logger.info("after %d s away: %s", away_seconds, {what: round(each, 1) for what, each in took.items()})
    logger.info("back %.1f s after LiveKit was", sum(took.values()))
    assert on_air(studio).is_visible()
    stream = studio.request.get(f"/api/streams/{stream_id}").json()
    assert stream["status"] == "live"
    end_stream(studio)
    room.close()
    assert sum(took.values()) < 10
