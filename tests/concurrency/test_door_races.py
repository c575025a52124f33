"""Two who show one token at the same moment: one of them comes in."""

import time
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.sign_in import login_of
from streams.media.livekit import door, seats
from streams.media.livekit.seats import SeatRefused
from streams.media.livekit.tokens import token_for
from streams.models import Seat, SeatRole
from tests.concurrency.racing import at_once
from tests.streams.livekit.conftest import livekit_chosen  # noqa: F401 - a fixture
from tests.streams.livekit.test_handshake import join_request

pytestmark = [
    pytest.mark.concurrency,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("livekit_chosen"),
]


@pytest.fixture
def handshake(live_stream, bob):
    """bob's cookie, and the headers with which nginx asks about his connect."""
    browser = Client()
    browser.force_login(bob)
    key = browser.session.session_key
    now = timezone.now()
    seat = Seat.objects.create(
        identity="viewer-1",
        stream=live_stream,
        role=SeatRole.VIEWER,
        viewer_id=f"u:{bob.pk}",
        user=bob,
        bound_to=f"login:{login_of(key)}",
        issued_at=now,
        expires_at=now + timedelta(minutes=2),
    )
    token = token_for(seat, room=live_stream.room_name)
    uri = f"/rtc/v1?access_token={token}&join_request={join_request()}"
    return key, {"X-Original-URI": uri, "X-Original-Method": "GET"}


def connect_at_once(handshake, count: int = 4) -> list[Any]:
    key, headers = handshake

    def connect(_number: int) -> int:
        client = Client()
        client.cookies["sessionid"] = key
        return client.get("/door/livekit", headers=headers).status_code

    return at_once(count, connect)


def test_one_of_four_comes_in(handshake):
    for _ in range(10):
        Seat.objects.update(admitted_at=None)
        assert sorted(connect_at_once(handshake)) == [200, 403, 403, 403]


def test_who_looks_before_writing_lets_several_in(handshake, monkeypatch):
    def look_then_write(*, identity, holders):
        seat = Seat.objects.select_related("stream", "user").get(identity=identity, bound_to__in=holders)
        if seat.admitted_at is not None:
            raise SeatRefused(reason="used")
        time.sleep(0.1)
        Seat.objects.filter(pk=seat.pk).update(admitted_at=timezone.now())
        return seat

    monkeypatch.setattr(door, "seat_admit", look_then_write)
    assert connect_at_once(handshake).count(200) > 1


def test_a_kick_that_meets_a_connect_leaves_nobody_unseen(handshake, live_stream, bob):
    """Whichever comes first: refused, or among those whom the kick then takes out of the room."""
    for _ in range(10):
        Seat.objects.update(admitted_at=None, revoked_at=None)

        def work(number: int) -> Any:
            if number == 0:
                return seats.seats_revoke(stream_id=live_stream.pk, viewer_id=f"u:{bob.pk}")
            return connect_at_once(handshake, 1)[0]

        revoked, status = at_once(2, work)
        assert status in {200, 403}
        assert revoked == {live_stream.pk: ["viewer-1"]}, "the kick names the identity either way"
        assert Seat.objects.get().revoked_at is not None
        assert connect_at_once(handshake, 1) == [403]
