"""A creator and viewers in real browsers, through the door, with a real LiveKit."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browsers import Visitors
from tests.live.rooms import Room, Signalling, frames_drawn, in_thread, seconds_until
from tests.live.site import Site
from tests.livekit.sockets import Shut, Socket
from tests.streaming import (
    end_stream,
    expect_moving_pictures,
    go_live,
    logger,
    player_of,
)

pytestmark = pytest.mark.live

DOOR, WEBHOOKS = True, True


@pytest.fixture
def studio(visitors: Visitors) -> Page:
    return visitors.sign_in("mara")


@pytest.fixture
def stream_id(studio: Page) -> Iterator[str]:
    stream_id = go_live(studio, "Cello in the rain")
    yield stream_id
    if (
        "/stream/broadcast/" in studio.url
        and studio.get_by_role("button", name="End", exact=True).is_visible()
    ):
        end_stream(studio)


@pytest.fixture
def room(site: Site, stream_id: str) -> Iterator[Room]:
    room = Room(site, stream_id)
    yield room
    room.close()


def test_pictures_move_and_layers_switch(visitors: Visitors, stream_id: str) -> None:
    viewer = visitors.come()
    viewer.goto(f"/stream/{stream_id}")
    expect_moving_pictures(viewer)
    player_of(viewer).hover()
    player_of(viewer).get_by_role("button", name="Settings").click()
    quality = player_of(viewer).get_by_label("Quality")
    heights = sorted(
        int(option.removesuffix("p"))
        for option in quality.locator("option").all_inner_texts()
        if option.removesuffix("p").isdigit()
    )
    assert len(heights) >= 2
    for height in (heights[0], heights[-1], heights[0]):
        quality.select_option(f"{height}p")
        logger.info("%dp after %.1f s", height, _seconds_until_lines(viewer, height))
        assert frames_drawn(viewer)


def test_a_kick_sticks(visitors: Visitors, studio: Page, stream_id: str, room: Room) -> None:
    ada = visitors.sign_in("ada")
    said = Signalling(ada)
    ada.goto(f"/stream/{stream_id}")
    expect_moving_pictures(ada)
    assert len(room.identities("viewer-")) == 1
    visitors.expect_refusals()
    block(studio, ada)
    took = seconds_until(studio, lambda: room.identities("viewer-") == [], "an empty room")
    logger.info("out of the room %.1f s after the block was answered", took)
    shut_out = player_of(ada).get_by_text("You cannot watch this stream")
    expect(shut_out).to_be_visible()
    ada.reload()
    expect(shut_out).to_be_visible()
    assert said.tokens != []
    for token in said.tokens:
        with pytest.raises(Shut) as shut:
            in_thread(come_in(site_url(ada), token, cookies_of(ada)))
        assert shut.value.status == 403
    studio.wait_for_timeout(5000)
    assert room.identities("viewer-") == []


def test_a_copied_token_hurts_nobody(visitors: Visitors, stream_id: str, room: Room) -> None:
    viewer = visitors.come()
    said = Signalling(viewer)
    viewer.goto(f"/stream/{stream_id}")
    expect_moving_pictures(viewer)
    before = room.identities("viewer-")
    [token] = said.tokens
    # By somebody else; and by the viewer in a second tab, who has a token of their own to ask for.
    for cookies in ("", cookies_of(viewer)):
        with pytest.raises(Shut) as shut:
            in_thread(come_in(site_url(viewer), token, cookies))
        assert shut.value.status == 403
    expect_moving_pictures(viewer)
    assert room.identities("viewer-") == before


def test_two_tabs_are_two(visitors: Visitors, stream_id: str, room: Room) -> None:
    one = visitors.come()
    one.goto(f"/stream/{stream_id}")
    expect_moving_pictures(one)
    other = one.context.new_page()
    other.goto(f"/stream/{stream_id}")
    expect_moving_pictures(other)
    assert len(room.identities("viewer-")) == 2
    expect_moving_pictures(one)


def test_the_end_ends(visitors: Visitors, studio: Page, stream_id: str, room: Room) -> None:
    viewer = visitors.come()
    viewer.goto(f"/stream/{stream_id}")
    expect_moving_pictures(viewer)
    end_stream(studio)
    took = seconds_until(studio, lambda: not room.is_there(), "no room")
    logger.info("room gone %.1f s after the studio said so", took)
    expect(player_of(viewer).get_by_text("The stream has ended")).to_be_visible()
    assert room.identities() == []


async def come_in(url: str, token: str, cookies: str) -> None:
    async with Socket(url, token, "/rtc/v1", cookies=cookies) as socket:
        await socket.joined()


def block(studio: Page, somebody: Page) -> None:
    """By the API, as the room's menu does it."""
    me = somebody.request.get("/api/me").json()
    csrf = next(each["value"] for each in studio.context.cookies() if each["name"] == "csrftoken")
    answer = studio.request.post(f"/api/users/{me['id']}/block", headers={"X-CSRFToken": csrf})
    assert answer.ok, answer.text()


def cookies_of(page: Page) -> str:
    return "; ".join(f"{each['name']}={each['value']}" for each in page.context.cookies())


def site_url(page: Page) -> str:
    return str(page.evaluate("location.origin"))


def _seconds_until_lines(page: Page, height: int) -> float:
    video = page.locator("video.player-video")
    return seconds_until(
        page, lambda: video.evaluate("v => v.videoHeight") == height, f"a picture of {height} lines"
    )
