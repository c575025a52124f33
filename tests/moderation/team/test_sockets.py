"""A role that changes holds at once, also for sockets that are open."""

import pytest

from accounts.models import User
from moderation.team.services import member_invite
from realtime.calls import call
from realtime.sockets import CLOSE_RESTART
from streams.models import Stream
from tests.realtime.running import RoomServer, closed_with, page, session_cookie

pytestmark = pytest.mark.django_db(transaction=True)
# The second is how Daphne says it.
RESTARTS = {CLOSE_RESTART, 3000 + CLOSE_RESTART}


async def test_whoever_joins_a_team_comes_back_as_one_of_it(
    server: RoomServer, live_stream: Stream, alice: User, bob: User, charlie: User
) -> None:
    await call(member_invite, actor=alice, channel=alice, person=bob, role="moderator")
    cookies = await call(session_cookie, bob)
    owners = await call(session_cookie, alice)

    async with page(await server.join(live_stream.pk, bob)) as before:
        await before.next("room:welcome")
        await call(server.request, "POST", "/api/me/teams/alice/accept", {}, cookies=cookies)
        assert await closed_with(before) in RESTARTS

    async with page(await server.join(live_stream.pk, bob)) as member:
        await member.next("room:welcome")
        warning = f"/api/channels/alice/warnings/{charlie.pk}"
        await call(server.request, "POST", warning, {"reason": "be nice"}, cookies=owners)
        assert (await member.next("mod:acted", action="person.warned"))["whom"]["name"] == "charlie"

        await call(server.request, "DELETE", f"/api/channels/alice/team/{bob.pk}", cookies=owners)
        assert await closed_with(member) in RESTARTS

    async with page(await server.join(live_stream.pk, bob)) as afterwards:
        await afterwards.next("room:welcome")
        await call(server.request, "POST", warning, {"reason": "again"}, cookies=owners)
        await call(
            server.request,
            "POST",
            f"/api/streams/{live_stream.pk}/message",
            {"client_id": "c1", "text": "hello"},
            cookies=owners,
        )
        heard = []
        while "chat:message" not in heard:
            heard += [event["type"] for event in await afterwards.frame()]
        assert "mod:acted" not in heard
