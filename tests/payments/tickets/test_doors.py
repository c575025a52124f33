"""Who gets in through which door: pages, the API, LiveKit's door, playlists, rooms."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from payments.coins import wallet_ensure
from payments.models import Wallet
from payments.orders.models import Chargeback, Order, Payment, Refund
from payments.orders.refunds import order_refund
from payments.staff.freezing import wallet_freeze
from payments.tickets.access import ticket_take_over
from payments.tickets.models import Preview, Ticket, TicketState, VoidReason
from payments.tickets.services import ticket_spend
from realtime.calls import call
from realtime.hub import hub
from streams.access import Action, decide
from streams.media.relay.gate import gate_load
from streams.media.relay.passes import playlist_pass_read
from streams.models import Stream
from streams.viewers import Viewer
from tests.conftest import viewer_of
from tests.payments.books import buy as buy_coins
from tests.payments.books import request
from tests.payments.stripe.test_orders import order_coins
from tests.payments.stripe.test_sandbox import DISPUTED, PAYS, REFUND_FAILS
from tests.payments.tickets.conftest import ask, knock, pay, told
from tests.realtime.rooms import enter, room_at

pytestmark = pytest.mark.django_db


def stranger(stream: Stream, **how: Any) -> None:
    Preview.objects.filter(stream=stream).delete()
    stream.price.preview_seconds = 0
    stream.price.save()


def buyer(stream: Stream, *, bobs: APIClient, sandbox: Any, **how: Any) -> None:
    pay(sandbox, ask(bobs, stream))


def payer_in_coins(stream: Stream, *, bob: User, bobs: APIClient, **how: Any) -> None:
    buy_coins(bob, 1000)
    assert ask(bobs, stream, **{"with": "coins"}).json()["ticket"]["currency"] == "coin"


def who_looks_in(stream: Stream, **how: Any) -> None:
    """Nothing bought; there is a preview."""


def who_got_it_back(stream: Stream, *, bobs: APIClient, sandbox: Any, **how: Any) -> None:
    ticket = pay(sandbox, ask(bobs, stream))
    stranger(stream)
    assert ticket.order_id is not None
    order_refund(order_id=ticket.order_id, amount=None, reason="asked for", actor_party_id=None)
    told(sandbox)
    ticket.refresh_from_db()
    assert (ticket.state, ticket.void_reason) == (TicketState.VOID, VoidReason.REFUNDED)


def who_disputes(stream: Stream, *, bobs: APIClient, sandbox: Any, **how: Any) -> None:
    ticket = pay(sandbox, ask(bobs, stream), DISPUTED)
    stranger(stream)
    told(sandbox)
    ticket.refresh_from_db()
    assert (ticket.state, ticket.void_reason) == (TicketState.VOID, VoidReason.DISPUTED)


def who_disputes_the_coins(stream: Stream, *, bobs: APIClient, sandbox: Any, **how: Any) -> None:
    sandbox.open_page(order_coins(bobs, 500).json()["url"], do="pay", card=PAYS)
    told(sandbox)
    assert ask(bobs, stream, **{"with": "coins"}).json()["ticket"]["state"] == "valid"
    stranger(stream)
    with sandbox.account.store.lock:
        sandbox.account.dispute_open(sandbox.account.store.objects[Payment.objects.get().charge_id])
    told(sandbox)
    ticket = Ticket.objects.get()
    assert (ticket.state, ticket.void_reason) == (TicketState.VOID, VoidReason.DISPUTED)


def who_is_frozen(stream: Stream, *, bob: User, bobs: APIClient, **how: Any) -> None:
    payer_in_coins(stream, bob=bob, bobs=bobs)
    wallet_freeze(party_id=bob.party_id, reason="looked into", actor_party_id=None)


def who_watches_elsewhere(stream: Stream, *, bobs: APIClient, api_of: Any, bob: User, **how: Any) -> None:
    payer_in_coins(stream, bob=bob, bobs=bobs)
    assert knock(api_of(bob), stream)[0] == 200


def who_took_it_over(stream: Stream, *, bobs: APIClient, api_of: Any, bob: User, **how: Any) -> None:
    who_watches_elsewhere(stream, bobs=bobs, api_of=api_of, bob=bob)
    assert bobs.post(f"/api/streams/{stream.pk}/ticket/take-over").json()["elsewhere"] is False


OK = (200, None)
TABLE: list[tuple[Callable[..., None], tuple[int, str | None]]] = [
    (stranger, (402, "ticket_required")),
    (buyer, OK),
    (payer_in_coins, OK),
    (who_looks_in, OK),
    (who_got_it_back, (402, "ticket_required")),
    (who_disputes, (402, "ticket_required")),
    (who_disputes_the_coins, (402, "ticket_required")),
    (who_is_frozen, (403, "ticket_frozen")),
    (who_watches_elsewhere, (409, "ticket_elsewhere")),
    (who_took_it_over, OK),
]


@pytest.mark.parametrize(("who", "expected"), TABLE, ids=[who.__name__ for who, _ in TABLE])
def test_each_door_says_the_same(who, expected, on_air, sandbox, bob, bobs, api_of):
    who(on_air, sandbox=sandbox, bob=bob, bobs=bobs, api_of=api_of)
    status, code = expected
    for door in ("join", "token"):
        answer = knock(bobs, on_air, door)
        assert answer[0] == status, door
        assert code is None or answer[1] == code, door
    # What was said aloud in the room is read by the same people.
    assert bobs.get(f"/api/streams/{on_air.pk}/messages").status_code == status
    assert bobs.get(f"/stream/{on_air.pk}").status_code == 200, "everybody may see that there is a stream"


@pytest.mark.parametrize("who", ["alice", "admin"])
def test_creator_and_staff_need_none(who, on_air, alice, admin, api_of):
    person = {"alice": alice, "admin": admin}[who]
    assert knock(api_of(person), on_air) == (200, None)
    assert not Ticket.objects.exists()
    assert not Preview.objects.exists()


def test_what_is_refused_says_what_would_help(on_air, bob, bobs, api_of):
    on_air.price.preview_seconds = 0
    on_air.price.save()
    refused = bobs.post(f"/api/streams/{on_air.pk}/join").json()
    assert refused == {
        "code": "ticket_required",
        "details": {"help": "buy_ticket", "preview_seconds_left": 0},
    }
    buy_coins(bob, 1000)
    ask(api_of(bob), on_air, **{"with": "coins"})
    knock(api_of(bob), on_air)
    refused = bobs.post(f"/api/streams/{on_air.pk}/join").json()
    assert refused == {"code": "ticket_elsewhere", "details": {"help": "take_over"}}


def test_free_streams_are_not_asked_about_and_others_once(
    live_stream, bob, anonymous, django_assert_num_queries
):
    def asked(viewer: Viewer, stream: Stream, queries: int) -> None:
        with django_assert_num_queries(queries):
            decide(viewer=viewer, stream=stream, action=Action.ENTER)

    asked(anonymous, live_stream, 1)  # kept out of the channel
    asked(viewer_of(bob), live_stream, 1)
    live_stream.ticketed = True
    asked(anonymous, live_stream, 2)  # price, ticket, preview and wallet in one
    asked(viewer_of(bob), live_stream, 2)


def test_two_tabs_of_a_browser_are_one_device(on_air, bob, bobs):
    buy_coins(bob, 1000)
    ask(bobs, on_air, **{"with": "coins"})
    assert knock(bobs, on_air) == knock(bobs, on_air) == knock(bobs, on_air, "token") == OK


def test_the_door_of_livekit_asks_for_the_device_of_the_seat(on_air, bob):
    buy_coins(bob, 1000)
    ticket_spend(viewer=viewer_of(bob), stream=on_air, request_id=request())
    here, there = (
        Viewer(user=bob, viewer_id=f"u:{bob.pk}", device=f"login:{login}") for login in ("here", "there")
    )
    ticket_take_over(viewer=here, stream_id=on_air.pk)
    assert decide(viewer=here, stream=on_air, action=Action.ENTER).allowed
    assert decide(viewer=there, stream=on_air, action=Action.ENTER).code == "ticket_elsewhere"
    assert decide(viewer=there, stream=on_air, action=Action.CHAT).code == "ticket_elsewhere"


def playlist_admits(stream: Stream, answer: Any) -> bool:
    """Whether the playlist's pass that was handed out opens now; segments' keys follow from the same gate."""
    token = answer["playback"]["url"].split("/")[3]
    entry = playlist_pass_read(token, stream_id=stream.pk, now=0)
    assert entry is not None
    return gate_load(stream.pk).admits(entry)


def test_playlists_stop_for_the_device_that_is_put_out_and_open_for_the_other(on_air, bob, bobs, api_of):
    buy_coins(bob, 1000)
    ask(bobs, on_air, **{"with": "coins"})
    path = f"/api/streams/{on_air.pk}/join"
    first = bobs.post(path).json()
    assert playlist_admits(on_air, first)
    other = api_of(bob)
    other.post(f"/api/streams/{on_air.pk}/ticket/take-over")
    assert not playlist_admits(on_air, first)
    assert playlist_admits(on_air, other.post(path).json())
    assert knock(bobs, on_air) == (409, "ticket_elsewhere")


@pytest.mark.django_db(transaction=True)
def test_a_sign_in_that_is_over_takes_its_playlists_with_it(on_air, bob, bobs, api_of):
    """Else each sign-in could be left behind, watching, and the next one let in by the same ticket."""
    buy_coins(bob, 1000)
    ask(bobs, on_air, **{"with": "coins"})
    path = f"/api/streams/{on_air.pk}/join"
    first = bobs.post(path).json()
    assert playlist_admits(on_air, first)
    bobs.post("/accounts/logout/")
    assert Ticket.objects.get().held_by == ""
    assert not playlist_admits(on_air, first)
    assert playlist_admits(on_air, api_of(bob).post(path).json())


def given_back(stream: Stream, user: User) -> None:
    order = Order.objects.get(party_id=user.party_id)
    order_refund(order_id=order.pk, amount=None, reason="asked for", actor_party_id=None)


def frozen(stream: Stream, user: User) -> None:
    wallet_ensure(party_id=user.party_id)
    wallet_freeze(party_id=user.party_id, reason="looked into", actor_party_id=None)


def taken_over(stream: Stream, user: User) -> None:
    Ticket.objects.filter(party_id=user.party_id).update(held_by="login:another")
    ticket_take_over(
        viewer=Viewer(user=user, viewer_id=f"u:{user.pk}", device="login:this"), stream_id=stream.pk
    )


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("cause", [given_back, frozen, taken_over])
async def test_who_is_in_the_room_is_out_within_two_seconds(cause, sandbox, on_air, bob, bobs):
    await call(lambda: pay(sandbox, ask(bobs, on_air)))
    hub.start()
    room = hub.rooms[on_air.pk] = room_at(room_id=on_air.pk)
    theirs = enter(room, user_id=bob.pk, party_id=bob.party_id, viewer_id=f"u:{bob.pk}")[1]
    other = enter(room)[1]

    await call(cause, on_air, bob)
    await asyncio.sleep(0.5)

    assert theirs.closed is not None
    assert theirs.closed[0] == 4403
    assert other.closed is None
    await hub.stop()


@pytest.mark.parametrize("who", [who_disputes, who_disputes_the_coins])
def test_a_won_dispute_opens_the_door_again(who, on_air, sandbox, bob, bobs):
    who(on_air, bobs=bobs, sandbox=sandbox)
    assert Wallet.objects.get(pk=bob.party_id).frozen == Wallet.Frozen.DISPUTE
    ticket = Ticket.objects.get()
    with sandbox.account.store.lock:
        dispute = sandbox.account.store.objects[Chargeback.objects.get().provider_id]
        sandbox.account.dispute_close(dispute, won=True)
    told(sandbox)
    ticket.refresh_from_db()
    assert ticket.state == TicketState.VALID
    assert knock(bobs, on_air) == OK


@pytest.mark.django_db(transaction=True)
def test_money_that_could_not_go_back_opens_the_door_again(sandbox, on_air, bob, bobs):
    ticket = pay(sandbox, ask(bobs, on_air), REFUND_FAILS)
    assert bobs.post(f"/api/streams/{on_air.pk}/ticket/refund").json()["void_reason"] == VoidReason.BUYER
    stranger(on_air)
    assert knock(bobs, on_air) == (402, "ticket_required")
    with sandbox.account.store.lock:
        sandbox.account.refund_fail(sandbox.account.store.objects[Refund.objects.get().provider_id])
    told(sandbox)
    ticket.refresh_from_db()
    assert (ticket.state, ticket.refund_at) == (TicketState.VALID, None)
    assert knock(bobs, on_air) == OK


def test_nobody_else_s_ticket_opens_anything(on_air, bob, charlie, api_of):
    buy_coins(bob, 1000)
    ask(api_of(bob), on_air, **{"with": "coins"})
    stranger(on_air)
    assert knock(api_of(charlie), on_air) == (402, "ticket_required")
    assert api_of(charlie).get(f"/api/streams/{on_air.pk}/ticket").json() == {"ticket": None, "last": None}
