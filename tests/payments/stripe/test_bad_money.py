"""Amounts that are none, at every door that takes money: a clear error in the one shape, and nothing is booked.

Each row is sent as the JSON it is written as, since some of it no JSON library would write.
"""

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.core.cache import caches

from payments.models import CoinLot, Entry, Transaction, Wallet
from payments.orders.models import Order, Payment, Receipt, SpendLimit
from payments.orders.webhooks import events_handle
from payments.tickets.models import PromoCode, Ticket
from payments.tickets.prices import price_set
from payments.tips.models import Tip
from streams.services import stream_create
from tests.payments.books import buy
from tests.payments.stripe.test_orders import order_coins, pay

# What no amount in minor units is, as it stands in the body. 100001 is 1,000.01; 49 is below the provider's least.
NO_AMOUNTS = (
    "0", "-1", "-100000", "0.005", "4.99", "49.5", "NaN", "Infinity", "-Infinity", "1e400", '"NaN"', '"Infinity"',
    '"0.005"', '"ten"', '""', '"0x64"', "null", "true", "[]", "[500]", '{"amount": 500}', "1e30",
    "9223372036854775808",
)  # fmt: skip
TOO_LITTLE, TOO_MUCH = ("49",), ("100001", "99999999")
NO_CURRENCIES = ('"zzz"', '"USD"', '"coin"', '"us"', '""', "null", "7", '["usd"]')
# What says that something about it is wrong.
NO = {"invalid_input", "malformed", "amount_out_of_range", "amount_invalid", "price_invalid", "not_found"}


@dataclass(frozen=True)
class Door:
    """``body`` with one field changed; ``of`` is who asks there."""

    method: str
    path: str
    body: dict[str, object]
    field: str
    bad: tuple[str, ...]
    of: str = "bob"


def minor(method: str, path: str, body: dict[str, object], *, of: str = "bob", least: bool = True) -> Door:
    return Door(method, path, body, "amount", NO_AMOUNTS + TOO_MUCH + (TOO_LITTLE if least else ()), of)


COINS = {"coins": 500, "currency": "usd"}
TIP = {"amount": 500, "currency": "usd", "message": "Encore"}
TICKET = {"with": "money", "amount": 1000, "currency": "usd"}
PRICE = {"amount": 1000, "currency": "usd"}
CODE = {"code": "SPRING", "amount": 100, "currency": "usd"}
# 97,071 coins come to more than 1,000.00.
NO_COINS = (*NO_AMOUNTS, "97071", "100000001")
DOORS = {
    "coins": Door("post", "/api/payments/checkout", COINS, "coins", NO_COINS),
    "coins in an app": Door("post", "/api/payments/intent", COINS, "coins", NO_COINS),
    "pack": Door("post", "/api/payments/checkout", {"pack": 1, "currency": "usd"}, "pack", NO_AMOUNTS),
    "limit": Door(
        "put",
        "/api/payments/limits",
        {"own": 500},
        "own",
        (*(bad for bad in NO_AMOUNTS if bad not in {"0", "null"}), "1000000001"),
    ),
    "tip": minor("post", "/api/streams/{stream}/tip", TIP),
    "tip in an app": minor("post", "/api/streams/{stream}/tip-intent", TIP),
    # Without an amount a ticket costs its price.
    "ticket": Door(
        "post",
        "/api/streams/{priced}/ticket",
        TICKET,
        "amount",
        (*(bad for bad in NO_AMOUNTS if bad != "null"), *TOO_LITTLE, *TOO_MUCH, "999"),
    ),
    "price": minor("put", "/api/streams/{priced}/price", PRICE, of="alice"),
    "promo code": minor("post", "/api/streams/{priced}/promo-codes", CODE, of="alice", least=False),
    "gifts": Door("post", "/api/streams/{stream}/gift", {}, "quantity", (*NO_AMOUNTS, "100")),
}
CURRENCIES = {
    "coins": DOORS["coins"],
    "coins in an app": DOORS["coins in an app"],
    "tip": DOORS["tip"],
    "tip in an app": DOORS["tip in an app"],
    "ticket": DOORS["ticket"],
    "price": DOORS["price"],
    "promo code": DOORS["promo code"],
}
KEPT = (Order, Payment, Receipt, CoinLot, Transaction, Entry, Tip, Ticket, PromoCode, SpendLimit)


@pytest.fixture
def knock(
    sandbox, settings, api_of, alice, bob, bobs, live_stream, catalogue
) -> Callable[[Door, str, str], object]:
    """Send a body in which one field is this raw JSON."""
    settings.LIMIT_PAY = 10_000
    buy(bob, 10_000)
    priced = stream_create(creator=alice, title="For money")[0]
    price_set(
        stream_id=priced.pk,
        amount=1000,
        currency="usd",
        coins=None,
        pay_what_you_want=True,
        preview_seconds=60,
    )
    people = {"bob": bobs, "alice": api_of(alice)}

    def send(door: Door, field: str, raw: str) -> object:
        for cache in caches.all():
            cache.clear()  # so that no limit of a minute answers in place of the door
        body = {**door.body}
        if "/gift" in door.path:
            body |= {"gift": "rose", "quantity": 1, "request_id": str(uuid.uuid4())}
        if "/ticket" in door.path:
            body |= {"request_id": str(uuid.uuid4())}
        body.pop(field, None)
        parts = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in body.items()]
        text = "{" + ", ".join([*parts, f"{json.dumps(field)}: {raw}"]) + "}"
        ask = getattr(people[door.of], door.method)
        return ask(
            door.path.format(stream=live_stream.pk, priced=priced.pk), text, content_type="application/json"
        )

    return send


def rows() -> dict[str, int]:
    return {model.__name__: model.objects.count() for model in KEPT} | {
        "coins": sum(Wallet.objects.values_list("balance_coins", flat=True))
    }


def refused(answer) -> str:
    """Its code, when it is an error in the one shape."""
    assert 400 <= answer.status_code < 500, (answer.status_code, answer.content[:300], answer.request)
    body = answer.json()
    assert set(body) == {"code", "details"}, body
    assert isinstance(body["details"], dict)
    return str(body["code"])


@pytest.mark.parametrize("name", DOORS)
def test_what_is_no_amount(knock, sandbox, name):
    door = DOORS[name]
    before, asked = rows(), len(sandbox.asked)
    for bad in door.bad:
        answer = knock(door, door.field, bad)
        assert refused(answer) in NO, (bad, answer.content)
        assert rows() == before, f"{bad} left something"
    assert len(sandbox.asked) == asked, "the provider heard of it"


@pytest.mark.parametrize("name", CURRENCIES)
def test_another_currency(knock, sandbox, name):
    door = CURRENCIES[name]
    before, asked = rows(), len(sandbox.asked)
    # Of a ticket and a code an empty one is the price's own, and the books'.
    for bad in (one for one in NO_CURRENCIES if one != '""' or name not in {"ticket", "promo code"}):
        answer = knock(door, "currency", bad)
        assert refused(answer) in {*NO, "currency_unknown", "not_for_sale"}, (bad, answer.content)
        assert rows() == before, f"{bad} left something"
    assert len(sandbox.asked) == asked


@pytest.mark.parametrize("name", [name for name in DOORS if name != "pack"])
def test_what_is_right_goes_through(knock, name):
    """Else the doors above might be shut to everything. That of packs is opened by the tests of the wallet."""
    door = DOORS[name]
    answer = knock(door, door.field, json.dumps(door.body.get(door.field, 1)))
    assert answer.status_code in {200, 201, 204}, answer.content


def test_another_persons_order_and_receipt(sandbox, bob, bobs, api_of, charlie):
    """They are not there: neither to be read, nor cancelled, nor as a ticket's or a tip's."""
    answer = order_coins(bobs)
    waits = answer.json()["order"]["id"]
    stranger = api_of(charlie)
    for path, method in (
        (f"/api/payments/orders/{waits}", "get"),
        (f"/api/payments/orders/{waits}/cancel", "post"),
        (f"/api/payments/orders/{uuid.uuid4()}/cancel", "post"),
    ):
        assert refused(getattr(stranger, method)(path)) == "not_found"
    assert Order.objects.get().state == "open"
    pay(sandbox, answer)
    sandbox.tell()
    events_handle()
    receipt = Receipt.objects.get()
    assert refused(stranger.get(f"/api/payments/receipts/{receipt.pk}")) == "not_found"
    assert refused(stranger.get(f"/api/payments/receipts/{uuid.uuid4()}")) == "not_found"
    assert stranger.get("/api/payments/receipts").json()["results"] == []
    assert refused(bobs.post(f"/api/payments/orders/{waits}/cancel")) == "order_closed"
    assert Wallet.objects.get().balance_coins == 500


def test_nobody_pays_who_is_not_signed_in(api, db, live_stream):
    for door in DOORS.values():
        answer = getattr(api, door.method)(
            door.path.format(stream=live_stream.pk, priced=live_stream.pk), door.body, format="json"
        )
        assert refused(answer) == "not_signed_in"
    assert not Order.objects.exists()
