"""What staff decide holds within two seconds: who is suspended is out at every door, who is held sends nothing more."""

import asyncio
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from moderation.reports.deciding import case_decide, stream_stop
from moderation.reports.models import Case
from realtime.calls import call
from realtime.hub import hub
from streams.models import Stream
from streams.services import stream_create
from tests.realtime.rooms import Received, enter, room_at

pytestmark = pytest.mark.django_db(transaction=True)

WITHIN_SECONDS = 2


async def until(holds: Callable[[], bool]) -> float:
    """Seconds until it holds."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < WITHIN_SECONDS, "it took too long"
        await asyncio.sleep(0.01)
    return time.monotonic() - began


def in_room(stream: Stream, user: User) -> Received:
    room = hub.rooms.get(stream.pk) or room_at(room_id=stream.pk)
    hub.rooms[stream.pk] = room
    return enter(room, user_id=user.pk, party_id=user.party_id, viewer_id=f"u:{user.pk}")[1]


async def test_who_is_suspended_is_signed_out_of_everything(
    live_stream: Stream, case: Case, nora: User, bob: User, charlie: User
) -> None:
    page, api = Client(), APIClient()
    await call(page.force_login, bob)
    await call(api.force_login, bob)
    token = await call(_token_of, bob)
    hub.start()
    two_tabs = [in_room(live_stream, bob) for _ in range(2)]
    others = in_room(live_stream, charlie)

    def decided() -> None:
        case_decide(actor=nora, case_id=case.pk, action="suspend", category="spam", reason="It is an advert.")

    await call(decided)
    await until(lambda: all(one.closed is not None for one in two_tabs))

    assert [one.closed for one in two_tabs] == [(4401, "not_signed_in")] * 2
    assert others.closed is None

    def doors() -> list[int]:
        return [
            page.get("/settings/profile").status_code,
            api.get("/api/me").status_code,
            api.get(f"/api/streams/{live_stream.pk}/broadcast-token").status_code,
            api.post(
                f"/api/streams/{live_stream.pk}/message", {"client_id": "1", "text": "hi"}, format="json"
            ).status_code,
            APIClient().get("/api/me", headers={"X-Session-Token": token}).status_code,
        ]

    assert await call(doors) == [302, 401, 401, 401, 401]

    def signs_in() -> bool:
        return Client().login(username="bob", password="correct horse")

    assert await call(signs_in) is False
    await hub.stop()


async def test_who_is_held_comes_in_anew_everywhere_and_is_asked(
    live_stream: Stream, nora: User, alice: User, bob: User
) -> None:
    """The ingest of the built-in relay is such a socket too."""

    def planned() -> Stream:
        return stream_create(creator=alice, title="Planned", scheduled_at=timezone.now() + timedelta(days=1))[
            0
        ]

    other = await call(planned)
    hub.start()
    hers, his = in_room(other, alice), in_room(other, bob)

    def stopped() -> None:
        stream_stop(actor=nora, stream_id=live_stream.pk, reason="It is somebody else's concert.")

    await call(stopped)
    await until(lambda: hers.closed is not None)

    assert hers.closed == (1012, "held_by_staff")
    assert his.closed is None
    await hub.stop()


def _token_of(user: User) -> str:
    answer = Client().post(
        "/_allauth/app/v1/auth/login",
        {"username": user.username, "password": "correct horse"},
        content_type="application/json",
    )
    token: str = answer.json()["meta"]["session_token"]
    return token
