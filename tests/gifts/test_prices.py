"""What gifts cost in money, as the catalogue says it and docs/money.md promises it."""

import pytest

from payments.models import CoinPack
from payments.packs import pack_price_set
from tests.payments.books import buy
from tests.payments.test_money_page import cents, tables

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def packs():
    for coins, price in ((200, 249), (500, 599)):
        pack = CoinPack.objects.get_or_create(coins=coins)[0]
        pack_price_set(pack_id=pack.pk, currency="usd", price=price)


def told(api):
    answer = api.get("/api/gifts")
    assert answer.status_code == 200, answer.json()
    return answer.json()


def test_each_gift_costs_what_its_coins_do_in_the_dearest_pack(api, catalogue, packs):
    (table,) = tables("What a gift costs in money")
    shown = {
        gift["name"]: (gift["price_coins"], gift["price"], gift["currency"]) for gift in told(api)["gifts"]
    }
    assert shown == {name: (int(coins), cents(price), "usd") for name, coins, price in table}
    assert told(api)["rate"] == {"coins": 200, "amount": 249, "currency": "usd"}


def test_without_packs_coins_cost_what_exactly_so_many_do(api, catalogue):
    assert told(api)["rate"] == {"coins": 100, "amount": 134, "currency": "usd"}


def test_ones_own_wallet_comes_with_it_and_nobody_elses(api, api_of, bob, catalogue):
    assert told(api)["wallet"] is None
    assert told(api_of(bob))["wallet"] == {"balance_coins": 0, "frozen": False}
    buy(bob, 7)
    assert told(api_of(bob))["wallet"] == {"balance_coins": 7, "frozen": False}
    assert told(api)["payments"] == "off"
