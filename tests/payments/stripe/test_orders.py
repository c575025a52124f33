"""Buying coins, from the order to the receipt, by the API, the sandbox and its webhooks."""

import json
from datetime import timedelta

import pytest
import requests
import time_machine
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.erasure import account_erase
from accounts.models import AgeBand, User
from core.models import AuditEvent
from payments.models import CoinLot, CoinPack, Wallet
from payments.orders.errors import AmountOutOfRange
from payments.orders.limits import declines_check, spending
from payments.orders.looking import orders_look
from payments.orders.models import (
    CardTry,
    Flow,
    Order,
    OrderState,
    Payment,
    ProviderEvent,
    Receipt,
    SpendLimit,
)
from payments.orders.people import export
from payments.orders.prices import Offer
from payments.orders.services import coins_order
from payments.orders.tasks import payment_traces_forget
from payments.orders.webhooks import events_handle
from payments.packs import pack_price_set
from payments.sandbox.cards import CARDS
from tests.payments.books import entries_of, newest
from tests.payments.stripe.test_sandbox import CHALLENGE, DECLINED, PAYS, POOR

CHECKOUT, INTENT, ORDERS = "/api/payments/checkout", "/api/payments/intent", "/api/payments/orders"


def order_coins(client, coins=500, currency="usd", *, door=CHECKOUT, **more):
    return client.post(door, {"coins": coins, "currency": currency, **more}, format="json")


def pay(sandbox, answer, card=PAYS):
    assert answer.status_code == 201, answer.content
    return sandbox.open_page(answer.json()["url"], do="pay", card=card)


def coins_of(user):
    wallet = Wallet.objects.filter(pk=user.party_id).first()
    return wallet.balance_coins if wallet else 0


def test_coins_are_bought_on_the_providers_page(sandbox, bob, bobs):
    begun = order_coins(bobs, 1000).json()
    order_id, amount = begun["order"]["id"], begun["order"]["amount"]
    assert (begun["order"]["state"], amount) == ("open", 1061)
    assert sandbox.open_page(begun["url"], do="pay", card=PAYS).headers["Location"] == (
        f"http://testserver/wallet?order={order_id}"
    )
    assert coins_of(bob) == 0, "the page says so, and nobody told us yet"
    assert set(sandbox.tell()) == {200}
    events_handle()
    assert coins_of(bob) == 1000
    assert entries_of(newest("coins_bought").pk) == {
        "coins_out": 1000,
        "coins_sold": -1061,
        "processing": 61,
        "provider": 1000,
        "wallet": -1000,
    }
    card = bobs.get(f"{ORDERS}/{order_id}").json()
    assert (card["state"], card["card"]) == ("paid", "visa 4242")
    receipt = bobs.get(f"/api/payments/receipts/{card['receipts'][0]['id']}").json()
    assert (receipt["code"], receipt["gross"], receipt["net"], receipt["tax"]) == ("R-0000001", 1061, 1061, 0)
    assert (receipt["order_id"], receipt["currency"], receipt["seller"]["name"]) == (order_id, "usd", "Busk")


def test_an_app_pays_by_a_payment_of_its_own(sandbox, bob, bobs):
    begun = order_coins(bobs, door=INTENT, platform="ios").json()
    paid = requests.post(
        f"{sandbox.address}/v1/payment_intents/{begun['client_secret'].split('_secret_')[0]}/confirm",
        {"client_secret": begun["client_secret"], "payment_method": "pm_card_visa"},
        auth=(begun["publishable_key"], ""),
        timeout=5,
    )
    assert paid.json()["status"] == "succeeded"
    sandbox.tell()
    events_handle()
    assert coins_of(bob) == 500
    assert bobs.get(f"{ORDERS}/{begun['order']['id']}").json()["state"] == "paid"


def test_a_pack_has_a_price_in_each_currency(sandbox, settings, bob, bobs):
    settings.CURRENCIES = ["usd:100:29:30", "eur:92:29:25"]
    pack = CoinPack.objects.create(coins=777)
    pack_price_set(pack_id=pack.pk, currency="eur", price=899)
    packs = bobs.get("/api/payments/packs?currency=eur").json()["packs"]
    assert {"id": pack.pk, "coins": 777, "amount": 899, "currency": "eur"} in packs
    answer = bobs.post(CHECKOUT, {"pack": pack.pk, "currency": "eur"}, format="json")
    pay(sandbox, answer)
    sandbox.tell()
    events_handle()
    lot = CoinLot.objects.get()
    assert (lot.coins, lot.price, lot.currency) == (777, 989, "usd"), "as the provider settled it"
    assert Receipt.objects.get().currency == "eur"
    unpriced = bobs.post(CHECKOUT, {"pack": pack.pk, "currency": "usd"}, format="json")
    assert unpriced.status_code == 404


def test_tax_is_part_of_the_price(sandbox, settings, bobs):
    settings.TAX_BASIS_POINTS, settings.TAX_NAME = 2000, "VAT"
    pay(sandbox, order_coins(bobs, 1000))
    sandbox.tell()
    events_handle()
    receipt = Receipt.objects.get()
    assert (receipt.gross, receipt.net, receipt.tax, receipt.tax_name) == (1061, 884, 177, "VAT")


def test_the_bank_asks_and_the_page_can_tell(sandbox, bob, bobs):
    answer = order_coins(bobs)
    asked = pay(sandbox, answer, CHALLENGE)
    sandbox.tell()
    events_handle()
    order = f"{ORDERS}/{answer.json()['order']['id']}"
    assert bobs.get(order).json()["needs_action"] is True
    sandbox.open_page(sandbox.address + asked.headers["Location"], do="yes")
    sandbox.tell()
    events_handle()
    assert (bobs.get(order).json()["state"], bobs.get(order).json()["needs_action"]) == ("paid", False)
    assert coins_of(bob) == 500


def test_a_declined_card_is_told_and_another_one_pays(sandbox, bob, bobs):
    answer = order_coins(bobs)
    pay(sandbox, answer, POOR)
    sandbox.tell()
    events_handle()
    order = f"{ORDERS}/{answer.json()['order']['id']}"
    assert bobs.get(order).json()["declined"] == "insufficient_funds"
    assert bobs.get(order).json()["state"] == "open"
    pay(sandbox, answer)
    sandbox.tell()
    events_handle()
    assert bobs.get(order).json()["state"] == "paid"
    assert CardTry.objects.get().code == "insufficient_funds"


def test_money_that_comes_days_later(sandbox, bob, bobs):
    answer = order_coins(bobs)
    store = sandbox.account.store
    checkout = store.all("checkout.session")[0]
    with store.lock:
        sandbox.account.checkout_pay(checkout, CARDS[0], later=True)
    sandbox.tell()
    events_handle()
    order = f"{ORDERS}/{answer.json()['order']['id']}"
    assert (bobs.get(order).json()["state"], coins_of(bob)) == ("processing", 0)
    with store.lock:
        sandbox.account.checkout_settle(checkout, CARDS[0], paid=True)
    sandbox.tell()
    events_handle()
    assert (bobs.get(order).json()["state"], coins_of(bob)) == ("paid", 500)


def test_money_that_does_not_come_days_later(sandbox, bob, bobs):
    answer = order_coins(bobs)
    store = sandbox.account.store
    checkout = store.all("checkout.session")[0]
    with store.lock:
        sandbox.account.checkout_pay(checkout, CARDS[0], later=True)
    sandbox.tell()
    events_handle()
    with store.lock:
        sandbox.account.checkout_settle(checkout, CARDS[0], paid=False)
    sandbox.tell()
    events_handle()
    state = bobs.get(f"{ORDERS}/{answer.json()['order']['id']}").json()["state"]
    assert (state, coins_of(bob)) == ("failed", 0)


def test_the_same_order_twice_is_one(sandbox, bobs):
    first, second = order_coins(bobs).json(), order_coins(bobs).json()
    assert first == second
    assert Order.objects.count() == 1
    other = order_coins(bobs, 600).json()
    assert other["order"]["id"] != first["order"]["id"]


def test_a_repeat_with_a_key_is_answered_as_the_first_time(sandbox, bobs):
    key = {"HTTP_IDEMPOTENCY_KEY": "once"}
    body = {"coins": 500, "currency": "usd"}
    first = bobs.post(CHECKOUT, body, format="json", **key)
    pay(sandbox, first)
    sandbox.tell()
    events_handle()
    again = bobs.post(CHECKOUT, body, format="json", **key)
    assert again.json()["order"]["id"] == first.json()["order"]["id"]
    assert Order.objects.count() == 1
    fresh = bobs.post(CHECKOUT, body, format="json")
    assert fresh.json()["order"]["id"] != first.json()["order"]["id"], "without one it is another order"


@pytest.mark.parametrize("door", [CHECKOUT, INTENT])
def test_an_order_can_be_taken_back(sandbox, bobs, door):
    begun = order_coins(bobs, door=door).json()
    cancelled = bobs.post(f"{ORDERS}/{begun['order']['id']}/cancel")
    assert cancelled.json()["state"] == "cancelled"
    again = bobs.post(f"{ORDERS}/{begun['order']['id']}/cancel")
    assert (again.status_code, again.json()["code"]) == (409, "order_closed")
    if door == CHECKOUT:
        assert sandbox.open_page(begun["url"], do="pay", card=PAYS).status_code == 410


def test_an_order_that_was_paid_meanwhile_is_not_taken_back(sandbox, bob, bobs):
    answer = order_coins(bobs)
    pay(sandbox, answer)
    cancelled = bobs.post(f"{ORDERS}/{answer.json()['order']['id']}/cancel")
    assert cancelled.json()["state"] == "paid"
    assert coins_of(bob) == 500


def test_an_order_that_nobody_pays_ends(sandbox, bob, bobs):
    begun = order_coins(bobs).json()
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        orders_look()
        assert Order.objects.get().state == OrderState.EXPIRED
    assert sandbox.open_page(begun["url"], do="pay", card=PAYS).status_code == 410


def test_a_payment_of_an_order_that_was_over_is_booked_all_the_same(sandbox, bob, bobs):
    answer = order_coins(bobs)
    pay(sandbox, answer)
    Order.objects.update(state=OrderState.EXPIRED, closed_at=timezone.now())
    sandbox.tell()
    events_handle()
    assert coins_of(bob) == 500
    assert Order.objects.get().state == OrderState.PAID


class TestRefusals:
    @pytest.mark.parametrize(
        ("body", "status", "code"),
        [
            ({"coins": 0, "currency": "usd"}, 400, "invalid_input"),
            ({"coins": -5, "currency": "usd"}, 400, "invalid_input"),
            ({"coins": 1.5, "currency": "usd"}, 400, "invalid_input"),
            ({"coins": "0.005", "currency": "usd"}, 400, "invalid_input"),
            ({"coins": "NaN", "currency": "usd"}, 400, "invalid_input"),
            ({"coins": 10**12, "currency": "usd"}, 400, "invalid_input"),
            ({"coins": True, "currency": "usd"}, 400, "invalid_input"),
            ({"coins": 97_071, "currency": "usd"}, 400, "amount_out_of_range"),
            ({"coins": 500, "currency": "zzz"}, 400, "currency_unknown"),
            ({"coins": 500, "currency": "USD"}, 400, "invalid_input"),
            ({"coins": 500, "currency": "coin"}, 400, "invalid_input"),
            ({"coins": 500}, 400, "invalid_input"),
            ({"currency": "usd"}, 400, "invalid_input"),
            ({"pack": 1, "coins": 500, "currency": "usd"}, 400, "invalid_input"),
            ({"pack": 10**9, "currency": "usd"}, 404, "not_found"),
            ({"coins": 500, "currency": "usd", "source": "apple"}, 409, "source_unavailable"),
            ({"coins": 500, "currency": "usd", "source": "google"}, 409, "source_unavailable"),
            ({"coins": 500, "currency": "usd", "source": "cash"}, 400, "invalid_input"),
        ],
    )
    def test_bad_input_orders_nothing(self, sandbox, bobs, body, status, code):
        for door in (CHECKOUT, INTENT):
            answer = bobs.post(door, body, format="json")
            assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert not Order.objects.exists()
        assert sandbox.asked == []

    def test_a_number_that_is_none(self, sandbox, bobs):
        for text in ('{"coins": NaN, "currency": "usd"}', '{"coins": 1e400, "currency": "usd"}'):
            assert bobs.post(CHECKOUT, text, content_type="application/json").status_code == 400
        assert not Order.objects.exists()

    @pytest.mark.parametrize(
        ("amount", "code"),
        [
            (0, "amount_out_of_range"),
            (-1, "amount_out_of_range"),
            (49, "amount_out_of_range"),
            (100_001, "amount_out_of_range"),
        ],
    )
    def test_amounts_that_nobody_may_pay(self, sandbox, bob, amount, code):
        """Whatever door may one day name an amount."""
        with pytest.raises(AmountOutOfRange):
            coins_order(
                user=bob, offer=Offer(1, amount, "usd"), flow=Flow.CHECKOUT, address="", back_to="http://x"
            )
        assert not Order.objects.exists()

    def test_another_persons_order_is_not_there(self, sandbox, bobs, api_of, charlie):
        answer = order_coins(bobs)
        pay(sandbox, answer)
        sandbox.tell()
        events_handle()
        stranger = api_of(charlie)
        order = f"{ORDERS}/{answer.json()['order']['id']}"
        receipt = f"/api/payments/receipts/{Receipt.objects.get().pk}"
        assert stranger.get(order).status_code == 404
        assert stranger.post(f"{order}/cancel").status_code == 404
        assert stranger.get(receipt).status_code == 404
        assert stranger.get(ORDERS).json()["results"] == []
        assert stranger.get("/api/payments/receipts").json()["results"] == []

    def test_who_may_not_buy(self, sandbox, make_user, api, api_of, bob, bobs):
        assert order_coins(api).status_code == 401
        doubtful = make_user("doubtful", confirmed=False)
        assert order_coins(api_of(doubtful)).json()["code"] == "email_unconfirmed"
        young = make_user("young", age_band=AgeBand.FROM_16)
        assert order_coins(api_of(young)).json()["code"] == "too_young"
        pay(sandbox, order_coins(bobs))
        sandbox.tell()
        events_handle()
        Wallet.objects.update(frozen=Wallet.Frozen.STAFF)
        assert order_coins(bobs, 600).json()["code"] == "wallet_frozen"
        assert Order.objects.count() == 1

    def test_nothing_is_sold_where_payments_are_off(self, settings, bobs):
        settings.PAYMENTS = "off"
        assert order_coins(bobs).status_code == 501
        assert bobs.get("/api/payments/packs").json()["packs"] == []
        assert bobs.get("/api/capabilities").json()["sells"] == []
        assert bobs.post("/webhooks/stripe").status_code == 404
        assert not Order.objects.exists()

    def test_a_provider_that_is_away_is_told_and_costs_nothing(self, sandbox, bob, bobs):
        sandbox.faults = ["lose"] * 3
        answer = order_coins(bobs)
        assert (answer.status_code, answer.json()) == (
            502,
            {"code": "payment_provider_failed", "details": {"permanent": False}},
        )
        begun = order_coins(bobs)
        assert begun.status_code == 201, "the same order, by the same key"
        assert Order.objects.count() == 1
        assert len(sandbox.account.store.all("checkout.session")) == 1
        pay(sandbox, begun)
        sandbox.tell()
        events_handle()
        assert coins_of(bob) == 500

    def test_a_payment_that_is_not_what_was_ordered_is_not_booked(self, sandbox, bob, bobs):
        answer = order_coins(bobs)
        Order.objects.update(amount=400)
        pay(sandbox, answer)
        sandbox.tell()
        events_handle()
        order = Order.objects.get()
        assert (order.state, order.problem) == (OrderState.OPEN, "another_amount")
        assert coins_of(bob) == 0
        assert AuditEvent.objects.get(action="order.not_booked").target == f"order:{order.pk}"


class TestCapabilities:
    @pytest.mark.parametrize("platform", ["web", "ios", "android"])
    def test_who_sells_where(self, sandbox, api, platform):
        told = api.get(f"/api/capabilities?platform={platform}").json()
        assert told["payments"] == "sandbox"
        assert told["sells"] == ["coins", "tip", "ticket"]
        by_name = {source["name"]: source for source in told["sources"]}
        assert by_name["stripe"]["available"]
        assert ("intent" in by_name["stripe"]["flows"]) == (platform != "web")
        assert by_name["apple"] == {"name": "apple", "available": False, "flows": [], "reason": "not_built"}
        assert by_name["google"]["reason"] == "not_built"

    def test_apps_may_be_told_to_sell_nothing(self, sandbox, settings, api, bobs):
        settings.SELL_IN_APPS = False
        assert api.get("/api/capabilities?platform=ios").json()["sells"] == []
        assert order_coins(bobs, door=INTENT, platform="ios").json()["details"]["reason"] == "not_in_apps"
        assert order_coins(bobs).status_code == 201
        assert order_coins(bobs, platform="ios").status_code == 409
        assert order_coins(bobs, door=INTENT, platform="web").json()["details"]["reason"] == "no_intent"

    def test_no_other_platform(self, sandbox, api):
        assert api.get("/api/capabilities?platform=toaster").json()["code"] == "invalid_input"


class TestSpendLimits:
    def test_no_more_than_the_default_in_a_day(self, sandbox, settings, bobs):
        settings.SPEND_A_DAY = 1500
        assert order_coins(bobs, 900).status_code == 201
        refused = order_coins(bobs, 800)
        assert (refused.status_code, refused.json()["code"]) == (403, "spend_limit_reached")
        details = refused.json()["details"]
        assert (details["limit"], details["left"]) == (1500, 1500 - details["spent"])
        order_id = bobs.get(ORDERS).json()["results"][0]["id"]
        bobs.post(f"{ORDERS}/{order_id}/cancel")
        assert order_coins(bobs, 800).status_code == 201, "what was taken back does not count"

    def test_a_day_later_it_is_as_if_nothing_had_been(self, sandbox, settings, bobs):
        settings.SPEND_A_DAY = 1000
        pay(sandbox, order_coins(bobs, 900))
        sandbox.tell()
        events_handle()
        assert order_coins(bobs, 901).status_code == 403
        Order.objects.update(created_at=timezone.now() - timedelta(hours=25))
        assert order_coins(bobs, 901).status_code == 201

    def test_less_on_the_first_day(self, sandbox, settings, bob, bobs):
        settings.SPEND_FIRST_DAY = 800
        User.objects.filter(pk=bob.pk).update(date_joined=timezone.now() - timedelta(hours=23))
        assert order_coins(bobs, 900).json()["details"]["limit"] == 800
        User.objects.filter(pk=bob.pk).update(date_joined=timezone.now() - timedelta(hours=25))
        assert order_coins(bobs, 900).status_code == 201

    def test_ones_own_limit_holds_at_once_and_is_raised_a_day_later(self, sandbox, bob, bobs):
        limits = "/api/payments/limits"
        assert bobs.put(limits, {"own": 600}, format="json").json()["limit"] == 600
        assert order_coins(bobs, 900).status_code == 403
        raised = bobs.put(limits, {"own": 5000}, format="json").json()
        assert (raised["limit"], raised["own"], raised["own_next"]) == (600, 600, 5000)
        assert order_coins(bobs, 900).status_code == 403
        with time_machine.travel(timezone.now() + timedelta(hours=25)):
            assert spending(user=bob).limit == 5000
        assert bobs.put(limits, {"own": 10}, format="json").json()["own_next"] is None
        assert bobs.put(limits, {"own": -1}, format="json").status_code == 400

    def test_other_currencies_count_by_what_coins_are_worth(self, sandbox, settings, bobs):
        settings.CURRENCIES = ["usd:100:29:30", "jpy:50:36:0"]
        settings.SPEND_A_DAY = 2000
        pay_in_yen = order_coins(bobs, 1500, "jpy").json()["order"]["amount"]
        assert bobs.get("/api/payments/limits").json()["spent"] == pay_in_yen * 2


class TestCardTesting:
    def declined(self, sandbox, client, times, card=DECLINED, coins=500):
        answer = order_coins(client, coins)
        for _ in range(times):
            pay(sandbox, answer, card)
            sandbox.tell()
            events_handle()
        return answer

    def test_a_person_gets_so_many_tries(self, sandbox, settings, bob, bobs):
        settings.DECLINES_OF_PERSON, settings.DECLINES_OF_CARD = 3, 100
        answer = self.declined(sandbox, bobs, 3)
        refused = order_coins(bobs, 700)
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_declines")
        assert int(refused.headers["Retry-After"]) > 3000
        assert sandbox.open_page(answer.json()["url"], do="pay", card=PAYS).status_code == 410, "closed too"
        assert Order.objects.get().state == OrderState.EXPIRED
        with time_machine.travel(timezone.now() + timedelta(minutes=61)):
            declines_check(party_id=bob.party_id, placed_from="")

    def test_an_app_gets_no_more(self, sandbox, settings, bobs):
        settings.DECLINES_OF_PERSON, settings.DECLINES_OF_CARD = 2, 100
        begun = order_coins(bobs, door=INTENT).json()
        url = f"{sandbox.address}/v1/payment_intents/{begun['client_secret'].split('_secret_')[0]}/confirm"

        def confirm(card):
            body = {"client_secret": begun["client_secret"], "payment_method": card}
            answer = requests.post(url, body, auth=(begun["publishable_key"], ""), timeout=5)
            sandbox.tell()
            events_handle()
            return answer.status_code

        assert [confirm("pm_card_chargeDeclined") for _ in range(2)] == [402, 402]
        assert confirm("pm_card_visa") == 400, "the payment was closed"

    def test_a_card_gets_so_many_whoever_has_it(self, sandbox, settings, bobs, api_of, make_user):
        settings.DECLINES_OF_PERSON, settings.DECLINES_OF_CARD, settings.DECLINES_FROM_ADDRESS = 100, 3, 100
        self.declined(sandbox, bobs, 2)
        dana = api_of(make_user("dana"))
        self.declined(sandbox, dana, 1)
        assert order_coins(dana, 700).json()["code"] == "too_many_declines"
        assert order_coins(bobs, 700).json()["code"] == "too_many_declines"
        assert order_coins(api_of(make_user("eve")), 700).status_code == 201, "who never had it"

    def test_an_address_gets_so_many(self, sandbox, settings, bobs, api_of, make_user):
        settings.DECLINES_OF_PERSON, settings.DECLINES_OF_CARD, settings.DECLINES_FROM_ADDRESS = 100, 100, 2
        self.declined(sandbox, bobs, 2)
        eve = api_of(make_user("eve"))
        assert order_coins(eve, 700).json()["code"] == "too_many_declines"
        assert order_coins(eve, 700).status_code == 429
        elsewhere = eve.post(
            CHECKOUT, {"coins": 700, "currency": "usd"}, format="json", REMOTE_ADDR="203.0.113.9"
        )
        assert elsewhere.status_code == 201
        assert "127.0.0.1" not in json.dumps(list(Order.objects.values("placed_from")))


def test_lists_cost_the_same_however_long_they_are(sandbox, bobs):
    def cost(path):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert bobs.get(path).status_code == 200
        return len(queries)

    for coins in (500, 510):
        pay(sandbox, order_coins(bobs, coins))
    sandbox.tell()
    events_handle()
    few = {path: cost(path) for path in (ORDERS, "/api/payments/receipts")}
    for coins in (520, 530, 540):
        pay(sandbox, order_coins(bobs, coins))
    sandbox.tell()
    events_handle()
    assert {path: cost(path) for path in few} == few
    assert len(bobs.get(ORDERS).json()["results"]) == 5


def test_receipts_are_numbered_without_gaps_and_never_change(sandbox, bobs):
    for coins in (500, 510, 520):
        pay(sandbox, order_coins(bobs, coins))
    sandbox.tell()
    events_handle()
    assert sorted(Receipt.objects.values_list("number", flat=True)) == [1, 2, 3]
    with transaction.atomic(), pytest.raises(DatabaseError, match="append-only"):
        Receipt.objects.update(gross=1)


def test_traces_of_buyers_are_forgotten(sandbox, bobs):
    answer = order_coins(bobs)
    pay(sandbox, answer, DECLINED)
    sandbox.tell()
    events_handle()
    with time_machine.travel(timezone.now() + timedelta(days=61)):
        payment_traces_forget()
    assert not CardTry.objects.exists()
    assert Order.objects.get().placed_from == ""
    assert not ProviderEvent.objects.exists()


def test_no_secret_and_no_person_is_kept_of_what_was_told(sandbox, bob, bobs, caplog):
    begun = order_coins(bobs, door=INTENT).json()
    pay(sandbox, order_coins(bobs, 600))
    assert "_secret_" in json.dumps(sandbox.outbox.told)
    assert bob.email in json.dumps(sandbox.outbox.told)
    sandbox.tell()
    events_handle()
    rows = [ProviderEvent.objects.values(), Order.objects.values(), Payment.objects.values()]
    kept = json.dumps([list(found) for found in rows], default=str)
    for secret in ("_secret_", bob.email, "/c/pay/", "sk_test_", "whsec_"):
        assert secret not in kept
        assert secret not in caplog.text
    assert begun["client_secret"] not in kept


def test_what_a_person_may_have_and_what_is_left_of_them(sandbox, bob, bobs):
    answer = order_coins(bobs)
    pay(sandbox, answer, DECLINED)
    pay(sandbox, answer)
    sandbox.tell()
    events_handle()
    bobs.put("/api/payments/limits", {"own": 6000}, format="json")
    files = {name: content.decode() for name, content in export(bob).items()}
    assert '"4242"' in files["orders.json"]
    assert "6000" in files["orders.json"]
    assert '"number": 1' in files["receipts.json"]
    account_erase(user=bob)
    assert not CardTry.objects.exists()
    assert not SpendLimit.objects.exists()
    order = Order.objects.get()
    assert (order.placed_from, order.state) == ("", OrderState.PAID)
    assert Receipt.objects.count() == 1
