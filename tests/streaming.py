"""What creators and viewers do and see, in the words of the pages."""

import logging
import re
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Locator, Page, expect

from tests.browsers import PATIENCE_MS

logger = logging.getLogger(__name__)


def record(what: str, *, since: float) -> None:
    """Keep for the report how long something took, since ``time.monotonic()`` was that."""
    logger.info("%s: %.1f s", what, time.monotonic() - since)


def go_live(page: Page, title: str, *, price: str = "") -> str:
    """From the form to being on the air, as the studio says it; with a price, for a ticket. Returns the stream's id."""
    page.goto("/creator/go-live")
    page.get_by_label("Title").fill(title)
    if price:
        page.get_by_label("With a ticket").check()
        page.get_by_label("Price in USD").fill(price)
    expect(page.get_by_role("listitem").filter(has_text="Camera")).to_contain_text("ready")
    page.get_by_role("button", name="Go live").click()
    page.wait_for_url("**/stream/broadcast/*")
    expect(on_air(page)).to_be_visible()
    return urlsplit(page.url).path.rsplit("/", 1)[1]


def on_air(studio: Page) -> Locator:
    """The studio's mark that viewers can see the pictures."""
    return studio.get_by_role("main").get_by_text("Live", exact=True)


def end_stream(studio: Page) -> None:
    studio.get_by_role("button", name="End", exact=True).click()
    studio.get_by_role("dialog").get_by_role("button", name="End the stream").click()
    expect(studio.get_by_role("heading", name="The stream has ended")).to_be_visible()


def say(page: Page, text: str) -> None:
    page.get_by_label("Your message").fill(text)
    page.get_by_label("Your message").press("Enter")


def chat_of(page: Page) -> Locator:
    return page.get_by_role("log", name="Chat")


def lines_with(page: Page, words: re.Pattern[str]) -> list[str]:
    """The matching parts of the chat's lines, in their order."""
    lines = chat_of(page).get_by_role("listitem").all_inner_texts()
    return [found.group() for line in lines if (found := words.search(line))]


def player_of(page: Page) -> Locator:
    return page.get_by_role("region", name="Player")


def picture(page: Page) -> dict[str, Any]:
    """Where the viewer's video stands, and how large it is."""
    state: dict[str, Any] = page.locator("video.player-video").evaluate(
        "v => ({at: v.currentTime, width: v.videoWidth, paused: v.paused})"
    )
    return state


def expect_moving_pictures(page: Page, *, seconds: float = 2) -> float:
    """The picture has a size and its time goes on. Returns the seconds this took to see."""
    began = time.monotonic()
    start = picture(page)["at"]

    def moves() -> bool:
        now = picture(page)
        return bool(now["width"] > 0 and now["at"] >= start + seconds)

    wait_until(page, moves, "moving pictures")
    return time.monotonic() - began


def wait_until(page: Page, holds: Callable[[], bool], what: str, *, patience_ms: int = PATIENCE_MS) -> None:
    """Ask again and again while the browser goes on with its own work."""
    deadline = time.monotonic() + patience_ms / 1000
    while not holds():
        assert time.monotonic() < deadline, f"never came: {what}"
        page.wait_for_timeout(100)
