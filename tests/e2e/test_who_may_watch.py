"""Streams that are not for everybody: invited people, people of age, and people whom the creator does not want."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browsers import Visitors
from tests.streaming import end_stream, expect_moving_pictures, go_live, on_air, player_of

pytestmark = pytest.mark.e2e


def go_live_with(page: Page, title: str, choice: str) -> str:
    """Like ``go_live``, after ticking what is said of the audience. Returns the stream's id."""
    page.goto("/creator/go-live")
    page.get_by_label(choice).check()
    page.get_by_label("Title").fill(title)
    expect(page.get_by_role("listitem").filter(has_text="Camera")).to_contain_text("ready")
    page.get_by_role("button", name="Go live").click()
    page.wait_for_url("**/stream/broadcast/*")
    expect(on_air(page)).to_be_visible()
    return page.url.rstrip("/").rsplit("/", 1)[1]


def guests_of(studio: Page) -> Locator:
    return studio.get_by_role("region", name="Guests")


def test_guests_come_by_name_and_by_link_and_go_when_removed(visitors: Visitors) -> None:
    visitors.expect_refusals()
    studio = visitors.sign_in("mara")
    stream_id = go_live_with(studio, "For friends", "Invited people only")
    page_of_stream = f"/stream/{stream_id}"

    stranger = visitors.come()
    stranger.goto(page_of_stream)
    expect(stranger.get_by_role("heading", level=1)).not_to_have_text("For friends")
    stranger.goto("/live")
    expect(stranger.get_by_text("For friends")).to_have_count(0)

    panel = guests_of(studio)
    panel.get_by_label("Username").fill("nobody-here")
    panel.get_by_role("button", name="Invite").click()
    expect(panel.get_by_text("There is nobody of this name.")).to_be_visible()
    panel.get_by_label("Username").fill("ada")
    panel.get_by_role("button", name="Invite").click()
    expect(panel.get_by_role("listitem").filter(has_text="ada")).to_be_visible()
    ada = visitors.sign_in("ada")
    ada.goto(page_of_stream)
    expect_moving_pictures(ada)

    panel.get_by_label("People").fill("1")
    panel.get_by_role("button", name="Make a link").click()
    link = panel.get_by_role("textbox", name="Invitation links").input_value()
    stranger.goto(link)
    stranger.get_by_role("button", name="Accept the invitation").click()
    stranger.wait_for_url(f"**{page_of_stream}")
    expect_moving_pictures(stranger)
    late = visitors.come()
    late.goto(link)
    late.get_by_role("button", name="Accept the invitation").click()
    expect(late.get_by_text("This invitation has expired")).to_be_visible()

    panel.get_by_role("button", name="Remove ada").click()
    expect(player_of(ada).get_by_text("You cannot watch this stream")).to_be_visible()
    expect_moving_pictures(stranger)
    end_stream(studio)


def test_what_is_not_for_minors_asks_first_and_is_in_no_list(visitors: Visitors) -> None:
    visitors.expect_refusals()
    studio = visitors.sign_in("mara")
    stream_id = go_live_with(studio, "Late night blues", "Not for minors")
    viewer = visitors.come()
    viewer.goto("/live")
    expect(viewer.get_by_text("Nobody is live right now")).to_be_visible()
    viewer.goto(f"/stream/{stream_id}")
    expect(player_of(viewer).get_by_text("This stream is not for minors")).to_be_visible()
    viewer.get_by_role("button", name="I am 18 or older").click()
    expect_moving_pictures(viewer)
    end_stream(studio)


def test_whom_the_creator_blocks_is_out_and_stays_out(visitors: Visitors) -> None:
    visitors.expect_refusals()
    studio = visitors.sign_in("mara")
    stream_id = go_live(studio, "Cello in the rain")
    ben = visitors.sign_in("ben")
    ben.goto(f"/stream/{stream_id}")
    expect_moving_pictures(ben)
    # In a tab of her own, since the studio must go on.
    blocking = studio.context.new_page()
    blocking.goto("/live/ben")
    blocking.get_by_role("button", name="Block").click()
    expect(player_of(ben).get_by_text("You cannot watch this stream")).to_be_visible()
    ben.reload()
    expect(player_of(ben).get_by_text("You cannot watch this stream")).to_be_visible()
    end_stream(studio)
