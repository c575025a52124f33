"""Two people of finance, an order that was paid, and what its coins are spent on."""

import pytest
from django.contrib.auth.models import Group

from gifts.services import gift_send
from payments.orders.models import Order
from payments.orders.webhooks import events_handle
from tests.conftest import viewer_of
from tests.payments.books import request
from tests.payments.stripe.conftest import bob, bobs, sandbox, sandbox_gateway
from tests.payments.stripe.test_orders import order_coins, pay
from tests.payments.stripe.test_sandbox import PAYS

__all__ = ["bob", "bobs", "sandbox", "sandbox_gateway"]


@pytest.fixture
def make_staff(make_user):
    """Somebody of the group finance, and of nothing else."""

    def make(username):
        user = make_user(username, is_staff=True)
        user.groups.add(Group.objects.get(name="finance"))
        return user

    return make


@pytest.fixture
def fiona(make_staff):
    return make_staff("fiona")


@pytest.fixture
def george(make_staff):
    return make_staff("george")


@pytest.fixture
def staff(browser_of, fiona):
    return browser_of(fiona)


@pytest.fixture
def other(browser_of, george):
    return browser_of(george)


@pytest.fixture
def buy(sandbox, bobs):
    def buy(coins=1000, card=PAYS):
        answer = order_coins(bobs, coins)
        pay(sandbox, answer, card)
        sandbox.tell()
        events_handle()
        return Order.objects.get(pk=answer.json()["order"]["id"])

    return buy


@pytest.fixture
def order(buy):
    return buy()


@pytest.fixture
def give(bob, live_stream, catalogue):
    def give(sku="rocket", quantity=1):
        return gift_send(
            sender=viewer_of(bob),
            stream=live_stream,
            gift=catalogue[sku],
            quantity=quantity,
            request_id=request(),
        )

    return give


@pytest.fixture
def tip(sandbox, bobs, live_stream):
    """An order of a tip, paid."""
    body = {"amount": 500, "currency": "usd", "message": "Encore", "anonymous": False}
    answer = bobs.post(f"/api/streams/{live_stream.pk}/tip", body, format="json")
    pay(sandbox, answer)
    sandbox.tell()
    events_handle()
    return Order.objects.get(purpose="tip")
