"""From the price to the ticket: for money, for coins, for nothing, and what comes too late or twice."""

import uuid
from datetime import timedelta

import pytest
import requests
import time_machine
from django.utils import timezone

from accounts.erasure import account_erase
from payments.models import Earning, Wallet
from payments.orders.models import Order, OrderState, Purpose, Receipt, ReceiptKind, Refund
from payments.orders.refunds import refunds_look
from payments.tickets.models import Preview, PromoCode, Ticket, TicketState, VoidReason
from payments.tickets.people import export
from payments.tickets.prices import price_remove, price_set
from payments.tickets.promo_codes import code_make, uses
from payments.tickets.refunds import prices_return
from streams.models import EndReason
from streams.selectors import stream_forget
from streams.services import media_arrived, stream_end
from tests.payments.books import buy as buy_coins
from tests.payments.books import differences, entries_of, newest, owed
from tests.payments.stripe.test_sandbox import DECLINED
from tests.payments.tickets.conftest import ask, knock, pay, told

pytestmark = pytest.mark.django_db


def mine(client, stream):
    return client.get(f"/api/streams/{stream.pk}/ticket").json()["ticket"]


@pytest.mark.django_db(transaction=True)
def test_for_money(sandbox, on_air, alice, bob, bobs):
    answer = ask(bobs, on_air)
    body = answer.json()
    assert (body["ticket"], body["order"]["amount"], body["order"]["purpose"]) == (None, 500, "ticket")
    assert body["order"]["title"] == "Ticket: Cello in the rain"
    assert mine(bobs, on_air) is None
    ticket = pay(sandbox, answer)
    assert (ticket.state, ticket.amount, ticket.currency) == (TicketState.VALID, 500, "usd")
    assert entries_of(newest("ticket").pk) == {"provider": 456, "platform": -25, "pending": -431}
    earning = Earning.objects.get()
    assert (earning.source, earning.stream_id, earning.creator_id) == ("ticket", on_air.pk, alice.party_id)
    receipt = Receipt.objects.get()
    assert mine(bobs, on_air) | {"made_at": None} == {
        "id": str(ticket.pk), "stream_id": str(on_air.pk), "state": "valid", "amount": 500, "currency": "usd",
        "promo_code": None, "order_id": body["order"]["id"], "receipt_id": str(receipt.pk), "made_at": None,
        "used_at": None, "elsewhere": False, "void_at": None, "void_reason": "", "gives_back": False,
    }  # fmt: skip
    again = ask(bobs, on_air).json()
    assert (again["order"], again["ticket"]["id"]) == (None, str(ticket.pk)), "nobody pays twice"
    assert differences() == []


def in_app(client, stream, **body):
    return client.post(f"/api/streams/{stream.pk}/ticket-intent", {"platform": "ios", **body}, format="json")


@pytest.mark.django_db(transaction=True)
def test_in_an_app(sandbox, on_air, bob, bobs):
    on_a_page = ask(bobs, on_air).json()["order"]["id"]
    begun = in_app(bobs, on_air)
    body = begun.json()
    assert (begun.status_code, begun.headers["Cache-Control"]) == (201, "no-store")
    assert (body["ticket"], body["order"]["amount"], body["order"]["purpose"]) == (None, 500, "ticket")
    assert Order.objects.get(pk=on_a_page).state == OrderState.CANCELLED, "nobody pays both"
    assert in_app(bobs, on_air).json()["client_secret"] == body["client_secret"]
    requests.post(
        f"{sandbox.address}/v1/payment_intents/{body['client_secret'].split('_secret_')[0]}/confirm",
        {"client_secret": body["client_secret"], "payment_method": "pm_card_visa"},
        auth=(body["publishable_key"], ""),
        timeout=5,
    )
    told(sandbox)
    ticket = Ticket.objects.get(state=TicketState.VALID)
    assert (str(ticket.order_id), ticket.party_id) == (body["order"]["id"], bob.party_id)
    again = in_app(bobs, on_air).json()
    assert (again["order"], again["client_secret"], again["ticket"]["id"]) == (None, None, str(ticket.pk))


def test_in_an_app_by_a_code_and_what_is_refused(sandbox, on_air, bobs, stream):
    assert in_app(bobs, on_air, source="apple").json()["code"] == "source_unavailable"
    assert in_app(bobs, on_air, platform="toaster").json()["code"] == "invalid_input"
    assert in_app(bobs, on_air, promo_code="NONE").json()["code"] == "promo_code_refused"
    assert in_app(bobs, on_air, amount=499).json()["code"] == "amount_out_of_range"
    assert not Order.objects.exists()
    code_make(stream=stream, code="FREE", percent=100)
    assert in_app(bobs, on_air, promo_code="free").json()["ticket"]["amount"] == 0


@pytest.mark.django_db(transaction=True)
def test_for_coins(on_air, alice, bob, bobs):
    buy_coins(bob, 1000)
    key = str(uuid.uuid4())
    first = ask(bobs, on_air, **{"with": "coins", "request_id": key}).json()
    again = ask(bobs, on_air, **{"with": "coins", "request_id": key}).json()
    assert first == again
    assert (first["ticket"]["amount"], first["ticket"]["currency"], first["url"]) == (400, "coin", None)
    assert Wallet.objects.get(pk=bob.party_id).balance_coins == 600
    assert owed("pending", alice) == 380, "95 cents a hundred coins"
    assert differences() == [], "no gift, so on no leaderboard and in no total"
    page = bobs.get("/wallet").content.decode()
    assert "Cello in the rain" in page, "the wallet says where the coins went"


def test_with_too_few_coins_it_says_how_many_are_missing(on_air, bob, bobs):
    buy_coins(bob, 150)
    answer = ask(bobs, on_air, **{"with": "coins"})
    assert (answer.status_code, answer.json()["details"]["missing_coins"]) == (402, 250)
    assert not Ticket.objects.exists()


def test_who_pays_what_they_want_pays_at_least_the_price(sandbox, stream, bob, bobs):
    price_set(
        stream_id=stream.pk, amount=300, currency="usd", coins=200, pay_what_you_want=True, preview_seconds=0
    )
    stream.refresh_from_db()
    low = ask(bobs, stream, amount=299)
    assert (low.status_code, low.json()["code"]) == (400, "amount_out_of_range")
    assert low.json()["details"] == {"least": 300, "most": 99_999, "currency": "usd"}
    assert ask(bobs, stream, amount=100_000).status_code == 400
    assert pay(sandbox, ask(bobs, stream, amount=1234)).amount == 1234


BAD = [
    ({"amount": 0}, "amount_out_of_range"),
    ({"amount": -500}, "amount_out_of_range"),
    ({"amount": 49}, "amount_out_of_range"),
    ({"amount": 499}, "amount_out_of_range"),
    ({"amount": 501}, "amount_out_of_range"),
    ({"amount": 100_000}, "amount_out_of_range"),
    ({"amount": 0.005}, "invalid_input"),
    ({"amount": "NaN"}, "invalid_input"),
    ({"currency": "eur"}, "not_for_sale"),
    ({"promo_code": "nothing"}, "promo_code_refused"),
    ({"with": "shells"}, "invalid_input"),
    ({"request_id": "1"}, "invalid_input"),
    ({"with": "coins", "amount": 399}, "amount_out_of_range"),
]


@pytest.mark.parametrize(("asked", "code"), BAD)
def test_what_cannot_be_bought_is_told_and_nothing_is_booked(sandbox, on_air, bob, bobs, asked, code):
    buy_coins(bob, 1000)
    answer = ask(bobs, on_air, **asked)
    assert (answer.status_code in {400, 409}, answer.json()["code"]) == (True, code)
    assert not Ticket.objects.exists()
    assert not Order.objects.exists()
    assert Wallet.objects.get(pk=bob.party_id).balance_coins == 1000


def test_who_may_not_buy(sandbox, on_air, live_stream, api, alice, api_of, bobs, make_user):
    assert ask(api, on_air).status_code == 401
    assert ask(api_of(alice), on_air).json()["code"] == "own_channel"
    assert ask(api_of(make_user("dora", confirmed=False)), on_air).json()["code"] == "email_unconfirmed"
    stream_end(stream_id=on_air.pk, reason=EndReason.CREATOR)
    assert ask(bobs, on_air).json()["code"] == "stream_ended"
    assert ask(bobs, on_air, **{"with": "coins"}).json()["code"] == "stream_ended"
    assert not Ticket.objects.exists()


def test_a_free_stream_sells_none(sandbox, live_stream, bobs):
    assert ask(bobs, live_stream).json() == {"code": "not_for_sale", "details": {"reason": "free"}}
    assert bobs.get(f"/api/streams/{live_stream.pk}/price").status_code == 404


def test_another_s_order_is_nobody_else_s(sandbox, on_air, bobs, charlie, api_of):
    order = ask(bobs, on_air).json()["order"]["id"]
    assert api_of(charlie).get(f"/api/payments/orders/{order}").status_code == 404
    assert api_of(charlie).post(f"/api/payments/orders/{order}/cancel").status_code == 404
    assert mine(api_of(charlie), on_air) is None


def test_the_same_again_is_the_same_order_and_another_amount_takes_it_back(sandbox, on_air, bob, bobs):
    first, again = ask(bobs, on_air).json(), ask(bobs, on_air).json()
    assert first["order"]["id"] == again["order"]["id"]
    code_make(stream=on_air, code="FRIENDS", percent=20)
    cheaper = ask(bobs, on_air, promo_code="friends")
    assert cheaper.json()["order"]["amount"] == 400
    assert Order.objects.get(pk=first["order"]["id"]).state == OrderState.CANCELLED
    ticket = pay(sandbox, cheaper)
    assert ticket.state == TicketState.VALID
    assert str(ticket.promo_code) == "FRIENDS"


def test_who_gives_up_gives_the_code_s_use_back(sandbox, on_air, bobs, charlie, api_of):
    code = code_make(stream=on_air, code="FRIENDS", percent=20, uses_most=1)
    order = ask(bobs, on_air, promo_code="friends").json()["order"]["id"]
    assert uses(code) == 1
    refused = ask(api_of(charlie), on_air, promo_code="friends").json()
    assert refused == {"code": "promo_code_refused", "details": {"reason": "spent"}}
    bobs.post(f"/api/payments/orders/{order}/cancel")
    assert uses(code) == 0


@pytest.mark.django_db(transaction=True)
def test_a_code_that_takes_all_off_needs_no_order(sandbox, on_air, bob, bobs):
    code_make(stream=on_air, code="PRESS", percent=100, uses_most=1)
    given = ask(bobs, on_air, promo_code="press").json()
    assert (given["order"], given["ticket"]["amount"], given["ticket"]["promo_code"]) == (None, 0, "PRESS")
    assert knock(bobs, on_air) == (200, None)
    assert not Order.objects.exists()
    assert differences() == []


def test_a_payment_that_fails_gives_no_ticket(sandbox, on_air, bobs):
    stranger = on_air.price
    stranger.preview_seconds = 0
    stranger.save()
    answer = ask(bobs, on_air)
    sandbox.open_page(answer.json()["url"], do="pay", card=DECLINED)
    told(sandbox)
    assert mine(bobs, on_air) is None
    assert knock(bobs, on_air) == (402, "ticket_required")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("why", [VoidReason.STREAM_OVER, VoidReason.SECOND, VoidReason.FREE])
def test_money_that_comes_for_nothing_is_booked_and_goes_back(sandbox, on_air, alice, bob, bobs, why):
    answer = ask(bobs, on_air)
    if why == VoidReason.SECOND:
        buy_coins(bob, 1000)
        assert ask(bobs, on_air, **{"with": "coins"}).json()["ticket"]
    elif why == VoidReason.FREE:
        price_remove(stream_id=on_air.pk)
    else:
        stream_end(stream_id=on_air.pk, reason=EndReason.CREATOR)
    ticket = pay(sandbox, answer)
    assert (ticket.state, ticket.void_reason) == (TicketState.VOID, why)
    before = owed("pending", alice)
    assert prices_return() == 1
    told(sandbox)
    assert Refund.objects.get().amount == 500
    assert owed("pending", alice) == before - 431
    assert Receipt.objects.filter(kind=ReceiptKind.CREDIT_NOTE).count() == 1
    assert prices_return() == 0
    assert differences() == []
    assert Ticket.objects.filter(state=TicketState.VALID).count() == (why == VoidReason.SECOND)


def test_what_the_provider_cannot_give_back_now_is_given_back_later(sandbox, on_air, bobs):
    answer = ask(bobs, on_air)
    stream_end(stream_id=on_air.pk, reason=EndReason.CREATOR)
    pay(sandbox, answer)
    sandbox.faults = [500, 500, 500]
    prices_return()
    told(sandbox)
    refunds_look()
    told(sandbox)
    assert Refund.objects.get().state == "made"
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        assert prices_return() == 0


def test_a_person_is_given_what_is_kept_of_them_and_taken_from_it(sandbox, on_air, alice, bob, bobs):
    code_make(stream=on_air, code="FRIENDS", percent=20)
    knock(bobs, on_air)
    pay(sandbox, ask(bobs, on_air, promo_code="friends"))
    assert b"FRIENDS" in export(bob)["tickets.json"]
    assert b"FRIENDS" in export(alice)["tickets.json"]
    account_erase(user=bob)
    ticket = Ticket.objects.get()
    assert (ticket.state, ticket.held_by) == (TicketState.VALID, "")
    assert not Preview.objects.exists()
    account_erase(user=alice)
    assert PromoCode.objects.get().revoked_at is not None


def test_tickets_are_sold_before_it_begins(sandbox, sold, bobs):
    pay(sandbox, ask(bobs, sold))
    assert knock(bobs, sold) == (200, None)
    assert Ticket.objects.get().entered_at is None, "there was nothing to see yet"
    media_arrived(stream_id=sold.pk)
    stream_forget(stream_id=sold.pk)
    assert knock(bobs, sold) == (200, None)
    assert Ticket.objects.get().entered_at is not None
    assert Order.objects.get().purpose == Purpose.TICKET
