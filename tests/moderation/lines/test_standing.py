"""How somebody stands in a chat: asked over REST, told over the socket, and what passes say of it."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from realtime.calls import call
from realtime.passes import JoinPass, join_pass_claim
from streams.models import EndReason, Stream
from streams.services import stream_end
from tests.moderation.lines.conftest import Say, ban, follow, make_member, warn
from tests.realtime.running import RoomServer, page, session_cookie

pytestmark = pytest.mark.django_db(transaction=True)

FREE = {
    "can_chat": True,
    "reason": None,
    "until": None,
    "caution": None,
    "rank": "nobody",
    "moderates": False,
    "slow_until": None,
    "followers_until": None,
}


@pytest.fixture
def me(live_stream: Stream, api_of: Callable[[User], APIClient]) -> Callable[[User], dict[str, Any]]:
    def ask(user: User) -> dict[str, Any]:
        answer = api_of(user).get(f"/api/streams/{live_stream.pk}/chat/me")
        assert answer.status_code == 200
        content: dict[str, Any] = answer.json()
        return content

    return ask


def text_of(moment: Any) -> str:
    assert isinstance(moment, datetime)
    return moment.isoformat().replace("+00:00", "Z")


def test_each_reason_and_until_when(
    me: Callable[[User], dict[str, Any]],
    say: Say,
    modes: Callable[..., None],
    alice: User,
    bob: User,
    live_stream: Stream,
    time_machine: Any,
) -> None:
    now = timezone.now()
    time_machine.move_to(now, tick=False)
    assert me(bob) == FREE

    say(bob)
    modes(slow_seconds=30)
    assert me(bob) == FREE | {"slow_until": text_of(now + timedelta(seconds=30))}
    modes(slow_seconds=None, followers_minutes=10)
    assert me(bob) == FREE | {"can_chat": False, "reason": "followers_mode"}
    follow(bob, alice, now)
    opens = text_of(now + timedelta(minutes=10))
    assert me(bob) == FREE | {
        "can_chat": False, "reason": "followers_mode", "until": opens, "followers_until": opens,
    }  # fmt: skip
    modes(followers_minutes=None)
    caution = warn(alice, bob)
    warned = {"caution": {"id": str(caution.pk), "reason": "mind your words"}}
    assert me(bob) == FREE | warned | {"can_chat": False, "reason": "cautioned"}
    until = ban(alice, bob, seconds=60).until
    assert me(bob) == FREE | warned | {"can_chat": False, "reason": "timed_out", "until": text_of(until)}
    ban(alice, bob)
    assert me(bob)["reason"] == "banned"
    bob.banned_from.all().delete()
    bob.cautions.all().delete()
    stream_end(stream_id=live_stream.pk, reason=EndReason.CREATOR)
    assert me(bob)["reason"] == "stream_ended"


def test_ranks(
    me: Callable[[User], dict[str, Any]], modes: Callable[..., None], alice: User, bob: User, admin: User
) -> None:
    modes(followers_minutes=10, slow_seconds=30)
    assert me(alice) == FREE | {"rank": "owner", "moderates": True}
    assert me(admin) == FREE | {"rank": "staff", "moderates": True}
    for role in ("lead", "moderator", "vip"):
        make_member(alice, bob, role)
        assert me(bob) == FREE | {"rank": role, "moderates": role != "vip"}


def test_strangers_have_no_standing(live_stream: Stream, api: APIClient) -> None:
    assert api.get(f"/api/streams/{live_stream.pk}/chat/me").status_code == 401


def test_passes_say_who_moderates(
    live_stream: Stream,
    alice: User,
    bob: User,
    charlie: User,
    admin: User,
    api: APIClient,
    api_of: Callable[[User], APIClient],
) -> None:
    make_member(alice, bob, "moderator")
    make_member(alice, charlie, "vip")

    def joined(client: APIClient, query: str = "") -> JoinPass:
        answer = client.post(f"/api/streams/{live_stream.pk}/join{query}")
        return join_pass_claim(answer.json()["ws_url"].partition("?pass=")[2])

    assert [joined(api_of(user)).moderates for user in (alice, bob, charlie, admin)] == [
        True,
        True,
        False,
        True,
    ]
    assert joined(api_of(alice), "?as=studio").moderates
    assert not joined(api).moderates


async def test_a_socket_that_was_open_through_a_timeout_is_told_and_writes_again(
    server: RoomServer, live_stream: Stream, alice: User, bob: User
) -> None:
    async with (
        page(await server.join(live_stream.pk, bob)) as bobs,
        page(await server.join(live_stream.pk)) as anybody,
    ):
        await bobs.next("room:welcome")
        await anybody.next("room:welcome")
        address = f"/api/channels/alice/timeouts/{bob.pk}"
        cookie = await call(session_cookie, alice)
        await call(server.request, "PUT", address, {"seconds": 3, "reason": "caps"}, cookies=cookie)
        told = await bobs.next("chat:me")
        assert (told["can_chat"], told["reason"], told["caution"]) == (False, "timed_out", None)
        await bobs.send(type="chat:send", client_id="c0", text="but")
        refused = await bobs.next("error", client_id="c0")
        assert refused["code"] == "timed_out"
        assert refused["details"]["until"] == told["until"]

        tries = 0
        while (await _send(bobs, f"t{tries}"))["type"] == "error":
            tries += 1
            await asyncio.sleep(0.25)  # until the clock says that it is over
        assert (await anybody.next("chat:message"))["text"] == "again"
        assert not [event for event in anybody.events if event["type"] == "chat:me"]

        await call(server.request, "PUT", address, {"seconds": 600}, cookies=cookie)
        assert (await bobs.next("chat:me"))["can_chat"] is False
        await call(server.request, "DELETE", address, cookies=cookie)
        assert (await bobs.next("chat:me"))["can_chat"] is True
        warning = f"/api/channels/alice/warnings/{bob.pk}"
        await call(server.request, "POST", warning, {"reason": "mind your words"}, cookies=cookie)
        assert (await bobs.next("chat:me"))["caution"]["reason"] == "mind your words"


async def _send(bobs: Any, client_id: str) -> dict[str, Any]:
    await bobs.send(type="chat:send", client_id=client_id, text="again")
    while True:
        for event in await bobs.frame():
            if event.get("client_id") == client_id:
                return dict(event)
