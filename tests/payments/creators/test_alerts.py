"""Staff hear of a creator whose week is mostly one sender's: once, and only where it is much."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from prometheus_client import generate_latest
from prometheus_client.core import CollectorRegistry

from core.metrics import _FromDatabase
from core.models import AuditEvent
from gifts.services import gift_send
from payments.creators.alerts import senders_check
from payments.creators.models import SenderAlert
from payments.disputes import dispute_open
from payments.earnings import sale_book
from payments.models import EarningSource
from payments.orders.models import Flow, Order, Purpose
from tests.conftest import viewer_of
from tests.payments.books import buy

pytestmark = pytest.mark.django_db

# A Wednesday.
NOON = datetime(2031, 3, 5, 12, tzinfo=UTC)
MONDAY = NOON.date() - timedelta(days=2)


@pytest.fixture(autouse=True)
def now() -> Any:
    with time_machine.travel(NOON, tick=False) as moment:
        yield moment


@pytest.fixture(autouse=True)
def _limits(settings: Any) -> None:
    settings.SENDER_SHARE_ALERT, settings.SENDER_ALERT_LEAST = 60, 1000


def tip(payer: Any, stream: Any, gross: int) -> str:
    """A tip of an order, as a payment books it. The creator has 91 % of it."""
    order = Order.objects.create(
        party_id=payer.party_id, purpose=Purpose.TIP, flow=Flow.CHECKOUT, amount=gross, currency="usd",
        creator_id=stream.party_id, stream=stream, title="Tip", created_at=NOON, expires_at=NOON, look_at=NOON,
    )  # fmt: skip
    sale_book(
        source=EarningSource.TIP,
        creator_id=stream.party_id,
        stream_id=stream.pk,
        gross=gross,
        processing=gross * 4 // 100,
        order_reference=str(order.pk),
        charged_at=NOON,
        key=str(order.pk),
    )
    return str(order.pk)


def give(sender: Any, stream: Any, gift: Any, quantity: int) -> None:
    buy(sender, gift.price_coins * quantity, price=gift.price_coins * quantity)
    gift_send(sender=viewer_of(sender), stream=stream, gift=gift, quantity=quantity, request_id=uuid.uuid4())


def test_gifts_and_tips_of_one_sender_count_together(alice, bob, charlie, live_stream, catalogue, caplog):
    give(bob, live_stream, catalogue["mansion"], 10)  # 9.50 of it are alice's
    tip(bob, live_stream, 1000)  # 9.10
    tip(charlie, live_stream, 1000)

    (alert,) = senders_check()

    assert (alert.creator_id, alert.sender_id, alert.week) == (alice.party_id, bob.party_id, MONDAY)
    assert (alert.amount, alert.of, alert.percent) == (950 + 910, 950 + 910 + 910, 67)
    assert "one sender is 67 % of a creator's week" in caplog.text
    noted = AuditEvent.objects.get(action="earnings.one_sender")
    assert noted.target == f"party:{alice.party_id}"
    assert noted.after is not None
    assert noted.after["sender"] == str(bob.party_id)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_FromDatabase())
    assert b"busk_sender_alerts 1.0" in generate_latest(registry)


def test_it_is_told_once_a_week(bob, live_stream, now):
    tip(bob, live_stream, 5000)
    assert len(senders_check()) == 1
    tip(bob, live_stream, 5000)
    assert senders_check() == []

    now.move_to(NOON + timedelta(days=7), tick=False)
    assert senders_check() == [], "nothing came this week"
    tip(bob, live_stream, 5000)
    assert [alert.week for alert in senders_check()] == [MONDAY + timedelta(days=7)]


def test_a_sunday_night_is_looked_at_on_monday(bob, live_stream, now):
    now.move_to(datetime(2031, 3, 9, 23, 59, tzinfo=UTC), tick=False)
    tip(bob, live_stream, 5000)
    now.move_to(datetime(2031, 3, 10, 0, 30, tzinfo=UTC), tick=False)

    assert [alert.week for alert in senders_check()] == [MONDAY]


def test_sixty_percent_are_not_more_than_sixty(bob, charlie, live_stream):
    tip(bob, live_stream, 6000)
    tip(charlie, live_stream, 4000)
    assert senders_check() == []

    tip(bob, live_stream, 100)
    assert len(senders_check()) == 1


def test_a_small_week_is_nobodys_business(bob, live_stream, settings):
    tip(bob, live_stream, 1000)
    settings.SENDER_ALERT_LEAST = 911
    assert senders_check() == []

    settings.SENDER_ALERT_LEAST = 910
    assert len(senders_check()) == 1


def test_what_was_called_back_does_not_count(bob, charlie, live_stream):
    order = tip(bob, live_stream, 5000)
    tip(charlie, live_stream, 1500)
    tip(bob, live_stream, 1500)

    dispute_open(reference="dispute-1", order_reference=order, payer_id=bob.party_id)

    assert senders_check() == []


def test_staff_see_it_in_the_admin(admin, browser_of, bob, live_stream):
    tip(bob, live_stream, 5000)
    senders_check()
    alert = SenderAlert.objects.get()

    browser = browser_of(admin)
    for path in ("senderalert/", "senderalert/?q=bob", f"senderalert/{alert.pk}/change/", "sharedcard/"):
        page = browser.get(f"/admin/payments/{path}")
        assert page.status_code == 200, path
        if "alert" in path:
            assert "100 %" in page.content.decode(), path
    assert "100 %" not in browser.get("/admin/payments/senderalert/?q=nobody").content.decode()
