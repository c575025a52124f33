"""The page that sells a ticket, the wallet that lists it, and what the stream's page carries: all without a script."""

import json
import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from payments.coins import coins_credit
from payments.models import Wallet
from payments.money import money_read
from payments.orders.models import Order, OrderState, Receipt
from payments.tickets.models import Ticket, TicketState, VoidReason
from payments.tickets.prices import price_set
from payments.tickets.promo_codes import code_make
from payments.tickets.refunds import prices_return
from streams.models import EndReason, Stream
from streams.services import stream_end
from tests.payments.stripe.test_sandbox import DECLINED, PAYS
from tests.payments.tickets.conftest import COINS, told


@pytest.fixture
def page_of(browser_of, bob):
    return browser_of(bob)


def here(stream):
    return f"/stream/{stream.pk}/ticket"


def give_coins(user, coins):
    coins_credit(
        party_id=user.party_id, coins=coins, source="stripe", price=coins, processing=0,
        order_reference=str(uuid.uuid4()), charged_at=user.date_joined, key=f"test:{uuid.uuid4()}",
    )  # fmt: skip


def price(stream: Stream, **changed: Any) -> None:
    asked: dict[str, Any] = {
        "amount": 500,
        "currency": "usd",
        "coins": None,
        "pay_what_you_want": False,
        "preview_seconds": 60,
    }
    price_set(stream_id=stream.pk, **asked | changed)


def words(page):
    """What is read, without the marks between."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text))


def found(pattern: str, text: str) -> str:
    """The first group of what the text has."""
    match = re.search(pattern, text)
    assert match is not None
    return match[1]


def gate_of(page):
    gate = re.search(r'<script id="ticket-gate"[^>]*>(.*?)</script>', page.text)
    return json.loads(gate[1]) if gate else None


def test_from_the_price_to_the_stream_and_the_receipt(sandbox, sold, page_of):
    page = page_of.get(here(sold))
    assert "5.00 USD or 400 coins" in words(page)
    assert (
        "Of 5.00 USD Alice gets 4.30 USD. 0.25 USD goes to this site, about 0.45 USD to the card processor."
        in words(page)
    )
    assert "Sandbox: no real money" in page.text
    gone = page_of.post(here(sold), {"with": "money"})
    assert gone.status_code == 303
    assert gone["Location"].startswith(sandbox.address)
    back = sandbox.open_page(gone["Location"], do="pay", card=PAYS).headers["Location"]
    assert back.startswith(f"http://testserver{here(sold)}?order=")
    answer = page_of.get(back)
    assert (answer.status_code, answer["Location"]) == (302, f"/stream/{sold.pk}"), (
        "looked up before any webhook"
    )
    assert "You have a ticket." in page_of.get(f"/stream/{sold.pk}").text
    page = page_of.get(here(sold))
    assert f'href="/stream/{sold.pk}">Watch<' in page.text
    assert "Buy ticket" not in page.text
    wallet = page_of.get("/wallet")
    assert "R-0000001" in wallet.text
    receipt = page_of.get(f"/wallet/receipts/{Receipt.objects.get().pk}")
    assert (
        "Of the 5.00 USD that you paid, Alice got 4.31 USD. 0.25 USD went to this site, 0.44 USD to the card processor."
        in words(receipt)
    )
    assert f"/wallet/tickets/{sold.pk}/back" in wallet.text


def test_the_form_may_lead_to_the_page_to_pay_on(sandbox, sold, page_of):
    port = sandbox.address.rpartition(":")[2]
    policy = page_of.get(here(sold))["Content-Security-Policy"]
    assert re.search(rf"form-action 'self' http://localhost:{port}(;|$)", policy)


def test_nobody_tries_words_until_one_fits(sandbox, sold, client, settings):
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"pay": (3, 3)}
    tried = [client.get(f"{here(sold)}?promo_code=WORD{number}").status_code for number in range(5)]
    assert tried == [200, 200, 200, 429, 429]
    assert client.get(here(sold)).status_code == 200, "the price is for everybody"


def test_a_link_shows_what_it_is_about(sandbox, sold, client):
    page = client.get(here(sold)).text
    assert f'<meta property="og:title" content="{sold.title}">' in page
    assert f'{here(sold)}">' in page
    assert client.get(f"/stream/{uuid.uuid4()}/ticket").status_code == 404


def test_without_an_account_one_signs_in_and_comes_back(sandbox, sold, client):
    page = client.get(f"{here(sold)}?promo_code=FRIENDS")
    assert "Sign in to buy" in page.text
    assert f"/accounts/login/?next=%2Fstream%2F{sold.pk}%2Fticket%3Fpromo_code%3DFRIENDS" in page.text
    assert 'name="with"' not in page.text
    answer = client.post(here(sold), {"with": "money"})
    assert answer["Location"].startswith("/accounts/login/?next=")
    assert not Order.objects.exists()


def test_a_declined_card_and_leaving_are_said_and_can_be_tried_again(sandbox, sold, page_of):
    gone = page_of.post(here(sold), {"with": "money"})["Location"]
    sandbox.open_page(gone, do="pay", card=DECLINED)
    order = Order.objects.get()
    page = page_of.get(f"{here(sold)}?order={order.pk}")
    assert "Waiting for the payment." in page.text
    assert "Buy ticket" not in page.text, "nobody pays twice in a hurry"
    back = sandbox.open_page(gone, do="cancel").headers["Location"]
    page = page_of.get(back)
    assert "Not paid, and nothing was charged." in page.text
    assert "The last card was declined; try another one." in page.text
    assert page_of.post(here(sold), {"with": "money"})["Location"] == gone, (
        "the same order, which still waits"
    )


def test_the_order_of_another_stream_or_person_says_nothing_here(sandbox, sold, page_of, browser_of, charlie):
    gone = page_of.post(here(sold), {"with": "money"})["Location"]
    sandbox.open_page(gone, do="cancel")
    page = browser_of(charlie).get(f"{here(sold)}?order={Order.objects.get().pk}&left=1")
    assert "Not paid" not in page.text
    page_of.post("/wallet/buy", {"coins": "500"})
    coins = Order.objects.get(purpose="coins")
    assert "Waiting for the payment." not in page_of.get(f"{here(sold)}?order={coins.pk}").text


def test_a_promo_code_shows_its_price_and_buys_for_it(sandbox, sold, page_of):
    code_make(stream=sold, code="friends", percent=20)
    page = page_of.get(f"{here(sold)}?promo_code=friends")
    assert "4.00 USD or 320 coins" in words(page)
    assert "with FRIENDS" in page.text
    page_of.post(here(sold), {"with": "money", "promo_code": "FRIENDS"})
    assert Order.objects.get().amount == 400


@pytest.mark.parametrize(
    ("typed", "said"), [("nonsense", "There is no such code."), ("old", "This code is over.")]
)
def test_a_code_that_is_no_good_is_said_beside_its_field(sandbox, sold, page_of, typed, said, time_machine):
    code_make(stream=sold, code="old", percent=20, expires_at=timezone.now() + timedelta(hours=1))
    time_machine.move_to(timezone.now() + timedelta(hours=2))
    page = page_of.get(f"{here(sold)}?promo_code={typed}")
    assert (page.status_code, f'id="promo_code_error">{said}' in page.text) == (200, True)
    assert "5.00 USD" in page.text, "the price without it"
    assert page_of.post(here(sold), {"with": "money", "promo_code": typed}).status_code == 422
    assert not Order.objects.exists()


def test_a_code_that_takes_everything_off_lets_in_at_once(sandbox, sold, page_of):
    code_make(stream=sold, code="GUEST", percent=100)
    assert "Get your ticket" in page_of.get(f"{here(sold)}?promo_code=GUEST").text
    answer = page_of.post(here(sold), {"with": "money", "promo_code": "GUEST"})
    assert answer["Location"] == f"/stream/{sold.pk}"
    assert Ticket.objects.get().state == TicketState.VALID
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("4.99", "From 5.00 USD to 999.99 USD."),
        ("0", "From 5.00 USD to 999.99 USD."),
        ("1000.01", "From 5.00 USD to 999.99 USD."),
        ("-5", "Type an amount"),
        ("0.005", "Type an amount"),
        ("NaN", "Type an amount"),
    ],
)
def test_pay_what_you_want_is_not_less_than_the_price(sandbox, stream, page_of, typed, said):
    price(stream, pay_what_you_want=True)
    page = page_of.get(here(stream))
    assert "from 5.00 USD" in words(page)
    page = page_of.post(here(stream), {"with": "money", "amount": typed})
    assert (page.status_code, said in page.text) == (422, True)
    assert f'value="{typed}"' in page.text, "what was typed stays"
    assert not Order.objects.exists()


def test_pay_what_you_want_takes_more(sandbox, stream, page_of):
    price(stream, pay_what_you_want=True)
    assert page_of.post(here(stream), {"with": "money", "amount": "7,50"}).status_code == 303
    assert Order.objects.get().amount == 750


def test_with_coins_one_is_in_at_once_and_only_once(sandbox, sold, page_of, bob):
    give_coins(bob, COINS + 10)
    page = page_of.get(here(sold))
    assert "Pay with 400 coins" in page.text
    request_id = found(r'name="request_id" value="([^"]+)"', page.text)
    for _ in range(2):
        answer = page_of.post(here(sold), {"with": "coins", "request_id": request_id})
        assert answer["Location"] == f"/stream/{sold.pk}"
    assert Ticket.objects.count() == 1
    assert Wallet.objects.get(pk=bob.party_id).balance_coins == 10


def test_missing_coins_are_bought_exactly_and_lead_back(sandbox, sold, page_of, bob):
    give_coins(bob, 150)
    page = page_of.get(here(sold))
    assert "You have 150 coins. 250 are missing." in words(page)
    assert "Pay with" not in page.text
    assert "Buy 250 coins for" in page.text
    come_back = found(r'name="next" value="([^"]+)"', page.text)
    gone = page_of.post("/wallet/buy", {"coins": "250", "next": come_back})["Location"]
    back = sandbox.open_page(gone, do="pay", card=PAYS).headers["Location"]
    assert page_of.get(back)["Location"] == here(sold)
    assert "Pay with 400 coins" in page_of.get(here(sold)).text
    refused = page_of.post(here(sold), {"with": "coins", "coins": "nonsense"})
    assert refused.status_code == 302, "a number that is none is the price"


def test_what_cannot_be_bought_says_why(sandbox, sold, page_of, settings, browser_of, alice):
    settings.SPEND_A_DAY = settings.SPEND_FIRST_DAY = 100
    page = page_of.post(here(sold), {"with": "money"})
    assert (page.status_code, "more than your limit" in page.text) == (422, True)
    assert "You do not have enough coins." in page_of.post(here(sold), {"with": "coins"}).text
    own = browser_of(alice).get(here(sold))
    assert "This stream is yours." in own.text
    assert 'name="with"' not in own.text
    settings.PAYMENTS = "off"
    page = page_of.get(here(sold))
    assert "Nothing can be bought here" in page.text
    assert 'name="with"' not in page.text
    assert not Order.objects.exists()


def test_a_stream_that_was_live_and_is_over_says_so(sandbox, on_air, page_of):
    stream_end(stream_id=on_air.pk, reason=EndReason.CREATOR)
    page = page_of.get(here(on_air))
    assert "This stream is over, so no tickets are sold." in page.text
    page = page_of.post(here(on_air), {"with": "money"})
    assert "The stream is over. Nothing was paid." in page.text
    assert gate_of(page_of.get(f"/stream/{on_air.pk}")) is None


def test_a_free_stream_has_no_page_that_sells(sandbox, live_stream, page_of):
    answer = page_of.get(here(live_stream))
    assert (answer.status_code, answer["Location"]) == (302, f"/stream/{live_stream.pk}")


def test_an_unused_ticket_is_given_back_in_the_wallet(
    sandbox, sold, page_of, django_capture_on_commit_callbacks
):
    gone = page_of.post(here(sold), {"with": "money"})["Location"]
    sandbox.open_page(gone, do="pay", card=PAYS)
    told(sandbox)
    assert "Not used yet" in page_of.get("/wallet").text
    with django_capture_on_commit_callbacks(execute=True):
        page = page_of.post(f"/wallet/tickets/{sold.pk}/back", follow=True)
    assert "The ticket is given back." in page.text
    assert Ticket.objects.get().void_reason == VoidReason.BUYER
    prices_return()
    told(sandbox)
    wallet = page_of.get("/wallet").text
    assert "C-0000001" in wallet, "the credit note"
    assert f"/wallet/tickets/{sold.pk}/back" not in wallet
    assert page_of.post(f"/wallet/tickets/{sold.pk}/back").status_code == 404
    assert Order.objects.get().state == OrderState.PAID


def test_nobody_gives_anothers_ticket_back(sandbox, sold, page_of, browser_of, charlie, client):
    page_of.post(here(sold), {"with": "money"})
    assert browser_of(charlie).post(f"/wallet/tickets/{sold.pk}/back").status_code == 404
    assert client.post(f"/wallet/tickets/{sold.pk}/back").status_code == 302
    assert page_of.get(f"/wallet/tickets/{sold.pk}/back").status_code == 405


def test_the_streams_page_carries_what_it_costs_to_come_in(
    sandbox, on_air, page_of, client, browser_of, alice
):
    path = f"/stream/{on_air.pk}"
    gate = gate_of(client.get(path))
    assert gate["price"] == {"amount": 500, "currency": "usd", "coins": 400, "pay_what_you_want": False}
    assert (gate["has_ticket"], gate["is_looking_in"], gate["preview_seconds_left"]) == (False, False, 60)
    assert "Buy ticket" in client.get(path).text, "without a script too"
    joined = client.post(f"/api/streams/{on_air.pk}/join", "{}", content_type="application/json")
    assert joined.json()["admission"]["preview_ends_at"] is not None
    gate = gate_of(client.get(path))
    assert (gate["is_looking_in"], gate["preview_seconds_left"]) == (True, 0)
    gone = page_of.post(here(on_air), {"with": "money"})["Location"]
    sandbox.open_page(gone, do="pay", card=PAYS)
    told(sandbox)
    assert gate_of(page_of.get(path))["has_ticket"] is True
    assert gate_of(browser_of(alice).get(path)) is None


def test_cards_say_that_a_ticket_is_asked_for(sandbox, on_air, client):
    assert 'class="ticket-mark">5.00 USD or 400 coins' in client.get("/live").text


def test_the_form_before_a_stream_knows_the_terms_unless_nothing_is_sold(
    sandbox, browser_of, alice, settings
):
    page = browser_of(alice).get("/creator/go-live").text
    terms = json.loads(found(r'<script id="ticket-terms"[^>]*>(.*?)</script>', page))
    assert (terms["currency"], terms["least"], terms["most"], terms["fee_percent"]) == ("usd", 50, 99_999, 5)
    settings.PAYMENTS = "off"
    assert "ticket-terms" not in browser_of(alice).get("/creator/go-live").text


@pytest.mark.parametrize(
    ("typed", "currency", "amount"),
    [
        ("3", "usd", 300), (" 3.5 ", "usd", 350), ("3,05", "eur", 305), ("300", "jpy", 300), ("300.5", "jpy", None),
        ("0.005", "usd", None), ("1,000.00", "usd", None), ("-3", "usd", None), ("NaN", "usd", None), ("", "usd", None),
        ("٣", "usd", None),
    ],
)  # fmt: skip
def test_amounts_are_read_as_people_type_them(typed, currency, amount):
    assert money_read(typed, currency) == amount
