"""A process dies between committing a message and showing it: the message is there, once, for everybody."""

import os
import signal
import subprocess
import sys

import pytest
from django.db import connection

from accounts.models import User
from realtime.calls import call
from streams.models import Stream
from tests.realtime.running import RoomServer, page

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.chaos]

# Stands in for a server process: accepts one line, and is gone when the database has it.
DYING = """
import os, signal, sys
from uuid import UUID
from django.conf import settings
settings.DATABASES["default"]["NAME"] = os.environ["ROOM_DATABASE"]
import django
django.setup()
from accounts.models import User
from chat import services, storing
from chat.models import AuthorRole

storing.entries_publish = lambda *arguments: os.kill(os.getpid(), signal.SIGKILL)
bob = User.objects.get(username="bob")
line = services.Line(
    user_id=bob.pk, party_id=bob.party_id, name="bob", role=AuthorRole.VIEWER, client_id="c1", text="last words"
)
services.messages_accept(stream_id=UUID(sys.argv[1]), lines=[line])
"""


async def test_an_accepted_message_survives_the_process_that_accepted_it(
    server: RoomServer, live_stream: Stream, bob: User
) -> None:
    async with page(await server.join(live_stream.pk, bob)) as bobs:
        await bobs.next("room:welcome")

        assert await call(_accept_and_die, live_stream) == -signal.SIGKILL

        # Nobody announced it; the server finds it when it next looks, within five seconds.
        shown = await bobs.next("chat:message", text="last words")
        # The sender never had an answer, so it tries again.
        await bobs.send(type="chat:send", client_id="c1", text="last words")
        ack = await bobs.next("chat:ack", client_id="c1")
        assert (ack["id"], ack["seq"]) == (shown["id"], shown["seq"])
        await bobs.send(type="chat:send", client_id="c2", text="next")
        assert (await bobs.next("chat:message"))["text"] == "next"


def _accept_and_die(stream: Stream) -> int:
    environment = os.environ | {
        "ROOM_DATABASE": str(connection.settings_dict["NAME"]),
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
    }
    return subprocess.run(
        [sys.executable, "-c", DYING, str(stream.pk)], env=environment, check=False
    ).returncode
