"""A moderator's evening: what the team does beside the chat, and what it is for whom it is done to."""

import re
import time

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.browsers import PHONE, Visitors
from tests.streaming import chat_of, end_stream, expect_moving_pictures, go_live, record, say

pytestmark = pytest.mark.e2e


def column_of(page: Page) -> Locator:
    return page.get_by_role("region", name="Moderation")


def item_with(page: Page, words: str) -> Locator:
    return column_of(page).get_by_role("listitem").filter(has_text=words)


def show(page: Page, tab: str) -> None:
    column_of(page).get_by_role("tab", name=re.compile(f"^{tab}")).click()


def make_moderator(studio: Page, moderator: Page, username: str) -> None:
    """By the pages of the team, each in a tab of their own, since the studio goes on."""
    inviting = studio.context.new_page()
    inviting.goto("/studio/moderation/team")
    inviting.get_by_label("Their username").fill(username)
    inviting.get_by_label("Role", exact=True).select_option("moderator")
    inviting.get_by_role("button", name="Invite").click()
    expect(inviting.get_by_text(f"{username.title()} is asked to join.")).to_be_visible()
    inviting.close()
    moderator.goto("/settings/teams")
    moderator.get_by_role("button", name=re.compile("^Join the team of")).click()
    expect(moderator.get_by_role("main")).to_contain_text("Your teams")


def test_a_moderators_evening(visitors: Visitors) -> None:
    visitors.expect_refusals()
    studio = visitors.sign_in("mara")
    moderator = visitors.sign_in("ada")
    viewer = visitors.sign_in("ben")
    stream_id = go_live(studio, "Cello in the rain")
    make_moderator(studio, moderator, "ada")

    viewer.goto(f"/stream/{stream_id}")
    expect_moving_pictures(viewer, seconds=0.5)
    moderator.goto(f"/stream/{stream_id}")
    moderator.get_by_role("button", name="Moderate").click()
    expect(item_with(moderator, "Joined the team")).to_have_count(0)
    expect(column_of(moderator).get_by_text("Nothing waits.")).to_be_visible()
    assert Axe().run(moderator, {"include": [".mod-column"]}).response["violations"] == []
    input_ = viewer.get_by_label("Your message")

    # Slow mode: the next line has to wait, and the input says for how long.
    column_of(moderator).get_by_text("Modes:").click()
    column_of(moderator).get_by_label("Slow mode").select_option("120")
    expect(viewer.get_by_text("Slow 120 s")).to_be_visible()
    say(viewer, "first of all")
    expect(chat_of(moderator).get_by_text("first of all")).to_be_visible()
    expect(viewer.get_by_text(re.compile(r"You can write again in \d:\d\d|[12]:\d\d"))).to_be_visible()
    column_of(moderator).get_by_label("Slow mode").select_option("Off")
    expect(viewer.get_by_text("Slow 120 s")).to_have_count(0)

    # Links are held: one is let through, one is not, and who wrote them is told.
    column_of(moderator).get_by_label("Links").select_option("Held")
    expect(column_of(moderator).get_by_text("links held")).to_be_visible()
    say(viewer, "look at https://example.com/one")
    expect(viewer.get_by_text("A moderator looks at your message first.")).to_be_visible()
    expect(item_with(moderator, "example.com/one")).to_contain_text("A link")
    expect(column_of(studio).get_by_role("tab", name=re.compile("^Held"))).to_contain_text("1")
    expect(chat_of(studio).get_by_text("example.com/one")).to_have_count(0)
    item_with(moderator, "example.com/one").get_by_role("button", name="Approve").click()
    expect(chat_of(studio).get_by_text("example.com/one")).to_be_visible()
    expect(item_with(studio, "example.com/one")).to_have_count(0)

    say(viewer, "and https://example.com/two")
    expect(item_with(moderator, "example.com/two")).to_be_visible()
    # By keys alone: from the tabs to the item, and no.
    column_of(moderator).get_by_role("tab", name=re.compile("^Held")).focus()
    moderator.keyboard.press("ArrowDown")
    expect(item_with(moderator, "example.com/two")).to_be_focused()
    moderator.keyboard.press("x")
    expect(viewer.get_by_text("A moderator did not let this message through.")).to_be_visible()
    expect(item_with(moderator, "example.com/two")).to_have_count(0)
    expect(chat_of(studio).get_by_text("example.com/two")).to_have_count(0)
    viewer.get_by_role("button", name="Discard").click()

    # A timeout: the one concerned reads for how long, and is let off.
    chat_of(moderator).get_by_text("first of all").hover()
    moderator.get_by_role("button", name="Timeout for 10 minutes").click()
    expect(viewer.get_by_text(re.compile(r"You can write again in (10:00|9:\d\d)"))).to_be_visible()
    expect(input_).to_be_disabled()
    show(moderator, "Recent")
    moderator.get_by_role("button", name=re.compile(r"^Undo: Timed out, Ben")).click()
    expect(input_).to_be_enabled()
    expect(item_with(moderator, "Timeout ended")).to_be_visible()

    # A ban: out of the picture and the chat at once; undone, in again.
    chat_of(moderator).get_by_text("first of all").hover()
    moderator.get_by_role("button", name="Ban (B)").click()
    began = time.monotonic()
    moderator.get_by_role("dialog").get_by_role("button", name="Ban Ben").click()
    expect(viewer.get_by_text("You are banned from this channel.").first).to_be_visible()
    record("a ban, from the click to the banned viewer's page", since=began)
    viewer.reload()
    expect(viewer.get_by_text("You are banned from this channel").first).to_be_visible()
    undo = column_of(studio)
    show(studio, "Recent")
    undo.get_by_role("button", name=re.compile(r"^Undo: Banned, Ben")).click()
    expect(item_with(studio, "Unbanned")).to_be_visible()
    viewer.reload()
    expect_moving_pictures(viewer, seconds=0.5)
    say(viewer, "back again")
    expect(chat_of(studio).get_by_text("back again")).to_be_visible()

    # The shield, up by one of the team and down by the other; what was before holds again.
    column_of(moderator).get_by_role("button", name="Raise shield").click()
    expect(column_of(studio).get_by_text("The shield is up")).to_be_visible()
    expect(viewer.get_by_text("Shield", exact=True)).to_be_visible()
    column_of(studio).get_by_role("button", name="Lower shield").click()
    expect(column_of(moderator).get_by_role("button", name="Raise shield")).to_be_visible()
    expect(viewer.get_by_text("Shield", exact=True)).to_have_count(0)
    expect(column_of(moderator).get_by_text("links held")).to_be_visible()

    # All of it is written down.
    moderator.goto("/studio/moderation/trail?channel=mara&whom=ben")
    trail = moderator.get_by_role("list", name="Events, newest first")
    told = trail.get_by_role("listitem").locator("b").all_inner_texts()
    assert told == [
        "Unbanned", "All messages deleted", "Banned", "Timeout ended", "Timed out", "Message denied",
        "Message approved",
    ]  # fmt: skip
    end_stream(studio)


def test_the_column_on_a_phone(visitors: Visitors) -> None:
    studio = visitors.sign_in("jonas", viewport=PHONE)
    go_live(studio, "Evening songs")
    assert studio.get_by_label("Your message").is_visible()
    studio.get_by_role("button", name="Moderate").click()
    expect(column_of(studio).get_by_text("Nothing waits.")).to_be_visible()
    expect(studio.get_by_label("Your message")).to_be_hidden()
    width = studio.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE["width"]
    column_of(studio).get_by_role("button", name="Raise shield").click()
    expect(column_of(studio).get_by_text("The shield is up")).to_be_visible()
    studio.get_by_role("button", name="Moderate").click()
    expect(studio.get_by_label("Your message")).to_be_visible()
    end_stream(studio)
