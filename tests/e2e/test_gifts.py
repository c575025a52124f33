"""Gifts as viewers meet them: out of coins, through the bank, back to the stream; seen by all, booked once each."""

import json
import logging
import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, WebSocketRoute, expect

from tests.browsers import DESKTOP, PHONE, Visitors
from tests.e2e.test_buying_coins import CHALLENGE, choose
from tests.servers import Busk
from tests.streaming import chat_of, end_stream, expect_moving_pictures, go_live, wait_until

pytestmark = pytest.mark.e2e
logger = logging.getLogger(__name__)

# When the first sight of something over the picture came, by the clock that all pages of a machine share.
REMEMBER_FIRST = """
window.firstSeen = {};
window.coveredFor = 0;
let since = null;
new MutationObserver(() => {
  const across = document.querySelector("[data-gift-across]");
  if (across) window.firstSeen[across.dataset.giftAcross] ??= Date.now();
  const covered = across !== null;
  if (covered && since === null) since = Date.now();
  if (!covered && since !== null) [window.coveredFor, since] = [Math.max(window.coveredFor, Date.now() - since), null];
}).observe(document, {childList: true, subtree: true});
"""


@pytest.fixture
def live(visitors: Visitors) -> Iterator[tuple[Page, str]]:
    """A studio on the air, and its stream's id."""
    studio = visitors.sign_in("jonas")
    yield studio, go_live(studio, "Cello in the rain")
    end_stream(studio)


def watch(page: Page, stream_id: str) -> Page:
    page.goto(f"/stream/{stream_id}")
    expect_moving_pictures(page, seconds=0.5)
    expect(page.locator(".gift-show")).to_be_attached()
    return page


def tray_of(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Send a gift")


def gift_of(page: Page, name: str) -> Locator:
    return tray_of(page).get_by_role("button", name=re.compile(f"^{name}"))


def expect_balance(page: Page, coins: int) -> None:
    expect(tray_of(page).locator(f"[data-gift-balance='{coins}']")).to_be_visible()


def expect_nothing_left(page: Page) -> None:
    """Over the picture is as much as before any gift: one empty box."""
    wait_until(page, lambda: nodes_over(page) == 1, "a picture with nothing over it")


def nodes_over(page: Page) -> int:
    return int(page.evaluate("document.querySelectorAll('.gift-show *').length"))


def problems_of_gifts(page: Page, axe: Axe) -> list[str]:
    """What axe finds in what is said of gifts, on a desk and on a phone. The player comes and goes by itself."""
    found = []
    for viewport in (DESKTOP, PHONE):
        page.set_viewport_size(viewport)  # type: ignore[arg-type]
        page.wait_for_timeout(300)  # colours that change, change slowly
        parts = {"include": [[".stage-sheet"], [".give-bar"], [".stage-info"]]}
        for violation in axe.run(page, context=parts).response["violations"]:
            nodes = "; ".join(node["html"][:200] for node in violation["nodes"][:5])
            found.append(f"{viewport['width']}: {violation['id']} ({violation['help']}): {nodes}")
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > viewport["width"]:
            found.append(f"scrolls sideways, {wide} px wide")
    return found


def test_out_of_coins_through_the_bank_to_a_rocket_that_all_see(
    busk: Busk, visitors: Visitors, live: tuple[Page, str]
) -> None:
    _studio, stream_id = live
    ada = watch(visitors.sign_in("ada", script=REMEMBER_FIRST), stream_id)
    other = watch(visitors.come(script=REMEMBER_FIRST), stream_id)
    ada.keyboard.press("g")
    expect(tray_of(ada).get_by_role("note")).to_have_text("Sandbox: no real money.")
    expect_balance(ada, 0)
    expect(gift_of(ada, "Rocket")).to_have_accessible_name("Rocket, 20 coins, 0.25 USD")
    gift_of(ada, "Rocket").click()
    expect(tray_of(ada).get_by_role("alert")).to_have_text("You need 20 more coins for Rocket.")
    tray_of(ada).get_by_role("button", name="Buy exactly 20 for 0.51 USD").click()
    choose(ada, CHALLENGE)
    ada.get_by_role("button", name="Yes, pay").click()

    # Back at the stream, with the tray open and the gift chosen; the address is plain again.
    ada.wait_for_url(f"**/stream/{stream_id}")
    expect_moving_pictures(ada, seconds=0.5)
    expect_balance(ada, 20)
    expect(gift_of(ada, "Rocket")).to_be_focused()
    expect(ada.locator(".gift-show")).to_be_attached()
    sent = ada.evaluate("Date.now()")
    ada.keyboard.press("Enter")
    for who, page in (("sender", ada), ("viewer", other)):
        expect(page.locator("[data-gift-across='rocket']")).to_contain_text("Ada sent Rocket")
        seen = page.evaluate("window.firstSeen.rocket") - sent
        logger.info("a Rocket on the %s's page: %d ms after the press", who, seen)
        assert seen < 10_000
    expect_balance(ada, 0)
    for page in (ada, other):
        expect_nothing_left(page)
        covered = page.evaluate("window.coveredFor")
        logger.info("it covered the picture for %d ms", covered)
        assert 0 < covered < 10_000

    booked = busk.row(
        "SELECT count(*) AS n, sum(coins) AS coins FROM gifts_giftsend WHERE stream_id = %s", stream_id
    )
    assert (booked["n"], booked["coins"]) == (1, 20)
    ada.keyboard.press("Escape")
    expect(tray_of(ada)).not_to_be_attached()
    expect(ada.get_by_role("button", name="Gift", exact=True)).to_be_focused()


def test_five_roses_are_one_streak_of_five_gifts(
    busk: Busk, visitors: Visitors, live: tuple[Page, str]
) -> None:
    studio, stream_id = live
    studio.get_by_label("What it is for").fill("New strings")
    studio.get_by_label("Coins", exact=True).fill("4")
    studio.get_by_role("button", name="Set the goal").click()
    ben = visitors.sign_in("ben")
    ben.goto("/wallet")
    ben.get_by_role("button", name="200 coins for 2.49 USD", exact=True).click()
    choose(ben, "pays$")
    expect(ben.locator("[data-balance]")).to_have_text("200 coins")
    watch(ben, stream_id)
    other = watch(visitors.come(viewport=PHONE), stream_id)
    expect(other.get_by_text("0 of 4 coins (0 %)")).to_be_visible()
    ben.get_by_role("button", name="Gift", exact=True).click()
    expect_balance(ben, 200)
    for _tap in range(5):
        gift_of(ben, "Rose").click()
    for page in (ben, other):
        expect(page.locator("[data-gift-card='rose'] .gift-times")).to_have_text("×5")
    expect_balance(ben, 195)
    for page in (ben, other):
        expect_nothing_left(page)
    booked = busk.row(
        "SELECT count(*) AS n, count(DISTINCT combo_id) AS combos, sum(coins) AS coins FROM gifts_giftsend"
        " WHERE stream_id = %s",
        stream_id,
    )
    assert (booked["n"], booked["combos"], booked["coins"]) == (5, 1, 5)
    assert (
        busk.row("SELECT balance_coins AS coins FROM payments_wallet WHERE balance_coins > 0")["coins"] == 195
    )

    # One line in the chat for all of it, the goal reached, and the first place taken.
    line = chat_of(other).get_by_role("listitem").filter(has_text="Ben")
    line = line.filter(has_text="Rose")
    expect(line).to_have_count(1)
    expect(line).to_contain_text(re.compile("× ?5"))
    expect(other.get_by_text("5 of 4 coins (100 %)")).to_be_visible()
    other.get_by_text("Top gifts").click()
    places = other.get_by_role("tabpanel", name="This stream").get_by_role("listitem")
    expect(places).to_have_text([re.compile("^1.*Ben.*5 coins")])


def test_who_is_not_signed_in_is_led_there_and_back_to_the_gift(
    visitors: Visitors, live: tuple[Page, str]
) -> None:
    _studio, stream_id = live
    page = visitors.come()
    page.goto(f"/stream/{stream_id}")
    page.get_by_role("button", name="Gift", exact=True).click()
    gift_of(page, "Crown").click()
    page.wait_for_url("**/accounts/login/**")
    page.get_by_label("Username or e-mail").fill("mara")
    page.get_by_label("Password").fill("busk-demo")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"**/stream/{stream_id}")
    expect(gift_of(page, "Crown")).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowRight")
    expect(gift_of(page, "Star")).to_be_focused()


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_tray_can_be_seen_and_used_by_everybody(
    theme: str, visitors: Visitors, live: tuple[Page, str]
) -> None:
    _studio, stream_id = live
    page = visitors.sign_in("mara", color_scheme=theme)
    watch(page, stream_id)
    axe = Axe()
    page.get_by_role("button", name="Gift", exact=True).click()
    expect(gift_of(page, "Mansion")).to_be_visible()
    found = problems_of_gifts(page, axe)
    gift_of(page, "Mansion").click()
    expect(tray_of(page).get_by_role("button", name=re.compile("^Buy exactly 100"))).to_be_visible()
    found += problems_of_gifts(page, axe)
    assert found == []


def test_a_channel_shows_who_gave_most_and_the_studio_removes_its_goal(
    visitors: Visitors, live: tuple[Page, str]
) -> None:
    studio, stream_id = live
    studio.get_by_label("What it is for").fill("A new bow")
    studio.get_by_label("Coins", exact=True).fill("0")
    studio.get_by_role("button", name="Set the goal").click()
    expect(studio.get_by_text("A whole number from 1")).to_be_visible()
    studio.get_by_label("Coins", exact=True).fill("500")
    studio.get_by_role("button", name="Set the goal").click()
    viewer = visitors.come()
    viewer.goto(f"/stream/{stream_id}")
    expect(viewer.get_by_role("progressbar", name="Goal: A new bow")).to_be_visible()
    studio.get_by_role("button", name="Remove it").click()
    expect(viewer.get_by_role("progressbar")).not_to_be_attached()
    viewer.goto("/live/mara")
    panel = viewer.get_by_role("tabpanel", name="This week")
    expect(panel).to_have_text("Nobody has given anything yet.")
    viewer.get_by_role("tab", name="All time").click()
    expect(viewer.get_by_role("tabpanel", name="All time")).to_have_text("Nobody has given anything yet.")


# How long the page let nothing be drawn at most, and how much lay over the picture.
MEASURE = """
window.measured = {gap: 0, nodes: 0};
let last = performance.now();
const tick = (now) => {
  window.measured.gap = Math.max(window.measured.gap, now - last);
  window.measured.nodes = Math.max(window.measured.nodes, document.querySelectorAll(".gift-show *").length);
  last = now;
  requestAnimationFrame(tick);
};
requestAnimationFrame(tick);
"""


def gift_event(number: int) -> dict[str, object]:
    """One of many people's gifts, of all kinds."""
    animation = ("float", "burst", "fireworks", "confetti")[number % 4]
    combo = {
        "id": f"streak-{number}",
        "quantity": 1,
        "coins": number % 7,
        "ends_at": "2026-01-01T00:00:00.000Z",
    }
    return {
        "type": "gift:sent", "id": f"gift-{number}", "user": {"id": f"u{number}", "name": f"Fan {number}"},
        "gift": "of-next-year", "name": "Comet", "animation": animation, "rarity": "rare", "quantity": 1,
        "coins": number % 7, "combo": combo, "at": "2026-01-01T00:00:00.000Z",
    }  # fmt: skip


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_a_hundred_gifts_a_second_do_not_hold_up_the_page(
    motion: str, visitors: Visitors, live: tuple[Page, str]
) -> None:
    _studio, stream_id = live
    page = visitors.come(reduced_motion=motion)
    rooms: list[WebSocketRoute] = []

    def on_room(room: WebSocketRoute) -> None:
        room.connect_to_server()
        rooms.append(room)

    page.route_web_socket(re.compile("/ws/streams/"), on_room)
    watch(page, stream_id)
    page.evaluate(MEASURE)
    for tenth in range(50):
        rooms[-1].send(json.dumps([gift_event(10 * tenth + number) for number in range(10)]))
        page.wait_for_timeout(100)
    expect(page.locator(".gift-card").first).to_be_visible()
    measured = page.evaluate("window.measured")
    logger.info("100 gifts/s (%s): nothing drawn for %d ms at most, %d nodes", motion, *measured.values())
    assert measured["nodes"] < 300
    assert page.locator(".gift-float, .gift-burst, .gift-canvas").count() == 0 or motion != "reduce"
    assert measured["gap"] < 5_000
    expect_nothing_left(page)
