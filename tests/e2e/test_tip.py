"""Tips in money as people live through them: paid through the bank's question, pinned for all, left, taken down."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browsers import PHONE, Visitors
from tests.streaming import chat_of, end_stream, go_live

pytestmark = pytest.mark.e2e

PAYS, CHALLENGE, DECLINED = "pays$", "asks the bank first", "is declined"


def sheet_of(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Tip Mara Lind")


def open_tips(page: Page) -> Locator:
    page.get_by_role("button", name="Tip", exact=True).click()
    sheet = sheet_of(page)
    expect(sheet).to_be_visible()
    return sheet


def choose(page: Page, card: str) -> None:
    expect(page.get_by_role("note")).to_have_text("Sandbox: no real money")
    page.get_by_label(re.compile(card)).check()
    page.get_by_role("button", name=re.compile("^Pay ")).click()


def test_a_tip_is_seen_pinned_by_all_and_one_that_is_left_by_nobody(visitors: Visitors) -> None:
    studio = visitors.sign_in("mara")
    stream_id = go_live(studio, "Cello in the rain")
    ada, ben = visitors.sign_in("ada"), visitors.sign_in("ben", viewport=PHONE)
    for page in (ada, ben):
        page.goto(f"/stream/{stream_id}")

    # Five dollars, with words, through the bank's question; what the creator gets is said before.
    sheet = open_tips(ada)
    sheet.get_by_role("button", name="5 USD", exact=True).click()
    expect(sheet.get_by_text("Mara Lind gets 4.30 USD.")).to_be_visible()
    expect(sheet.get_by_text("Pinned above the chat for 2 minutes.")).to_be_visible()
    sheet.get_by_label("Message").fill("Play it again")
    sheet.get_by_role("button", name="Tip 5.00 USD").click()
    choose(ada, CHALLENGE)
    ada.get_by_role("button", name="Yes, pay").click()
    ada.wait_for_url(f"**/stream/{stream_id}*")
    expect(sheet_of(ada).get_by_text("Your tip of 5.00 USD is in the chat.")).to_be_visible()
    assert "order=" not in ada.url, "a reload asks nothing"

    for page in (ada, ben, studio):
        line = chat_of(page).get_by_role("listitem").filter(has_text="5.00 USD")
        expect(line).to_contain_text("Play it again")
        pin = page.get_by_role("region", name="Pinned tips").get_by_role("button", name="USD")
        expect(pin).to_contain_text("5.00 USD")
        pin.click()
        expect(page.locator("#pin-open")).to_contain_text("Play it again")
        pin.click()
    # The focus comes back to where the sheet was opened.
    sheet_of(ada).get_by_role("button", name="Done").click()
    expect(ada.get_by_role("button", name="Tip", exact=True)).to_be_focused()

    # Who comes later is shown the pin too.
    later = visitors.come()
    later.goto(f"/stream/{stream_id}")
    expect(later.get_by_role("region", name="Pinned tips").get_by_role("button", name="USD")).to_contain_text(
        "5.00 USD"
    )

    # A declined card, then given up: said on return, nothing in the chat, and listed in the wallet.
    sheet = open_tips(ben)
    sheet.get_by_label("Another amount in USD").fill("12.50")
    sheet.get_by_label("Message").fill("Not this one")
    sheet.get_by_role("button", name="Tip 12.50 USD").click()
    choose(ben, DECLINED)
    expect(ben.get_by_role("alert")).to_contain_text("declined")
    ben.get_by_role("button", name="Cancel").click()
    expect(sheet_of(ben).get_by_text("The card was declined.")).to_be_visible()
    expect(sheet_of(ben).get_by_text("Not this one")).to_be_visible()
    sheet_of(ben).get_by_role("button", name="Change it").click()
    expect(sheet_of(ben).get_by_label("Message")).to_have_value("Not this one")
    expect(sheet_of(ben).get_by_label("Another amount in USD")).to_have_value("12.50")
    sheet_of(ben).get_by_role("button", name="Tip 12.50 USD").click()
    expect(ben.get_by_role("note")).to_have_text("Sandbox: no real money")
    ben.go_back()
    expect(sheet_of(ben).get_by_text("You left before paying.")).to_be_visible()
    sheet_of(ben).get_by_role("button", name="Leave it").click()
    expect(sheet_of(ben)).to_be_hidden()
    ben.goto("/wallet")
    expect(ben.get_by_text("Tip for Mara Lind")).to_have_count(2)
    expect(ben.get_by_text("Not paid: cancelled")).to_have_count(2)
    expect(chat_of(ada).get_by_text("Not this one")).to_have_count(0)

    # Taken down: its words are gone from every page, that it was given is not.
    line = chat_of(studio).get_by_role("listitem").filter(has_text="5.00 USD")
    line.get_by_role("button", name="Take down").click()
    line.get_by_role("button", name="Take it down").click()
    for page in (ada, later, studio):
        expect(page.get_by_text("Play it again")).to_have_count(0)
        expect(page.get_by_role("region", name="Pinned tips")).to_have_count(0)
        expect(chat_of(page).get_by_text("5.00 USD")).to_be_visible()
    end_stream(studio)
    expect(ada.get_by_role("button", name="Tip", exact=True)).to_have_count(0)


def test_a_tip_whose_page_is_closed_waits_and_is_paid_by_nobody(visitors: Visitors) -> None:
    studio = visitors.sign_in("mara")
    stream_id = go_live(studio, "Cello at night")
    assert studio.get_by_role("button", name="Tip", exact=True).count() == 0
    ada = visitors.sign_in("ada")
    ada.goto(f"/stream/{stream_id}")
    open_tips(ada).get_by_role("button", name="Tip 5.00 USD").click()
    expect(ada.get_by_role("note")).to_have_text("Sandbox: no real money")
    context = ada.context
    ada.close()
    again = context.new_page()
    again.goto("/wallet")
    order = again.get_by_role("listitem").filter(has_text="Tip for Mara Lind").first
    expect(order).to_contain_text("Waits for its payment")
    order.get_by_role("button", name="Cancel").click()
    expect(again.get_by_text("Cancelled.")).to_be_visible()
    again.goto(f"/stream/{stream_id}")
    expect(chat_of(again).get_by_text("5.00 USD")).to_have_count(0)
    end_stream(studio)
