"""What staff see of orders, and what they may do."""

import pytest

from core.models import AuditEvent
from payments.models import CoinPack, Wallet
from payments.orders.models import Order, Payment, Refund
from payments.orders.webhooks import events_handle
from tests.payments.stripe.test_orders import order_coins, pay
from tests.payments.stripe.test_sandbox import DISPUTED, PAYS

REASON = {"reason": "bought by mistake", "confirmed": "yes"}
ORDERS = "/admin/payments/order/"


@pytest.fixture
def staff(browser_of, admin):
    return browser_of(admin)


@pytest.fixture
def order(sandbox, bob, api_of):
    answer = order_coins(api_of(bob), 1000)
    pay(sandbox, answer, PAYS)
    sandbox.tell()
    events_handle()
    return Order.objects.get()


def test_an_order_is_found_by_any_id(staff, order, bob):
    payment = Payment.objects.get()
    for wanted in (
        order.pk,
        order.checkout_id,
        payment.intent_id,
        payment.charge_id,
        payment.movement_id,
        "bob",
    ):
        page = staff.get(ORDERS, {"q": str(wanted)})
        assert str(order.pk) in page.text, wanted
    assert str(order.pk) not in staff.get(ORDERS, {"q": "ch_nothing"}).text
    assert staff.get(f"{ORDERS}{order.pk}/change/").status_code == 200
    assert f"/admin/payments/order/?party__id__exact={bob.party_id}" in (
        staff.get(f"/admin/accounts/user/{bob.pk}/change/").text
    )


def test_nothing_is_edited_by_hand(staff, order):
    for model in ("order", "payment", "refund", "chargeback", "receipt", "providerevent"):
        assert staff.get(f"/admin/payments/{model}/").status_code == 200
        assert staff.get(f"/admin/payments/{model}/add/").status_code == 403
    assert staff.post(f"{ORDERS}{order.pk}/change/", {"amount": 1}).status_code == 403
    assert staff.post(f"{ORDERS}{order.pk}/delete/", {"post": "yes"}).status_code == 403


def test_giving_back_asks_why_and_is_recorded(sandbox, staff, order, bob, admin):
    chosen = {"action": "give_back", "_selected_action": [str(order.pk)]}
    assert 'name="reason"' in staff.post(ORDERS, chosen).text
    assert not Refund.objects.exists()
    told = staff.post(ORDERS, {**chosen, **REASON}, follow=True).text
    assert "1 done, 0 passed over" in told
    assert Wallet.objects.get().balance_coins == 0
    event = AuditEvent.objects.get(action="order.refund_asked")
    assert (event.reason, event.actor_party_id) == (REASON["reason"], admin.party_id)
    assert "0 done, 1 passed over" in staff.post(ORDERS, {**chosen, **REASON}, follow=True).text


def test_disputes_show_until_when_evidence_is_taken(sandbox, staff, bob, api_of):
    pay(sandbox, order_coins(api_of(bob), 500), DISPUTED)
    sandbox.tell()
    events_handle()
    page = staff.get("/admin/payments/chargeback/").text
    assert "needs_response" in page
    assert "fraudulent" in page


@pytest.mark.parametrize(
    ("currency", "price", "says"),
    [
        ("usd", 899, ""),
        ("usd", 800, "does not pay the creators"),
        ("usd", 49, "From 50 to 100000"),
        ("usd", 100_001, "From 50 to 100000"),
        ("zzz", 899, "Not one of usd"),
    ],
)
def test_a_price_that_does_not_pay_creators_is_refused(staff, currency, price, says):
    pack = CoinPack.objects.create(coins=777)
    sent = staff.post(
        f"/admin/payments/coinpack/{pack.pk}/change/",
        {
            "coins": 777,
            "on_sale": "on",
            "prices-TOTAL_FORMS": 1,
            "prices-INITIAL_FORMS": 0,
            "prices-0-pack": pack.pk,
            "prices-0-currency": currency,
            "prices-0-price": price,
        },
    )
    assert says in sent.text
    assert pack.prices.exists() is not bool(says)


def test_more_coins_for_the_same_price_are_refused_too(staff):
    """The pack and its prices come in one form: the coins that will be are what counts."""
    pack = CoinPack.objects.create(coins=777)
    price = pack.prices.create(currency="usd", price=899)
    sent = staff.post(
        f"/admin/payments/coinpack/{pack.pk}/change/",
        {
            "coins": 900,
            "on_sale": "on",
            "prices-TOTAL_FORMS": 1,
            "prices-INITIAL_FORMS": 1,
            "prices-0-id": price.pk,
            "prices-0-pack": pack.pk,
            "prices-0-currency": "usd",
            "prices-0-price": 899,
        },
    )
    assert "does not pay the creators" in sent.text
    pack.refresh_from_db()
    assert pack.coins == 777
