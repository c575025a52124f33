"""A message from one page to another, through real servers."""

from collections.abc import Callable
from uuid import uuid4

import pytest

from accounts.models import User
from chat.models import ChatMessage
from realtime.calls import call
from streams.models import Stream
from tests.realtime.running import RoomServer, page

OFF = {"slow_seconds": None, "followers_minutes": None, "emote_only": False, "shield": False}

pytestmark = pytest.mark.django_db(transaction=True)


async def test_a_message_is_acknowledged_and_reaches_everybody(
    server: RoomServer, live_stream: Stream, bob: User
) -> None:
    async with (
        page(await server.join(live_stream.pk, bob)) as bobs,
        page(await server.join(live_stream.pk)) as anybody,
    ):
        welcome = await bobs.next("room:welcome")
        assert welcome["you"] == {"name": "bob", "role": "viewer", "can_chat": True, "can_chat_reason": None}
        assert welcome["state"] == {"status": "live", "live": True, "paused": False, "pins": [], "modes": OFF}
        assert (await anybody.next("room:welcome"))["you"]["can_chat_reason"] == "not_signed_in"
        client_id = str(uuid4())

        await bobs.send(type="chat:send", client_id=client_id, text="  Bravo! <b>  ")

        ack = await bobs.next("chat:ack", client_id=client_id)
        shown = await anybody.next("chat:message")
        assert shown["text"] == "Bravo! <b>"
        assert shown["user"] == {"id": str(bob.pk), "name": "bob", "role": "viewer"}
        assert (shown["id"], shown["seq"], shown["client_id"]) == (ack["id"], ack["seq"], client_id)
    stored = await call(ChatMessage.objects.get, stream=live_stream)
    assert (str(stored.pk), stored.text, stored.party_id) == (ack["id"], "Bravo! <b>", bob.party_id)


async def test_newcomers_are_shown_the_last_fifty(
    server: RoomServer, live_stream: Stream, alice: User
) -> None:
    async with page(await server.join(live_stream.pk, alice, **{"as": "studio"})) as studio:
        assert (await studio.next("room:welcome"))["you"]["role"] == "studio"
        for number in range(60):
            await studio.send(type="chat:send", client_id=f"c{number}", text=f"line {number}")
            await studio.next("chat:ack", client_id=f"c{number}")

        async with page(await server.join(live_stream.pk)) as anybody:
            welcome = await anybody.next("room:welcome")

    assert [message["text"] for message in welcome["history"]] == [
        f"line {number}" for number in range(10, 60)
    ]
    assert {message["user"]["role"] for message in welcome["history"]} == {"creator"}
    assert welcome["seq"] == welcome["history"][-1]["seq"]


async def test_who_may_not_write_is_told_why(
    server: RoomServer, live_stream: Stream, make_user: Callable[..., User]
) -> None:
    unconfirmed = await call(make_user, "dora", confirmed=False)
    for user, code in ((None, "not_signed_in"), (unconfirmed, "email_unconfirmed")):
        async with page(await server.join(live_stream.pk, user)) as somebody:
            you = (await somebody.next("room:welcome"))["you"]
            assert (you["can_chat"], you["can_chat_reason"]) == (False, code)

            await somebody.send(type="chat:send", client_id="c1", text="let me")

            assert (await somebody.next("error", client_id="c1"))["code"] == code


async def test_each_refusal_names_its_message(server: RoomServer, live_stream: Stream, bob: User) -> None:
    async with page(await server.join(live_stream.pk, bob)) as bobs:
        await bobs.send(type="chat:send", client_id="long", text="x" * 501)
        refused = await bobs.next("error", client_id="long")
        assert (refused["code"], refused["details"]) == ("too_long", {"limit": 500, "length": 501})
        await bobs.send(type="chat:send", client_id="empty", text=" \u200b ")
        assert (await bobs.next("error", client_id="empty"))["code"] == "empty"

        await bobs.send(type="chat:send", client_id="fine", text="x" * 500)
        await bobs.next("chat:ack", client_id="fine")


async def test_a_repeat_after_a_lost_answer_is_shown_once(
    server: RoomServer, live_stream: Stream, bob: User
) -> None:
    async with page(await server.join(live_stream.pk, bob)) as bobs:
        await bobs.send(type="chat:send", client_id="c1", text="once")
        first = await bobs.next("chat:ack", client_id="c1")
    async with page(await server.join(live_stream.pk, bob)) as again:
        await again.send(type="chat:send", client_id="c1", text="once")

        assert await again.next("chat:ack", client_id="c1") == first
    assert await call(ChatMessage.objects.count) == 1


async def test_a_room_that_was_prepared_is_open_before_the_first_picture(
    server: RoomServer, stream: Stream, bob: User
) -> None:
    async with page(await server.join(stream.pk, bob)) as bobs:
        assert (await bobs.next("room:welcome"))["state"]["status"] == "scheduled"
        await bobs.send(type="chat:send", client_id="c1", text="first!")

        await bobs.next("chat:ack", client_id="c1")
