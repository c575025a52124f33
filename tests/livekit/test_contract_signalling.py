"""Who gets into a room, who is thrown out, and what they hear of it: the stub and a real server alike."""

import time

import jwt
import pytest
from livekit.protocol import rtc
from livekit.protocol.models import DisconnectReason

from tests.livekit.conftest import LiveKit
from tests.livekit.sockets import Shut, Socket, join_request

PATHS = ["/rtc", "/rtc/v1"]


async def asked(livekit: LiveKit, path: str, token: str) -> tuple[int, str]:
    """What `validate` says of a token."""
    params = {"access_token": token} | ({"join_request": join_request()} if "v1" in path else {})
    return await livekit.get(f"{path}/validate", params=params)


async def shut(livekit: LiveKit, path: str, token: str) -> tuple[int, str]:
    """How the handshake itself is refused."""
    with pytest.raises(Shut) as refused:
        async with Socket(livekit.url, token, path):
            pass
    return refused.value.status, refused.value.text


@pytest.mark.parametrize("path", PATHS)
async def test_tokens_that_open_nothing(livekit: LiveKit, path: str) -> None:
    name = livekit.room()
    for token, text in [
        ("nonsense", "invalid authorization token"),
        (livekit.token("late", name, seconds=-90), "invalid token"),
        (livekit.token("else", name, room_join=False), "permissions denied"),
    ]:
        for status, said in (await asked(livekit, path, token), await shut(livekit, path, token)):
            assert status == 401
            assert said.startswith(text)
    params = {"join_request": join_request()} if "v1" in path else {}
    assert await livekit.get(f"{path}/validate", params=params) == (401, "no permissions to access the room")


@pytest.mark.parametrize("path", PATHS)
async def test_a_minute_of_leeway(livekit: LiveKit, path: str) -> None:
    token = livekit.token("guest", livekit.room(), seconds=-30)
    assert await asked(livekit, path, token) == (200, "success")
    async with Socket(livekit.url, token, path) as socket:
        assert (await socket.joined()).participant.identity == "guest"


@pytest.mark.parametrize("path", PATHS)
async def test_rooms_are_not_made_by_coming(livekit: LiveKit, path: str) -> None:
    """As long as ``auto_create`` is off, which is how we run it."""
    name = livekit.name()
    answers = [
        await asked(livekit, path, livekit.token("guest", name)),
        await shut(livekit, path, livekit.token("guest", name)),
    ]
    assert answers == [(404, "requested room does not exist")] * 2
    assert livekit.engine.list_rooms([name]) == []


async def test_v1_wants_to_know_the_client(livekit: LiveKit) -> None:
    params = {"access_token": livekit.token("guest", livekit.room())}
    assert await livekit.get("/rtc/v1/validate", params=params) == (400, "join_request is required")
    status, _ = await livekit.get("/rtc/v1/validate", params=params | {"join_request": "****"})
    assert status == 400


async def test_only_websockets_come_in(livekit: LiveKit) -> None:
    name = livekit.room()
    params = {"access_token": livekit.token("guest", name)}
    assert (await livekit.get("/rtc", params=params))[0] == 404
    assert livekit.engine.list_participants([name])[name] == []


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("in_header", [False, True])
async def test_what_one_hears_on_coming_in(livekit: LiveKit, path: str, in_header: bool) -> None:
    name = livekit.room()
    token = livekit.token("guest", name, can_publish=False)
    async with Socket(livekit.url, token, path, in_header=in_header) as socket:
        join = await socket.joined()
        assert (join.room.name, join.participant.identity) == (name, "guest")
        assert join.participant.sid.startswith("PA_")
        assert join.room.sid == livekit.engine.list_rooms([name])[0].sid
        assert list(join.other_participants) == []
        assert (join.participant.permission.can_subscribe, join.participant.permission.can_publish) == (1, 0)
        assert (join.ping_interval, join.ping_timeout) == (5, 15)


async def test_what_is_said_may_be_zipped(livekit: LiveKit) -> None:
    async with Socket(livekit.url, livekit.token("guest", livekit.room()), "/rtc/v1", zipped=True) as socket:
        assert (await socket.joined()).participant.identity == "guest"


async def test_the_server_renews_tokens(livekit: LiveKit) -> None:
    """For ten minutes, whatever we gave; so whoever was let in holds a token that outlives ours."""
    name = livekit.room()
    async with Socket(livekit.url, livekit.token("guest", name, seconds=60, hidden=True)) as socket:
        renewed = await socket.hear("refresh_token")
    claims = jwt.decode(renewed, livekit.secret, ["HS256"], leeway=60)
    assert claims["sub"] == "guest"
    assert (claims["video"]["room"], claims["video"]["hidden"]) == (name, True)
    assert claims["exp"] - time.time() > 500
    async with Socket(livekit.url, renewed) as again:
        assert (await again.joined()).participant.identity == "guest"


async def test_the_hidden_see_and_are_not_seen(livekit: LiveKit) -> None:
    name = livekit.room()
    async with (
        Socket(livekit.url, livekit.token("creator", name)) as creator,
        Socket(livekit.url, livekit.token("viewer", name, hidden=True)) as viewer,
    ):
        assert list((await creator.joined()).other_participants) == []
        [other] = (await viewer.joined()).other_participants
        assert other.identity == "creator"
        async with Socket(livekit.url, livekit.token("guest", name)) as guest:
            assert [seen.identity for seen in (await guest.joined()).other_participants] == ["creator"]
            for told in (viewer, creator):
                while "guest" not in {seen.identity for seen in (await told.hear("update")).participants}:
                    pass
        heard = {seen.identity for message in creator.heard for seen in message.update.participants}
        assert "viewer" not in heard


@pytest.mark.parametrize("path", PATHS)
async def test_a_full_room(livekit: LiveKit, path: str) -> None:
    """The hidden count. `validate` knows nothing of it, and the handshake's 500 says nothing of it."""
    name = livekit.room(people=2)
    async with (
        Socket(livekit.url, livekit.token("one", name)) as one,
        Socket(livekit.url, livekit.token("two", name, hidden=True)) as two,
    ):
        await one.joined()
        await two.joined()
        token = livekit.token("three", name)
        assert await asked(livekit, path, token) == (200, "success")
        assert await shut(livekit, path, token) == (500, "connection closed by media")
        # Who is in already takes nobody's place.
        async with Socket(livekit.url, livekit.token("one", name), path) as again:
            await again.joined()


@pytest.mark.parametrize("path", PATHS)
async def test_an_identity_is_there_once(livekit: LiveKit, path: str) -> None:
    """The later one throws out the earlier, who need not have done anything wrong."""
    name = livekit.room()
    token = livekit.token("guest", name)
    async with Socket(livekit.url, token, path) as first:
        sid = (await first.joined()).participant.sid
        async with Socket(livekit.url, token, path) as second:
            assert (await second.joined()).participant.sid != sid
            leave, code = await first.end()
            assert leave is not None
            assert leave.reason == DisconnectReason.DUPLICATE_IDENTITY
            assert leave.action == rtc.LeaveRequest.Action.DISCONNECT
            assert code == 1000
            [there] = livekit.engine.list_participants([name])[name]
            assert there.sid != sid


async def test_removal_alone_keeps_nobody_out(livekit: LiveKit) -> None:
    """The same token, and the renewed one, open the door again at once."""
    name = livekit.room()
    token = livekit.token("guest", name)
    async with Socket(livekit.url, token) as socket:
        renewed = await socket.hear("refresh_token")
        livekit.engine.remove_participant(room=name, identity="guest")
        leave, code = await socket.end()
        assert leave is not None
        assert (leave.reason, code) == (DisconnectReason.PARTICIPANT_REMOVED, 1000)
        assert livekit.engine.list_participants([name])[name] == []
    for known in (token, renewed):
        async with Socket(livekit.url, known) as again:
            await again.joined()
            assert [found.identity for found in livekit.engine.list_participants([name])[name]] == ["guest"]


async def test_a_deleted_room_puts_everybody_out(livekit: LiveKit) -> None:
    name = livekit.room()
    token = livekit.token("guest", name)
    async with Socket(livekit.url, token) as socket:
        await socket.joined()
        livekit.engine.delete_room(name)
        leave, _ = await socket.end()
        assert leave is not None
        assert leave.reason == DisconnectReason.ROOM_DELETED
    assert await shut(livekit, "/rtc", token) == (404, "requested room does not exist")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("right_sid", [True, False])
async def test_resuming_takes_over_whatever_sid_is_named(
    livekit: LiveKit, path: str, right_sid: bool
) -> None:
    """The participant stays the same one, and the socket before is closed without a word."""
    name = livekit.room()
    token = livekit.token("guest", name)
    async with Socket(livekit.url, token, path) as first:
        sid = (await first.joined()).participant.sid
        resume = sid if right_sid else "PA_somebodyelse"
        async with Socket(livekit.url, token, path, resume=resume) as second:
            await second.hear("reconnect")
            assert await first.end() == (None, 1000)
            assert [found.sid for found in livekit.engine.list_participants([name])[name]] == [sid]


@pytest.mark.parametrize("path", PATHS)
async def test_nobody_resumes_what_is_over(livekit: LiveKit, path: str) -> None:
    name = livekit.room()
    async with Socket(livekit.url, livekit.token("guest", name), path, resume="PA_gone") as socket:
        leave, _ = await socket.end()
    assert leave is not None
    assert leave.reason == DisconnectReason.STATE_MISMATCH
    assert leave.action == rtc.LeaveRequest.Action.RECONNECT
    assert livekit.engine.list_participants([name])[name] == []


async def test_one_token_can_bring_two_people(livekit: LiveKit) -> None:
    """``publish`` in the address of `/rtc`: a participant of another identity. Nothing of ours uses it."""
    name = livekit.room()
    token = livekit.token("creator", name)
    async with (
        Socket(livekit.url, token) as one,
        Socket(livekit.url, token, publish="camera2") as other,
    ):
        await one.joined()
        second = (await other.joined()).participant
        assert (second.identity, second.permission.can_subscribe) == ("creator#camera2", False)
    viewer = livekit.token("viewer", name, can_publish=False)
    with pytest.raises(Shut) as refused:
        async with Socket(livekit.url, viewer, publish="camera2"):
            pass
    assert refused.value.status == 401


async def test_leaving(livekit: LiveKit) -> None:
    """By saying so; and who never had media is gone with the socket."""
    name = livekit.room()

    def nobody() -> bool:
        return livekit.engine.list_participants([name])[name] == []

    async with Socket(livekit.url, livekit.token("guest", name)) as socket:
        await socket.joined()
        leave = rtc.LeaveRequest(reason=DisconnectReason.CLIENT_INITIATED)
        await socket.say(rtc.SignalRequest(leave=leave))
        await socket.end()
        await livekit.let_pass(1, nobody)
    async with Socket(livekit.url, livekit.token("guest", name)) as socket:
        await socket.joined()
        await socket.close()
        await livekit.let_pass(1, nobody)


async def test_pings_are_answered(livekit: LiveKit) -> None:
    async with Socket(livekit.url, livekit.token("guest", livekit.room())) as socket:
        await socket.joined()
        await socket.say(rtc.SignalRequest(ping_req=rtc.Ping(timestamp=7)))
        assert (await socket.hear("pong_resp")).last_ping_timestamp == 7
