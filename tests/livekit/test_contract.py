"""What we rely on in the API of rooms, of the stub and of a real server alike."""

from typing import Any

import jwt
import pytest
from livekit.protocol.models import ParticipantInfo
from livekit.protocol.room import ListRoomsResponse

from tests.livekit.conftest import NO_SERVER, LiveKit, named_server
from tests.livekit.sockets import Socket

ROOM = {"room": "some", "identity": "somebody"}
DENIED = {"code": "unauthenticated", "msg": "permissions denied"}
NOBODY = {"code": "not_found", "msg": "twirp error unknown: participant does not exist"}
NO_ROOM = {"code": "not_found", "msg": "twirp error unknown: requested room does not exist"}
NO_RESPONSE = {"code": "unavailable", "msg": "twirp error unknown: no response from servers"}


@pytest.mark.live
def test_a_real_server_is_asked_too() -> None:
    """All that follows runs against the stub, and a second time against a server that is named."""
    if named_server() is None:
        pytest.skip(NO_SERVER)


async def test_a_room_is_made_once_and_keeps_its_limits(livekit: LiveKit) -> None:
    wanted = {"name": livekit.name(), "empty_timeout": 60, "departure_timeout": 30, "max_participants": 2}
    status, first = await livekit.twirp("RoomService/CreateRoom", wanted, room_create=True)
    _, again = await livekit.twirp(
        "RoomService/CreateRoom", wanted | {"max_participants": 9, "empty_timeout": 5}, room_create=True
    )
    assert status == 200
    assert first["sid"].startswith("RM_")
    assert again == first
    assert [first[name] for name in wanted] == list(wanted.values())


async def test_rooms_are_listed_by_name(livekit: LiveKit) -> None:
    one, other = livekit.room(), livekit.room()
    _, found = await livekit.twirp("RoomService/ListRooms", {"names": [one, "nowhere"]}, room_list=True)
    assert [room["name"] for room in found["rooms"]] == [one]
    _, found = await livekit.twirp("RoomService/ListRooms", {}, room_list=True)
    assert {one, other} <= {room["name"] for room in found["rooms"]}


async def test_a_room_that_is_not_there(livekit: LiveKit) -> None:
    name = livekit.name()
    admin = {"room_admin": True, "room": name}
    assert await livekit.twirp("RoomService/DeleteRoom", {"room": name}, room_create=True) == (404, NO_ROOM)
    assert await livekit.twirp("RoomService/ListParticipants", {"room": name}, **admin) == (
        200,
        {"participants": []},
    )
    metadata = {"room": name, "metadata": "x"}
    assert await livekit.twirp("RoomService/UpdateRoomMetadata", metadata, **admin) == (404, NO_ROOM)
    sent = {"room": name, "data": "aGk="}
    assert await livekit.twirp("RoomService/SendData", sent, **admin) == (503, NO_RESPONSE)


@pytest.mark.parametrize("method", ["GetParticipant", "RemoveParticipant", "UpdateParticipant"])
async def test_somebody_who_is_not_there(livekit: LiveKit, method: str) -> None:
    name = livekit.room()
    asked = {"room": name, "identity": "nobody"}
    assert await livekit.twirp(f"RoomService/{method}", asked, room_admin=True, room=name) == (404, NOBODY)


@pytest.mark.parametrize("method", ["MutePublishedTrack", "UpdateSubscriptions"])
async def test_what_only_somebody_s_own_node_answers(livekit: LiveKit, method: str) -> None:
    """Of these one learns, after seconds, whether somebody is really there."""
    name = livekit.room()
    asked = {"room": name, "identity": "nobody"}
    answer = await livekit.twirp(f"RoomService/{method}", asked, room_admin=True, room=name)
    assert answer == (503, NO_RESPONSE)


@pytest.mark.parametrize(
    ("method", "body", "grants"),
    [
        ("RoomService/CreateRoom", {"name": "some"}, {"room_list": True}),
        ("RoomService/DeleteRoom", {"room": "some"}, {"room_admin": True, "room": "some"}),
        ("RoomService/ListRooms", {}, {"room_create": True}),
        ("RoomService/ListParticipants", ROOM, {"room_admin": True, "room": "other"}),
        ("RoomService/GetParticipant", ROOM, {"room_admin": True}),
        ("RoomService/RemoveParticipant", ROOM, {"room_list": True, "room": "some"}),
        ("RoomService/MutePublishedTrack", ROOM, {"room_admin": True, "room": "other"}),
        ("RoomService/UpdateParticipant", ROOM, {"room_create": True}),
        ("RoomService/UpdateSubscriptions", ROOM, {"room_list": True}),
        ("RoomService/UpdateRoomMetadata", {"room": "some"}, {"room_create": True}),
        ("RoomService/SendData", {"room": "some"}, {"room_list": True}),
        ("Egress/ListEgress", {}, {"room_admin": True, "room": "some"}),
        ("Egress/StartParticipantEgress", {"room_name": "some"}, {"room_create": True}),
        ("Egress/StopEgress", {"egress_id": "EG_x"}, {"ingress_admin": True}),
        ("Ingress/CreateIngress", {"input_type": "RTMP_INPUT"}, {"room_record": True}),
        ("Ingress/ListIngress", {}, {"room_list": True}),
        ("Ingress/UpdateIngress", {"ingress_id": "IN_x"}, {"room_create": True}),
        ("Ingress/DeleteIngress", {"ingress_id": "IN_x"}, {"room_create": True}),
    ],
)
async def test_each_method_wants_its_own_grant(
    livekit: LiveKit, method: str, body: dict[str, Any], grants: dict[str, Any]
) -> None:
    assert await livekit.twirp(method, body, **grants) == (401, DENIED)


async def test_tokens_that_are_none(livekit: LiveKit) -> None:
    """The answer is text, not Twirp's JSON, and repeats the token: nothing for a log."""

    async def answer(token: str) -> tuple[int, str]:
        headers = {"Authorization": f"Bearer {token}"}
        return await livekit.request("POST", "/twirp/livekit.RoomService/ListRooms", json={}, headers=headers)

    assert await answer("nonsense") == (401, "invalid authorization token")
    foreign = jwt.encode({"iss": "somebody else"}, livekit.secret, "HS256")
    assert await answer(foreign) == (401, "invalid API key: somebody else")
    forged = jwt.encode({"iss": livekit.key}, livekit.secret[::-1], "HS256")
    status, text = await answer(forged)
    assert (status, forged in text) == (401, True)
    old = livekit.api_token(seconds=-90, room_list=True)
    status, text = await answer(old)
    assert (status, old in text) == (401, True)
    # Expired half a minute ago: within the leeway.
    assert (await answer(livekit.api_token(seconds=-30, room_list=True)))[0] == 200


async def test_no_token(livekit: LiveKit) -> None:
    status, text = await livekit.request("POST", "/twirp/livekit.RoomService/ListRooms", json={})
    assert (status, "permissions denied" in text) == (401, True)
    headers = {"Authorization": livekit.api_token(room_list=True)}
    status, text = await livekit.request(
        "POST", "/twirp/livekit.RoomService/ListRooms", json={}, headers=headers
    )
    assert (status, text) == (401, "invalid authorization header. Must start with Bearer ")


async def test_requests_that_are_none(livekit: LiveKit) -> None:
    status, body = await livekit.twirp("RoomService/Nothing", {}, room_list=True)
    assert (status, body["code"]) == (404, "bad_route")
    headers = {"Authorization": f"Bearer {livekit.api_token(room_list=True)}"}
    path = "/twirp/livekit.RoomService/ListRooms"
    status, text = await livekit.get(path, headers=headers)
    assert (status, "bad_route" in text) == (404, True)
    status, text = await livekit.request(
        "POST", path, data="{", headers=headers | {"Content-Type": "application/json"}
    )
    assert (status, "malformed" in text) == (400, True)
    status, _ = await livekit.request("POST", "/twirp/livekit.Nothing/Nothing", json={}, headers=headers)
    assert status == 404
    assert (await livekit.get("/"))[0] == 200


async def test_protobuf_and_json_say_the_same(livekit: LiveKit) -> None:
    name = livekit.room()
    _, as_json = await livekit.twirp("RoomService/ListRooms", {"names": [name]}, room_list=True)
    [room] = livekit.engine.list_rooms([name])
    assert ListRoomsResponse(rooms=[room]).rooms[0].sid == as_json["rooms"][0]["sid"]
    assert str(room.creation_time_ms) == as_json["rooms"][0]["creation_time_ms"]


async def test_people_in_a_room(livekit: LiveKit) -> None:
    """Who has come by the socket is there at once, as JOINED, hidden or not."""
    name = livekit.room()
    seen = livekit.token("seen", name)
    unseen = livekit.token("unseen", name, hidden=True, can_publish=False)
    async with Socket(livekit.url, seen) as one, Socket(livekit.url, unseen) as other:
        sids = {
            "seen": (await one.joined()).participant.sid,
            "unseen": (await other.joined()).participant.sid,
        }
        people = {found.identity: found for found in livekit.engine.list_participants([name])[name]}
        assert {identity: found.sid for identity, found in people.items()} == sids
        assert {found.state for found in people.values()} == {ParticipantInfo.State.JOINED}
        assert [people[identity].permission.hidden for identity in ("seen", "unseen")] == [False, True]
        _, found = await livekit.twirp(
            "RoomService/GetParticipant", {"room": name, "identity": "seen"}, room_admin=True, room=name
        )
        assert found["sid"] == sids["seen"]


async def test_counts_come_late_and_include_the_hidden(livekit: LiveKit) -> None:
    name = livekit.room()
    [fresh] = livekit.engine.list_rooms([name])
    assert fresh.num_participants == 0
    async with (
        Socket(livekit.url, livekit.token("seen", name)) as one,
        Socket(livekit.url, livekit.token("unseen", name, hidden=True)) as other,
    ):
        await one.joined()
        await other.joined()
        [room] = livekit.engine.list_rooms([name])
        assert room.num_participants == 0
        await livekit.let_pass(7, lambda: livekit.engine.list_rooms([name])[0].num_participants == 2)


async def test_a_microphone_is_not_opened_from_afar(livekit: LiveKit) -> None:
    name = livekit.room()
    async with Socket(livekit.url, livekit.token("guest", name)) as socket:
        await socket.joined()
        asked = {"room": name, "identity": "guest", "track_sid": "TR_x", "muted": False}
        answer = await livekit.twirp("RoomService/MutePublishedTrack", asked, room_admin=True, room=name)
        assert answer == (
            412,
            {"code": "failed_precondition", "msg": "twirp error unknown: remote unmute not enabled"},
        )


async def test_permissions_are_taken_as_a_whole(livekit: LiveKit) -> None:
    """What is not written in an update is taken away."""
    name = livekit.room()
    async with Socket(livekit.url, livekit.token("guest", name)) as socket:
        before = (await socket.joined()).participant.permission
        assert before.can_publish
        assert before.can_subscribe
        asked = {"room": name, "identity": "guest", "name": "Gus", "permission": {"can_subscribe": True}}
        _, after = await livekit.twirp("RoomService/UpdateParticipant", asked, room_admin=True, room=name)
        assert after["name"] == "Gus"
        permission = after["permission"]
        assert (permission["can_subscribe"], permission["can_publish"]) == (True, False)


async def test_metadata_reaches_who_is_there(livekit: LiveKit) -> None:
    name = livekit.room()
    async with Socket(livekit.url, livekit.token("guest", name)) as socket:
        await socket.joined()
        body = {"room": name, "metadata": "be right back"}
        _, room = await livekit.twirp("RoomService/UpdateRoomMetadata", body, room_admin=True, room=name)
        assert room["metadata"] == "be right back"
        while (await socket.hear("room_update")).room.metadata != "be right back":
            pass


async def test_a_nonce_has_sixteen_bytes(livekit: LiveKit) -> None:
    name = livekit.room()
    admin = {"room_admin": True, "room": name}
    sent = {"room": name, "data": "aGk="}
    assert await livekit.twirp("RoomService/SendData", sent, **admin) == (200, {})
    status, body = await livekit.twirp("RoomService/SendData", sent | {"nonce": "AAAA"}, **admin)
    assert (status, body["code"]) == (400, "invalid_argument")


async def test_empty_rooms_go(livekit: LiveKit) -> None:
    """After one time if nobody ever came, after another since the last one left."""
    unused, left = livekit.room(empty=2, departure=60), livekit.room(empty=60, departure=2)
    async with Socket(livekit.url, livekit.token("guest", left)) as socket:
        await socket.joined()
        await livekit.let_pass(6, lambda: livekit.engine.list_rooms([unused]) == [])
        assert [room.name for room in livekit.engine.list_rooms([left])] == [left]
    # A socket that never had media takes its participant along.
    await livekit.let_pass(6, lambda: livekit.engine.list_rooms([left]) == [])
