"""Tickets that are given back: unused ones by their buyers, all of them when there was nothing to see."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from payments.models import Wallet
from payments.orders.models import Refund
from payments.tickets.access import previews_end
from payments.tickets.models import Preview, Ticket, TicketState, VoidReason
from payments.tickets.promo_codes import code_make, uses
from payments.tickets.refunds import prices_return, tickets_judge, tickets_use
from realtime.presence import Presence
from streams.models import EndReason, Seat, SeatRole, Stream, ViewerSession
from streams.services import media_arrived, media_lost, stream_end
from streams.sessions import _Batch, _write
from streams.viewers import session_id
from tests.payments.books import buy as buy_coins
from tests.payments.books import differences, owed
from tests.payments.tickets.conftest import ask, knock, pay, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket(on_air, bob, bobs):
    buy_coins(bob, 1000)
    ask(bobs, on_air, **{"with": "coins"})
    return Ticket.objects.get()


def give_back(client, stream):
    answer = client.post(f"/api/streams/{stream.pk}/ticket/refund")
    return answer.status_code, answer.json().get("void_reason") or answer.json()["details"].get("reason")


def balance(user):
    return Wallet.objects.get(pk=user.party_id).balance_coins


def entered_at() -> datetime:
    at = Ticket.objects.get().entered_at
    assert at is not None
    return at


def playlists_taken(stream: Stream, user, *, after: float) -> None:
    """The relay handed playlists out so many seconds after the viewer came in."""
    with time_machine.travel(entered_at() + timedelta(seconds=after), tick=False):
        _write(_Batch(media={session_id(stream_id=stream.pk, viewer_id=f"u:{user.pk}")}))


def in_the_room(stream: Stream, user, *, for_seconds: float, since: float = 0) -> None:
    """LiveKit showed the viewer's seat for so long, ``since`` seconds after the viewer came in."""
    now = entered_at() + timedelta(seconds=since)
    Seat.objects.create(
        identity="viewer-1",
        stream=stream,
        role=SeatRole.VIEWER,
        viewer_id=f"u:{user.pk}",
        user=user,
        issued_at=now,
        expires_at=now,
        seen_at=now,
        left_at=now + timedelta(seconds=for_seconds),
    )


def room_joined(stream: Stream, user) -> None:
    viewer_id = f"u:{user.pk}"
    session = session_id(stream_id=stream.pk, viewer_id=viewer_id)
    here = Presence(
        room_id=stream.pk, session_id=session, viewer_id=viewer_id, user_id=user.pk, party_id=user.party_id, about={}
    )  # fmt: skip
    _write(_Batch(joined={session: here}))
    _write(_Batch(seen={session}))


@pytest.mark.parametrize(
    ("what", "used"),
    [
        (lambda stream, bob: None, False),
        (room_joined, False),
        (lambda stream, bob: playlists_taken(stream, bob, after=1), False),
        (lambda stream, bob: playlists_taken(stream, bob, after=6), True),
        (lambda stream, bob: in_the_room(stream, bob, for_seconds=10), False),
        (lambda stream, bob: in_the_room(stream, bob, for_seconds=30), True),
    ],
    ids=["nothing", "room", "one playlist", "playlists", "seat", "seat for long"],
)
def test_it_is_used_once_the_picture_has_really_come(ticket, on_air, bob, bobs, what, used):
    assert knock(bobs, on_air) == (200, None)
    what(on_air, bob)
    with time_machine.travel(timezone.now() + timedelta(seconds=40)):
        tickets_use()
        ticket.refresh_from_db()
        assert (ticket.used_at is not None) is used
        assert give_back(bobs, on_air) == ((409, "used") if used else (200, "buyer"))
    assert balance(bob) == (600 if used else 1000)


def test_pictures_of_the_preview_are_none_of_the_ticket_s(on_air, bob, bobs):
    knock(bobs, on_air)
    ViewerSession.objects.create(
        id=session_id(stream_id=on_air.pk, viewer_id=f"u:{bob.pk}"), stream=on_air, viewer_id=f"u:{bob.pk}",
        joined_at=timezone.now(), last_seen_at=timezone.now(), media_seen_at=timezone.now(),
        pictures_at=timezone.now(),
    )  # fmt: skip
    buy_coins(bob, 1000)
    ask(bobs, on_air, **{"with": "coins"})
    assert tickets_use() == 0
    assert give_back(bobs, on_air) == (200, "buyer")


def watches_on(stream: Stream, user) -> None:
    """From the first second of the preview to long after, and never opens the room."""
    playlists_taken(stream, user, after=30)


def sits_on(stream: Stream, user) -> None:
    """The same in LiveKit's room."""
    in_the_room(stream, user, for_seconds=90, since=-20)


@pytest.mark.parametrize("how", [watches_on, sits_on])
@pytest.mark.parametrize("late", [False, True], ids=["in time", "a moment too late"])
def test_who_goes_on_from_a_preview_uses_the_ticket(on_air, bob, bobs, how, late):
    knock(bobs, on_air, "token")
    if late:  # over, and not put out yet
        Preview.objects.update(ends_at=timezone.now())
    buy_coins(bob, 1000)
    ask(bobs, on_air, **{"with": "coins"})
    previews_end()
    how(on_air, bob)
    with time_machine.travel(timezone.now() + timedelta(seconds=120)):
        assert give_back(bobs, on_air) == (409, "used")


def test_it_is_given_back_once_and_not_for_ever(ticket, on_air, bob, bobs):
    assert give_back(bobs, on_air) == (200, "buyer")
    assert give_back(bobs, on_air)[0] == 404
    assert ViewerSession.objects.get().revoked_at is not None, "who was in is out"
    ask(bobs, on_air, **{"with": "coins"})
    assert give_back(bobs, on_air) == (409, "again")


def test_not_when_the_creator_s_part_is_theirs(ticket, on_air, bobs):
    with time_machine.travel(timezone.now() + timedelta(minutes=30)):
        stream_end(stream_id=on_air.pk, reason=EndReason.CREATOR)
    with time_machine.travel(timezone.now() + timedelta(days=3, hours=1)):
        assert give_back(bobs, on_air) == (409, "late")


@pytest.mark.django_db(transaction=True)
def test_money_goes_back_to_the_card(sandbox, on_air, alice, bobs):
    pay(sandbox, ask(bobs, on_air))
    assert give_back(bobs, on_air) == (200, "buyer")
    told(sandbox)
    assert Refund.objects.get().amount == 500
    assert (owed("pending", alice), prices_return()) == (0, 0)
    assert differences() == []


def test_a_code_s_use_comes_back_with_it(sandbox, on_air, bobs):
    code = code_make(stream=on_air, code="PRESS", percent=100, uses_most=1)
    ask(bobs, on_air, promo_code="press")
    assert uses(code) == 1
    assert give_back(bobs, on_air) == (200, "buyer")
    assert uses(code) == 0


NEVER, BROKE = VoidReason.NEVER_STARTED, VoidReason.BROKE_OFF
# It lasted so many minutes (None: it never began) and ended for a reason.
ENDS = [
    (None, EndReason.CREATOR, NEVER),
    (None, EndReason.NEVER_STARTED, NEVER),
    (None, EndReason.STAFF, NEVER),
    (9, EndReason.CREATOR, BROKE),
    (9, EndReason.STAFF, BROKE),
    (9, EndReason.LOST, BROKE),
    (11, EndReason.CREATOR, ""),
    (11, EndReason.STAFF, ""),
    (11, EndReason.LOST, ""),
]


@pytest.mark.parametrize(("minutes", "reason", "rule"), ENDS)
@pytest.mark.django_db(transaction=True)
def test_what_was_not_worth_its_price_goes_back(
    minutes, reason, rule, sold, sandbox, bob, bobs, charlie, api_of, alice
):
    buy_coins(bob, 1000)
    ask(bobs, sold, **{"with": "coins"})
    code_make(stream=sold, code="PRESS", percent=100)
    ask(api_of(charlie), sold, promo_code="press")
    if minutes is not None:
        media_arrived(stream_id=sold.pk)
        with time_machine.travel(timezone.now() + timedelta(minutes=minutes), tick=False) as clock:
            if reason == EndReason.LOST:
                media_lost(stream_id=sold.pk)
                clock.shift(120)
            stream_end(stream_id=sold.pk, reason=reason)
    else:
        stream_end(stream_id=sold.pk, reason=reason)
    # The fact has been told by now: telling it again finds nothing.
    assert tickets_judge(stream_id=sold.pk) == 0
    states = {(ticket.state, ticket.void_reason) for ticket in Ticket.objects.all()}
    assert states == {(TicketState.VOID, rule)} if rule else {(TicketState.VALID, "")}
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        assert prices_return() == (1 if rule else 0)
        assert prices_return() == 0
    assert balance(bob) == (1000 if rule else 600)
    assert owed("pending", alice) == (0 if rule else 380)
    assert differences() == []


def test_how_long_is_the_operator_s_to_say(ticket, on_air, settings, bob):
    settings.TICKET_BROKE_OFF_MINUTES = 0
    stream_end(stream_id=on_air.pk, reason=EndReason.CREATOR)
    assert tickets_judge(stream_id=on_air.pk) == 0
    assert balance(bob) == 600
