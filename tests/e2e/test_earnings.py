"""What a creator earns: it moves in the studio while viewers give, and stands on a page of its own after that."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browsers import DESKTOP, PHONE, Visitors
from tests.e2e.test_buying_coins import CHALLENGE, choose
from tests.streaming import end_stream, expect_moving_pictures, go_live

pytestmark = pytest.mark.e2e


@pytest.fixture
def live(visitors: Visitors) -> tuple[Page, str]:
    """A studio on the air, and its stream's id."""
    studio = visitors.sign_in("jonas")
    return studio, go_live(studio, "Cello in the rain")


def problems_of(page: Page, axe: Axe) -> list[str]:
    """What axe finds, on a desk and on a phone, and whether the page is wider than that."""
    found = []
    for viewport in (DESKTOP, PHONE):
        page.set_viewport_size(viewport)  # type: ignore[arg-type]
        page.wait_for_timeout(300)  # colours that change, change slowly
        for violation in axe.run(page).response["violations"]:
            nodes = "; ".join(node["html"][:200] for node in violation["nodes"][:5])
            found.append(f"{viewport['width']}: {violation['id']} ({violation['help']}): {nodes}")
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > viewport["width"]:
            found.append(f"scrolls sideways, {wide} px wide")
        tables = "[...document.querySelectorAll('.earned-table')].some(table => table.scrollWidth > table.clientWidth)"
        if page.evaluate(tables):
            found.append(f"{viewport['width']}: a table scrolls sideways")
    return found


def test_a_gift_moves_the_studios_counter_and_stands_on_the_page(
    visitors: Visitors, live: tuple[Page, str]
) -> None:
    studio, stream_id = live
    counter = studio.get_by_role("button", name=re.compile("^Earned with this stream"))
    expect(counter).to_have_text("0.00 USD")
    ada = visitors.sign_in("ada")
    ada.goto("/wallet")
    ada.get_by_role("button", name=re.compile("^500 coins")).click()
    choose(ada, CHALLENGE)
    ada.get_by_role("button", name="Yes, pay").click()
    ada.wait_for_url("**/wallet**")
    ada.goto(f"/stream/{stream_id}")
    expect_moving_pictures(ada, seconds=0.5)
    ada.keyboard.press("g")
    ada.get_by_role("dialog", name="Send a gift").get_by_role("button", name=re.compile("^Crown")).click()

    expect(counter).to_have_text(re.compile(r"^0\.4[78] USD$"))
    counter.click()
    details = studio.locator(".strip-earned-more")
    expect(details).to_contain_text("Gifts (50 coins)")
    expect(details).to_contain_text("Tips0.00 USD")
    studio.keyboard.press("Escape")
    expect(details).not_to_be_attached()
    expect(counter).to_be_focused()

    end_stream(studio)
    expect(studio.get_by_text("Earned", exact=True)).to_be_visible()
    studio.get_by_role("link", name="All earnings").click()
    studio.wait_for_url("**/earnings")
    expect(studio.get_by_role("heading", name="Earnings", exact=True)).to_be_visible()
    expect(studio.locator("[data-account=pending]")).to_contain_text("USD")
    expect(studio.get_by_role("link", name="Cello in the rain").first).to_be_visible()
    expect(studio.locator(".earned-chart rect").first).to_be_attached()
    studio.get_by_text("The days as a table").click()
    days = studio.get_by_role("region", name="Earnings by day")
    expect(days.get_by_role("rowheader", name="Together")).to_be_visible()

    for theme in ("dark", "light"):
        mine = visitors.sign_in("jonas", color_scheme=theme)
        mine.goto("/earnings?days=7")
        mine.get_by_text("The days as a table").click()
        assert problems_of(mine, Axe()) == []
    with mine.expect_download() as download:
        mine.get_by_role("link", name=re.compile("as a file")).click()
    rows = download.value.path().read_text().splitlines()
    assert rows[0].startswith("date,time_utc,earning,source")
    assert len(rows) > 1
    assert ",gift," in rows[1]


def test_who_earned_nothing_is_told_how_to(visitors: Visitors) -> None:
    ben = visitors.sign_in("mara")
    ben.goto("/earnings")
    expect(ben.get_by_text("Nothing earned yet")).to_be_visible()
    assert problems_of(ben, Axe()) == []
