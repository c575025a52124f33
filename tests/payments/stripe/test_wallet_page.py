"""The wallet's page: buying without a script, coming back, receipts."""

import re

import pytest

from payments.models import CoinPack
from payments.money import money_text
from payments.orders.models import Order, OrderState, Receipt
from payments.orders.refunds import refund_take
from payments.orders.webhooks import events_handle
from payments.packs import pack_price_set
from tests.payments.stripe.test_sandbox import DECLINED, PAYS


@pytest.fixture
def page_of(browser_of, bob):
    return browser_of(bob)


@pytest.fixture
def pack(db):
    pack = CoinPack.objects.create(coins=777)
    pack_price_set(pack_id=pack.pk, currency="usd", price=899)
    return pack


def test_from_pack_to_receipt(sandbox, page_of, pack):
    page = page_of.get("/wallet")
    assert "777 coins for 8.99 USD" in page.text
    assert "Sandbox: no real money" in page.text
    gone = page_of.post("/wallet/buy", {"pack": pack.pk})
    assert gone.status_code == 303
    assert gone["Location"].startswith(sandbox.address)
    back = sandbox.open_page(gone["Location"], do="pay", card=PAYS).headers["Location"]
    assert back.startswith("http://testserver/wallet?order=")
    page = page_of.get(back)
    assert "Paid: 777 coins." in page.text, "looked up, before any webhook"
    assert re.search(r"data-balance>\s*777 coins", page.text)
    sandbox.tell()
    events_handle()
    assert Receipt.objects.count() == 1
    receipt = page_of.get(f"/wallet/receipts/{Receipt.objects.get().pk}")
    for words in ("R-0000001", "8.99 USD", str(Order.objects.get().pk), "Busk"):
        assert words in receipt.text


def test_the_form_may_lead_to_the_page_to_pay_on_and_nowhere_else(sandbox, page_of):
    policy = page_of.get("/wallet")["Content-Security-Policy"]
    port = sandbox.address.rpartition(":")[2]
    assert re.search(rf"form-action 'self' http://localhost:{port}(;|$)", policy)
    assert "localhost" not in page_of.get("/settings/profile")["Content-Security-Policy"]


def test_leaving_without_paying_and_taking_it_back(sandbox, page_of):
    gone = page_of.post("/wallet/buy", {"coins": "500"})["Location"]
    back = sandbox.open_page(gone, do="cancel").headers["Location"]
    assert "Not paid." in page_of.get(back).text
    order = Order.objects.get()
    assert "Cancelled." in page_of.post(f"/wallet/orders/{order.pk}/cancel", follow=True).text
    order.refresh_from_db()
    assert order.state == OrderState.CANCELLED
    assert sandbox.open_page(gone, do="pay", card=PAYS).status_code == 410


def test_a_declined_card_is_told(sandbox, page_of):
    gone = page_of.post("/wallet/buy", {"coins": "500"})["Location"]
    sandbox.open_page(gone, do="pay", card=DECLINED)
    back = f"/wallet?order={Order.objects.get().pk}"
    assert "The last card was declined." in page_of.get(back).text


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"coins": "0"}, "could not be bought"),
        ({"coins": "-3"}, "could not be bought"),
        ({"coins": "NaN"}, "could not be bought"),
        ({"coins": "0.5"}, "could not be bought"),
        ({}, "at least 0.50"),
        ({"coins": "99999999"}, "at least 0.50"),
        ({"pack": "12345"}, "could not be bought"),
    ],
)
def test_what_cannot_be_bought_is_said(sandbox, page_of, given, words):
    assert words in page_of.post("/wallet/buy", given, follow=True).text
    assert not Order.objects.exists()


def test_reasons_are_said_in_words(sandbox, settings, page_of, bob):
    settings.SPEND_A_DAY = 100
    assert "more than your limit" in page_of.post("/wallet/buy", {"coins": "500"}, follow=True).text
    settings.SPEND_A_DAY = 100_000
    sandbox.faults = ["lose"] * 3
    assert "does not answer" in page_of.post("/wallet/buy", {"coins": "500"}, follow=True).text


def test_other_peoples_orders_and_receipts_are_not_there(sandbox, page_of, browser_of, charlie):
    gone = page_of.post("/wallet/buy", {"coins": "500"})["Location"]
    sandbox.open_page(gone, do="pay", card=PAYS)
    order = Order.objects.get()
    stranger = browser_of(charlie)
    page = stranger.get(f"/wallet?order={order.pk}")
    assert page.status_code == 200
    assert "5.46 USD" not in page.text
    assert Order.objects.get().state == OrderState.OPEN, "nor are they looked up"
    assert stranger.post(f"/wallet/orders/{order.pk}/cancel").status_code == 404
    page_of.get(f"/wallet?order={order.pk}")
    assert stranger.get(f"/wallet/receipts/{Receipt.objects.get().pk}").status_code == 404


def test_who_is_not_signed_in_signs_in_first(client):
    for path in ("/wallet", "/wallet/buy"):
        assert client.get(path).status_code in {302, 405}
    assert client.post("/wallet/buy", {"coins": "500"}).status_code == 302
    assert client.get("/wallet?order=nonsense").status_code == 302


def test_where_payments_are_off_it_says_so(settings, page_of):
    settings.PAYMENTS = "off"
    page = page_of.get("/wallet")
    assert "Nothing can be bought here" in page.text
    assert "Buy coins" not in page.text
    assert "Nothing can be bought" in page_of.post("/wallet/buy", {"coins": "500"}, follow=True).text


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (1099, "usd", "10.99 USD"),
        (5, "eur", "0.05 EUR"),
        (-250, "usd", "-2.50 USD"),
        (123_456_789, "usd", "1,234,567.89 USD"),
        (500, "jpy", "500 JPY"),
    ],
)
def test_money_as_text(amount, currency, text):
    assert money_text(amount, currency) == text


def test_large_numbers_are_grouped_and_what_came_back_is_told(sandbox, page_of):
    big = CoinPack.objects.create(coins=12_000)
    pack_price_set(pack_id=big.pk, currency="usd", price=13_999)
    assert "12,000 coins for 139.99 USD" in page_of.get("/wallet").text
    gone = page_of.post("/wallet/buy", {"coins": "1500"})["Location"]
    page_of.get(sandbox.open_page(gone, do="pay", card=PAYS).headers["Location"])
    assert re.search(r"data-balance>\s*1,500 coins", page_of.get("/wallet").text)
    sandbox.tell()
    events_handle()
    order = Order.objects.get()
    refund_take(order_id=order.pk, amount=200, reason="a mistake", actor_party_id=None)
    assert "Paid, 2.00 USD given back," in page_of.get("/wallet").text
