"""A stream that costs something, and the ways to a ticket."""

import uuid
from typing import Any

import pytest
from rest_framework.test import APIClient

from payments.orders.webhooks import events_handle
from payments.tickets.models import Ticket
from payments.tickets.prices import price_set
from streams.models import Stream
from streams.services import media_arrived
from tests.payments.stripe.conftest import TestSandbox, bob, bobs, sandbox  # noqa: F401 - fixtures
from tests.payments.stripe.test_sandbox import PAYS

MONEY, COINS = 500, 400


@pytest.fixture
def sold(stream: Stream) -> Stream:
    """alice's stream, prepared, for 5.00 or 400 coins, with a preview."""
    price_set(
        stream_id=stream.pk,
        amount=MONEY,
        currency="usd",
        coins=COINS,
        pay_what_you_want=False,
        preview_seconds=60,
    )
    stream.refresh_from_db()
    return stream


@pytest.fixture
def on_air(sold: Stream) -> Stream:
    media_arrived(stream_id=sold.pk)
    sold.refresh_from_db()
    return sold


def ask(client: APIClient, stream: Stream, **body: Any) -> Any:
    """POST /ticket, for money unless told otherwise."""
    asked = {"with": "money", "request_id": str(uuid.uuid4())} | body
    return client.post(f"/api/streams/{stream.pk}/ticket", asked, format="json")


def pay(sandbox: TestSandbox, answer: Any, card: str = PAYS) -> Ticket:  # noqa: F811
    """Pay what was ordered, and have it told."""
    assert answer.status_code == 201, answer.content
    sandbox.open_page(answer.json()["url"], do="pay", card=card)
    told(sandbox)
    return Ticket.objects.get(order_id=answer.json()["order"]["id"])


def told(sandbox: TestSandbox) -> None:  # noqa: F811
    assert set(sandbox.tell()) <= {200}
    while events_handle():
        pass


def knock(client: APIClient, stream: Stream, door: str = "join") -> tuple[int, Any]:
    """Status, and the code of a refusal or when the preview ends."""
    path = f"/api/streams/{stream.pk}/{door}"
    answer = client.get(path) if door == "token" else client.post(path)
    body = answer.json()
    return answer.status_code, body.get("code") or (body["admission"] or {}).get("preview_ends_at")
