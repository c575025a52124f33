"""Pay-per-view in browsers: a price before the stream, a ticket, a look for nothing, and a refund by staff."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browsers import PHONE, Visitors
from tests.servers import Busk
from tests.streaming import end_stream, expect_moving_pictures, on_air, picture, player_of, wait_until

pytestmark = pytest.mark.e2e

PREVIEW_SECONDS = 6


def go_live_for(page: Page, title: str, *, amount: str) -> str:
    """From the form, with a price and a promo code, to being on the air. Returns the stream's id."""
    page.goto("/creator/go-live")
    page.get_by_label("Title").fill(title)
    expect(page.get_by_role("listitem").filter(has_text="Camera")).to_contain_text("ready")
    page.get_by_label("With a ticket").check()
    page.get_by_label("Title").press("Enter")
    expect(page.get_by_text("Say what a ticket costs.", exact=True)).to_be_visible()
    expect(page.get_by_label("Price in USD")).to_be_focused()
    page.get_by_label("Price in USD").fill(amount)
    expect(page.get_by_text("A ticket leaves you 2.46 USD")).to_be_visible()
    page.get_by_text("Promo codes").click()
    page.get_by_label("Code", exact=True).fill("friends")
    page.get_by_label("How much").fill("50")
    page.get_by_role("button", name="Add the code").click()
    expect(page.get_by_role("list", name="Your codes")).to_contain_text("FRIENDS 50 % off")
    page.get_by_role("button", name="Go live").click()
    page.wait_for_url("**/stream/broadcast/*")
    expect(on_air(page)).to_be_visible()
    return urlsplit(page.url).path.rsplit("/", 1)[1]


@pytest.fixture
def studio(visitors: Visitors) -> Iterator[Page]:
    """mara's page, on the air for 3.00 USD."""
    page = visitors.sign_in("mara")
    go_live_for(page, "Cello behind a curtain", amount="3")
    yield page
    end_stream(page)


@pytest.fixture
def stream_id(studio: Page) -> str:
    return urlsplit(studio.url).path.rsplit("/", 1)[1]


def buy(page: Page) -> None:
    """From the page that sells the ticket to the stream."""
    page.get_by_role("button", name="Buy ticket").click()
    page.get_by_label(re.compile("goes through at once|pays")).first.check()
    page.get_by_role("button", name=re.compile("^Pay ")).click()


def gate_of(page: Page) -> Locator:
    return player_of(page).get_by_role("group", name="A ticket is needed")


def test_a_ticket_lets_in_and_a_refund_puts_out(stream_id: str, busk: Busk, visitors: Visitors) -> None:
    visitors.expect_refusals()
    ada = visitors.sign_in("ada")
    ada.goto("/live")
    card = ada.get_by_role("link").filter(has_text="Cello behind a curtain")
    expect(card).to_contain_text("3.00 USD")
    card.click()
    expect(gate_of(ada)).to_contain_text("A ticket costs 3.00 USD")
    gate_of(ada).get_by_role("link", name="Buy ticket").click()
    ada.wait_for_url(f"**/stream/{stream_id}/ticket")
    ada.get_by_label("Promo code").fill("friends")
    ada.get_by_role("button", name="Apply").click()
    expect(ada.get_by_text("1.50 USD").first).to_be_visible()
    buy(ada)
    ada.wait_for_url(f"**/stream/{stream_id}")
    expect_moving_pictures(ada)
    expect(ada.get_by_role("group", name="Free preview")).not_to_be_visible()

    order = busk.row("SELECT id FROM payments_order WHERE purpose = 'ticket' AND state = 'paid'")["id"]
    staff = visitors.sign_in("staffer")
    staff.goto(f"/admin/payments/order/{order}/refund/")
    staff.get_by_label("Reason").fill("The cellist was a recording")
    staff.get_by_role("button", name="Show what it takes").click()
    staff.get_by_role("button", name="Refund", exact=True).click()
    expect(gate_of(ada)).to_be_visible(timeout=5000)
    assert picture(ada)["paused"] is True
    ada.get_by_role("button", name="I have a ticket").click()
    expect(player_of(ada)).to_contain_text("There is no ticket of yours for this stream.")


def test_a_price_only_goes_down_on_the_air(studio: Page, stream_id: str, visitors: Visitors) -> None:
    visitors.expect_refusals()
    studio.get_by_text("Lower the price").click()
    price = studio.get_by_label("Price in USD")
    expect(price).to_have_value("3.00")
    price.fill("4")
    price.press("Enter")
    expect(studio.get_by_text("You are live, so the price can only go down.")).to_be_visible()
    price.fill("2,5")
    price.press("Enter")
    expect(studio.get_by_text("A ticket costs 2.50 USD.")).to_be_visible()
    expect(studio.get_by_text("The price is saved.")).to_be_visible()
    ada = visitors.sign_in("ada")
    ada.goto(f"/stream/{stream_id}")
    expect(ada.get_by_text("A ticket costs 2.50 USD")).to_be_visible()


def test_a_stranger_may_look_in_once_and_no_longer(stream_id: str, busk: Busk, visitors: Visitors) -> None:
    visitors.expect_refusals()
    busk.row(
        "UPDATE payments_streamprice SET preview_seconds = %s WHERE stream_id = %s RETURNING 1 AS done",
        PREVIEW_SECONDS,
        stream_id,
    )
    stranger = visitors.come(viewport=PHONE)
    asked: list[str] = []
    stranger.on("request", lambda request: asked.append(request.url))
    stranger.goto(f"/stream/{stream_id}")
    expect(gate_of(stranger)).to_be_visible()
    assert not [url for url in asked if "/join" in url or "/hls/" in url], "a look is not begun by itself"
    stranger.get_by_role("button", name=f"Watch {PREVIEW_SECONDS} s free").click()
    expect(stranger.get_by_role("group", name="Free preview")).to_contain_text("Free for 0:0")
    expect_moving_pictures(stranger, seconds=0.5)
    expect(gate_of(stranger)).to_be_visible()
    assert picture(stranger)["paused"] is True
    expect(stranger.get_by_role("button", name=re.compile("free"))).not_to_be_visible()
    asked.clear()
    stranger.wait_for_timeout(4000)  # what would ask again by itself, would do it by then
    assert not [url for url in asked if re.search("/join|/token|/hls/|/seg/", url)]
    stranger.reload()
    expect(gate_of(stranger)).to_be_visible()


def test_one_device_at_a_time(stream_id: str, visitors: Visitors) -> None:
    visitors.expect_refusals()
    desk = visitors.sign_in("ben")
    desk.goto(f"/stream/{stream_id}/ticket")
    buy(desk)
    desk.wait_for_url(f"**/stream/{stream_id}")
    expect_moving_pictures(desk)
    phone = visitors.sign_in("ben", viewport=PHONE)
    phone.goto(f"/stream/{stream_id}")
    phone.get_by_role("button", name="Watch here instead").click()
    expect_moving_pictures(phone)
    expect(desk.get_by_role("group", name="You watch on another device")).to_be_visible()
    assert picture(desk)["paused"] is True
    desk.get_by_role("button", name="Watch here instead").click()
    expect_moving_pictures(desk)
    expect(phone.get_by_role("group", name="You watch on another device")).to_be_visible()


def test_a_ticket_bought_in_another_tab_ends_the_countdown(stream_id: str, visitors: Visitors) -> None:
    jonas = visitors.sign_in("jonas")
    jonas.goto(f"/stream/{stream_id}")
    jonas.get_by_role("button", name="Watch 60 s free").click()
    expect(jonas.get_by_role("group", name="Free preview")).to_be_visible()
    expect_moving_pictures(jonas)
    tab = jonas.context.new_page()
    tab.goto(f"/stream/{stream_id}/ticket")
    buy(tab)
    tab.wait_for_url(f"**/stream/{stream_id}")
    jonas.bring_to_front()
    jonas.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(jonas.get_by_role("group", name="Free preview")).not_to_be_visible()
    before = picture(jonas)["at"]
    wait_until(jonas, lambda: picture(jonas)["at"] > before + 1, "pictures that go on")
