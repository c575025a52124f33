"""A message from one page to another, through real servers."""

from uuid import uuid4

import pytest

from accounts.models import User
from chat.models import ChatMessage
from realtime.calls import call
from streams.models import Stream
from tests.realtime.running import RoomServer, page

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
        assert welcome["state"] == {"status": "live", "live": True, "paused": False}
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
