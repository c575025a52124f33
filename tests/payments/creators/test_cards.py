"""Who shares a card with a creator does not pay them, by whatever door."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import User
from core.models import AuditEvent
from gifts.services import gift_send
from payments.creators.models import SharedCard
from payments.errors import CardShared
from payments.models import Earning
from payments.orders.models import Order, OrderState, Payment, Refund, RefundState
from payments.orders.webhooks import events_handle
from payments.tickets.models import Ticket, TicketState
from payments.tickets.prices import price_set
from streams.services import media_arrived, stream_create
from tests.conftest import viewer_of
from tests.payments.books import differences, owed
from tests.payments.stripe.test_orders import order_coins, pay
from tests.payments.stripe.test_sandbox import DECLINED, PAYS

pytestmark = pytest.mark.django_db(transaction=True)

ANOTHER = "5555555555554444"


@pytest.fixture
def alice(alice: User) -> User:
    User.objects.filter(pk=alice.pk).update(date_joined=timezone.now() - timedelta(days=30))
    alice.refresh_from_db()
    return alice


@pytest.fixture
def alices(api_of, alice):
    return api_of(alice)


@pytest.fixture
def sold(alice):
    """Another stream of alice's, for 5.00 or 400 coins."""
    stream = stream_create(creator=alice, title="For an audience")[0]
    price_set(
        stream_id=stream.pk,
        amount=500,
        currency="usd",
        coins=400,
        pay_what_you_want=False,
        preview_seconds=60,
    )
    media_arrived(stream_id=stream.pk)
    stream.refresh_from_db()
    return stream


def told(sandbox):
    sandbox.tell()
    while events_handle():
        pass


def buy_coins(sandbox, client, card=PAYS, coins=500):
    pay(sandbox, order_coins(client, coins), card)
    told(sandbox)


def tip(client, stream, amount=1000):
    return client.post(
        f"/api/streams/{stream.pk}/tip",
        {"amount": amount, "currency": "usd", "message": "Hello"},
        format="json",
    )


def ticket(client, stream, **how):
    body = {"with": "money", "request_id": str(uuid4())} | how
    return client.post(f"/api/streams/{stream.pk}/ticket", body, format="json")


def give(client, stream):
    body = {"gift": "rose", "quantity": 1, "request_id": str(uuid4())}
    return client.post(f"/api/streams/{stream.pk}/gift", body, format="json")


def test_whoever_shares_a_card_is_refused_at_every_door(
    sandbox, bobs, alices, alice, bob, live_stream, sold, catalogue
):
    buy_coins(sandbox, bobs)
    buy_coins(sandbox, alices)

    (pair,) = SharedCard.objects.all()
    assert {pair.first_id, pair.second_id} == {alice.party_id, bob.party_id}
    before = Earning.objects.count(), Order.objects.count()
    for answer in (
        tip(bobs, live_stream),
        ticket(bobs, sold),
        ticket(bobs, sold, **{"with": "coins"}),
        give(bobs, live_stream),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "shared_card")
    assert (Earning.objects.count(), Order.objects.count()) == before
    with pytest.raises(CardShared):
        gift_send(
            sender=viewer_of(bob), stream=live_stream, gift=catalogue["rose"], quantity=1, request_id=uuid4()
        )


def test_nobody_pays_their_own_channel(sandbox, alices, alice, live_stream, sold, catalogue):
    buy_coins(sandbox, alices)
    for answer in (
        tip(alices, live_stream),
        ticket(alices, sold),
        ticket(alices, sold, **{"with": "coins"}),
        give(alices, live_stream),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "own_channel")
    assert not Earning.objects.exists()


def test_another_card_is_nobodys_business(sandbox, bobs, alices, live_stream, catalogue):
    buy_coins(sandbox, bobs)
    buy_coins(sandbox, alices, ANOTHER)

    assert not SharedCard.objects.exists()
    assert tip(bobs, live_stream).status_code == 201
    assert give(bobs, live_stream).status_code == 201


def test_what_only_the_payment_reveals_is_booked_and_given_back(sandbox, bobs, alices, alice, live_stream):
    buy_coins(sandbox, alices)
    begun = tip(bobs, live_stream)
    assert begun.status_code == 201, "nothing was known of bob's card"

    pay(sandbox, begun)
    told(sandbox)

    order = Order.objects.get(pk=begun.json()["order"]["id"])
    assert order.state == OrderState.PAID
    (refund,) = Refund.objects.filter(payment__order=order)
    assert (refund.state, refund.amount, refund.asked_by_id) == (RefundState.MADE, 1000, None)
    assert owed("pending", alice) == owed("debt", alice) == 0
    noted = AuditEvent.objects.get(action="order.shared_card")
    assert noted.target == f"order:{order.pk}"
    told(sandbox)
    assert Refund.objects.count() == 1
    assert tip(bobs, live_stream).json()["code"] == "shared_card"
    assert differences() == []


def test_a_ticket_that_was_paid_with_a_shared_card_lets_nobody_in(sandbox, bobs, alices, sold):
    buy_coins(sandbox, alices)
    begun = ticket(bobs, sold)

    pay(sandbox, begun)
    told(sandbox)

    bought = Ticket.objects.get(order_id=begun.json()["order"]["id"])
    assert bought.order is not None
    assert bought.order.payment.refunds.get().state == RefundState.MADE
    assert bought.state == TicketState.VOID


def test_three_who_share_a_card_are_three_pairs(sandbox, bobs, alices, api_of, make_user):
    carol = make_user("carol")
    User.objects.filter(pk=carol.pk).update(date_joined=timezone.now() - timedelta(days=30))
    for client in (bobs, alices, api_of(User.objects.get(pk=carol.pk))):
        buy_coins(sandbox, client)
        buy_coins(sandbox, client, coins=600)

    assert Payment.objects.count() == 6
    assert SharedCard.objects.count() == 3


def test_declined_cards_count_together_whatever_they_were_to_pay(
    sandbox, settings: Any, bob, bobs, api_of, make_user, live_stream, sold
):
    settings.DECLINES_OF_PERSON, settings.DECLINES_FROM_ADDRESS = 3, 5
    for begun in (order_coins(bobs), tip(bobs, live_stream), ticket(bobs, sold)):
        pay(sandbox, begun, DECLINED)
        told(sandbox)

    for refused in (order_coins(bobs, 700), tip(bobs, live_stream, 300), ticket(bobs, sold)):
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_declines")
    # Two more from the same address, by somebody else, and nobody there tries any more.
    carol = make_user("carol")
    User.objects.filter(pk=carol.pk).update(date_joined=timezone.now() - timedelta(days=30))
    carols = api_of(User.objects.get(pk=carol.pk))
    for begun in (tip(carols, live_stream), ticket(carols, sold)):
        pay(sandbox, begun, DECLINED)
        told(sandbox)
    assert tip(carols, live_stream, 200).json()["code"] == "too_many_declines"
    dave = make_user("dave")
    assert tip(api_of(dave), live_stream).json()["code"] == "too_many_declines"


def test_a_card_that_was_declined_too_often_is_known_by_whoever_shows_it(
    sandbox, settings: Any, bobs, api_of, make_user, live_stream, sold
):
    settings.DECLINES_OF_PERSON, settings.DECLINES_FROM_ADDRESS, settings.DECLINES_OF_CARD = 50, 50, 2
    carols = api_of(make_user("carol"))
    for begun in (tip(bobs, live_stream), ticket(carols, sold)):
        pay(sandbox, begun, DECLINED)
        told(sandbox)

    assert ticket(bobs, sold).json()["code"] == "too_many_declines"
    assert tip(carols, live_stream).json()["code"] == "too_many_declines"
