"""Whoever went to buy coins comes back to where they were, and nowhere else."""

import pytest

from payments.orders.models import Order
from tests.payments.stripe.test_orders import coins_of, order_coins
from tests.payments.stripe.test_sandbox import PAYS

STREAM = "/stream/0190f5b2-0000-7000-8000-000000000001?gift=rocket"
ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/x",
    "/\\evil.example",
    "live",
    "javascript:alert(1)",
    "/" * 400,
]


@pytest.fixture
def page_of(browser_of, bob):
    return browser_of(bob)


def test_paid_by_the_api_leads_on_to_the_stream(sandbox, bob, bobs, page_of):
    begun = order_coins(bobs, 500, next=STREAM)
    back = sandbox.open_page(begun.json()["url"], do="pay", card=PAYS).headers["Location"]
    answer = page_of.get(back)
    assert (answer.status_code, answer.headers.get("Location")) == (302, STREAM)
    assert coins_of(bob) == 500


def test_given_up_shows_the_wallet_with_the_way_back(sandbox, bobs, page_of):
    begun = order_coins(bobs, 500, next=STREAM)
    back = sandbox.open_page(begun.json()["url"], do="cancel").headers["Location"]
    page = page_of.get(back)
    assert page.status_code == 200
    assert "Not paid." in page.text
    assert f'href="{STREAM}"' in page.text
    assert page.text.count('name="next"') > 1, "the packs lead there too"


def test_the_wallets_form_takes_the_way_back_along(sandbox, page_of):
    gone = page_of.post("/wallet/buy", {"coins": "500", "next": STREAM})["Location"]
    back = sandbox.open_page(gone, do="pay", card=PAYS).headers["Location"]
    assert page_of.get(back).headers["Location"] == STREAM


@pytest.mark.parametrize("address", ELSEWHERE)
def test_nobody_is_led_elsewhere(sandbox, bobs, page_of, address):
    refused = order_coins(bobs, 500, next=address)
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid_input")
    assert not Order.objects.exists()
    gone = page_of.post("/wallet/buy", {"coins": "500", "next": address})["Location"]
    back = sandbox.open_page(gone, do="pay", card=PAYS).headers["Location"]
    assert page_of.get(back).status_code == 200
    assert page_of.get(back, {"next": address, "order": Order.objects.get().pk}).status_code == 200


def test_the_price_of_exactly_so_many_is_told_before(sandbox, bobs):
    told = bobs.get("/api/payments/packs?coins=17").json()["exact"]
    assert told == {"coins": 17, "amount": 50, "currency": "usd"}
    assert order_coins(bobs, 17).json()["order"]["amount"] == told["amount"]
    assert bobs.get("/api/payments/packs").json()["exact"] is None
    refused = bobs.get("/api/payments/packs?coins=1000000")
    assert (refused.status_code, refused.json()["code"]) == (400, "amount_out_of_range")
