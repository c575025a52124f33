"""Buying coins in a browser, as `make run` offers it: packs, the bank's question, another card, the receipt."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browsers import Visitors

pytestmark = pytest.mark.e2e

CHALLENGE, DECLINED = "asks the bank first", "is declined"


def choose(page: Page, card: str) -> None:
    expect(page.get_by_role("note")).to_have_text("Sandbox: no real money")
    page.get_by_label(re.compile(card)).check()
    page.get_by_role("button", name=re.compile("^Pay ")).click()


def test_coins_through_the_banks_question(visitors: Visitors) -> None:
    page = visitors.sign_in("ada")
    page.goto("/wallet")
    expect(page.get_by_text("Sandbox: no real money")).to_be_visible()
    expect(page.locator("[data-balance]")).to_have_text("0 coins")
    page.get_by_role("button", name="500 coins for 5.99 USD").click()
    choose(page, CHALLENGE)
    expect(page.get_by_role("heading")).to_have_text("Your bank asks: is this you?")
    page.get_by_role("button", name="Yes, pay").click()
    expect(page.get_by_text("Paid: 500 coins.")).to_be_visible()
    expect(page.locator("[data-balance]")).to_have_text("500 coins")
    page.get_by_role("link", name="R-0000001").click()
    expect(page.get_by_role("heading")).to_have_text("Receipt R-0000001")
    expect(page.get_by_text("5.99 USD").first).to_be_visible()


def test_a_declined_card_then_leaving(visitors: Visitors) -> None:
    page = visitors.sign_in("ben")
    page.goto("/wallet")
    page.get_by_label("Exactly so many").fill("321")
    page.get_by_role("button", name="Buy", exact=True).click()
    choose(page, DECLINED)
    expect(page.get_by_role("alert")).to_contain_text("declined")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Not paid.")).to_be_visible()
    expect(page.get_by_text("The last card was declined.")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Cancelled.")).to_be_visible()
    expect(page.locator("[data-balance]")).to_have_text("0 coins")
