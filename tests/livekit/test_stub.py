"""What a test can make the stub do: failures that a real server shows too seldom to be asked for."""

from typing import Any

import pytest
from livekit import api
from livekit.protocol.models import DisconnectReason, ParticipantInfo

from tests.livekit.conftest import LiveKit
from tests.livekit.sockets import Shut, Socket
from tests.livekit.stub import LiveKitStub, Refused
from tests.livekit.test_contract_webhooks import listening

LEFT = "participant_left"


@pytest.fixture
def room(livekit_stub: LiveKitStub) -> str:
    """With nothing to tell yet."""
    livekit_stub.create_room("room", empty=3600, departure=3600)
    livekit_stub.take_hooks()
    return "room"


def events(stub: LiveKitStub) -> list[str]:
    return [hook.event for hook in stub.take_hooks()]


def token(stub: LiveKitStub, identity: str, room: str, **grants: Any) -> str:
    given: dict[str, Any] = {"room_join": True, "room": room} | grants
    return (
        api.AccessToken(stub.key, stub.secret)
        .with_identity(identity)
        .with_grants(api.VideoGrants(**given))
        .to_jwt()
    )


def test_somebody_comes_publishes_and_goes(livekit_stub: LiveKitStub, room: str) -> None:
    sid = livekit_stub.join(room, "creator")
    [camera] = livekit_stub.publish(room, "creator", "camera")
    there = livekit_stub.participants(room)["creator"]
    assert (there.sid, there.state) == (sid, ParticipantInfo.State.ACTIVE)
    assert [track.sid for track in there.tracks] == [camera]
    livekit_stub.unpublish(room, "creator", "camera")
    livekit_stub.leave(room, "creator")
    assert events(livekit_stub) == ["participant_joined", "track_published", "track_unpublished", LEFT]
    assert livekit_stub.participants(room) == {}


def test_a_track_s_event_names_little_else(livekit_stub: LiveKitStub, room: str) -> None:
    livekit_stub.join(room, "creator")
    livekit_stub.publish(room, "creator", "microphone")
    published = livekit_stub.take_hooks()[-1].payload
    assert set(published["room"]) == {"sid", "name"}
    assert set(published["participant"]) == {"sid", "identity"}
    assert "type" not in published["track"]  # audio is zero, and zero is left out
    assert published["track"]["source"] == "MICROPHONE"


def test_who_vanishes_is_gone_after_21_seconds(livekit_stub: LiveKitStub, room: str) -> None:
    livekit_stub.join(room, "creator")
    livekit_stub.publish(room, "creator", "camera")
    livekit_stub.take_hooks()
    livekit_stub.vanish(room, "creator")
    livekit_stub.pass_time(20)
    assert livekit_stub.tracks(room, "creator") != []
    assert events(livekit_stub) == []
    livekit_stub.pass_time(1.5)
    left = livekit_stub.take_hooks()[-1].payload
    assert (left["event"], left["participant"]["disconnectReason"]) == (LEFT, "CONNECTION_TIMEOUT")
    assert livekit_stub.participants(room) == {}


def test_who_comes_back_in_time_stays(livekit_stub: LiveKitStub, room: str) -> None:
    livekit_stub.join(room, "creator")
    livekit_stub.vanish(room, "creator")
    livekit_stub.pass_time(15)
    livekit_stub.come_back(room, "creator")
    livekit_stub.pass_time(60)
    assert set(livekit_stub.participants(room)) == {"creator"}


async def test_sockets_bring_media_when_it_flows(livekit_stub: LiveKitStub, room: str) -> None:
    """Whose socket breaks then has 21 seconds to resume."""
    livekit_stub.set_media_flows(True)
    mine = token(livekit_stub, "viewer", room)
    async with Socket(livekit_stub.url, mine) as socket:
        sid = (await socket.joined()).participant.sid
        assert events(livekit_stub) == ["participant_joined"]
        await socket.close()
    livekit_stub.pass_time(15)
    async with Socket(livekit_stub.url, mine, resume=sid) as socket:
        await socket.hear("reconnect")
        livekit_stub.pass_time(60)
        assert livekit_stub.participants(room)["viewer"].sid == sid
        await socket.close()
    livekit_stub.pass_time(22)
    assert events(livekit_stub) == [LEFT]


async def test_who_never_gets_media_is_put_out(livekit_stub: LiveKitStub, room: str) -> None:
    async with Socket(livekit_stub.url, token(livekit_stub, "viewer", room)) as socket:
        await socket.joined()
        livekit_stub.pass_time(61)
        leave, _ = await socket.end()
    assert leave is not None
    assert leave.reason == DisconnectReason.JOIN_FAILURE
    assert events(livekit_stub) == ["participant_connection_aborted"]


async def test_tokens_are_renewed_each_five_minutes(livekit_stub: LiveKitStub, room: str) -> None:
    livekit_stub.set_media_flows(True)
    async with Socket(livekit_stub.url, token(livekit_stub, "viewer", room)) as socket:
        await socket.hear("refresh_token")
        livekit_stub.pass_time(301)
        await socket.hear("refresh_token")


def test_tokens_without_sockets(livekit_stub: LiveKitStub, room: str) -> None:
    """As pages come in, for tests of what we make of it; a copy throws out the first."""
    mine = token(livekit_stub, "viewer", room, hidden=True)
    first = livekit_stub.join_with(mine)
    second = livekit_stub.join_with(mine)
    assert livekit_stub.participants(room)["viewer"].sid == second != first
    assert livekit_stub.participants(room)["viewer"].permission.hidden
    assert events(livekit_stub) == ["participant_joined", LEFT, "participant_joined"]
    for bad, status in (("nonsense", 401), (token(livekit_stub, "viewer", "gone"), 404)):
        with pytest.raises(Refused) as refused:
            livekit_stub.join_with(bad)
        assert refused.value.status == status


def test_a_full_room_takes_nobody(livekit_stub: LiveKitStub) -> None:
    livekit_stub.create_room("small", people=1)
    livekit_stub.join("small", "one", hidden=True)
    with pytest.raises(Refused) as refused:
        livekit_stub.join("small", "two")
    assert refused.value.status == 500


async def test_old_tokens_raise_the_dead_where_rooms_make_themselves(livekit_stub: LiveKitStub) -> None:
    livekit_stub.create_room("over")
    mine = token(livekit_stub, "viewer", "over")
    livekit_stub.delete_room("over")
    with pytest.raises(Shut) as shut:
        async with Socket(livekit_stub.url, mine):
            pass
    assert shut.value.status == 404
    livekit_stub.set_auto_create(True)
    async with Socket(livekit_stub.url, mine) as socket:
        assert (await socket.joined()).room.name == "over"
    assert livekit_stub.rooms == ["over"]


async def test_a_server_that_dies_says_nothing(livekit_stub: LiveKitStub, room: str) -> None:
    """Neither then nor later; what it had to tell dies with it."""
    with listening("127.0.0.1", 0) as receiver:
        receiver.answers = lambda payload: 500
        livekit_stub.webhooks.url = receiver.url
        livekit_stub.join(room, "creator")
        async with Socket(livekit_stub.url, token(livekit_stub, "viewer", room)) as socket:
            await socket.joined()
            livekit_stub.restart()
            leave, _ = await socket.end()
        assert leave is None
        livekit_stub.pass_time(120)
        assert [got.payload["event"] for got in receiver.received] == ["participant_joined"]
    assert livekit_stub.participants(room) == {}


def test_without_redis_rooms_die_with_the_server() -> None:
    with LiveKitStub(redis=False) as stub:
        before = stub.create_room("room")
        stub.join("room", "creator")
        stub.restart()
        assert stub.rooms == []
        stub.take_hooks()
        assert stub.create_room("room") != before
        assert events(stub) == ["room_started"]


def test_with_redis_rooms_live_on_with_their_sid(livekit_stub: LiveKitStub, room: str) -> None:
    """And start anew with the first one who comes."""
    before = livekit_stub.room(room)
    livekit_stub.restart()
    after = livekit_stub.room(room)
    assert before is not None
    assert after is not None
    assert after.sid == before.sid
    livekit_stub.join(room, "creator")
    assert events(livekit_stub) == ["room_started", "participant_joined"]


async def test_away_and_back(livekit_stub: LiveKitStub, room: str) -> None:
    """At the same port, with everybody who needs no socket."""
    livekit_stub.join(room, "creator")
    port = livekit_stub.port
    livekit_stub.stop()
    with pytest.raises(OSError, match="Connect call failed"):
        async with Socket(livekit_stub.url, "token"):
            pass
    livekit_stub.start()
    assert livekit_stub.port == port
    assert set(livekit_stub.participants(room)) == {"creator"}


# --- webhooks ----------------------------------------------------------------


def test_lost(livekit_stub: LiveKitStub, room: str) -> None:
    livekit_stub.webhooks.mode = "lost"
    livekit_stub.join(room, "creator")
    livekit_stub.pass_time(120)
    livekit_stub.webhooks.mode = "deliver"
    livekit_stub.leave(room, "creator")
    assert events(livekit_stub) == [LEFT]
    assert [event.event for event in livekit_stub.webhooks.dropped] == ["participant_joined"]


def test_doubled(livekit_stub: LiveKitStub, room: str) -> None:
    livekit_stub.webhooks.mode = "doubled"
    livekit_stub.join(room, "creator")
    first, second = livekit_stub.take_hooks()
    assert first.id == second.id
    assert first.body == second.body


def test_swapped(livekit_stub: LiveKitStub, room: str) -> None:
    livekit_stub.webhooks.mode = "swapped"
    livekit_stub.join(room, "creator")
    livekit_stub.leave(room, "creator")
    assert events(livekit_stub) == [LEFT, "participant_joined"]
    livekit_stub.join(room, "creator")
    assert events(livekit_stub) == []
    livekit_stub.pass_time(1.1)  # nobody came to change places with
    assert events(livekit_stub) == ["participant_joined"]


def test_late(livekit_stub: LiveKitStub, room: str) -> None:
    livekit_stub.webhooks.mode, livekit_stub.webhooks.late_seconds = "late", 45
    livekit_stub.join(room, "creator")
    livekit_stub.webhooks.mode = "deliver"
    livekit_stub.leave(room, "creator")
    assert events(livekit_stub) == [LEFT]
    livekit_stub.pass_time(46)
    assert events(livekit_stub) == ["participant_joined"]


def test_tried_five_times_within_15_seconds_and_then_lost(livekit_stub: LiveKitStub, room: str) -> None:
    tries: list[int] = []
    with listening("127.0.0.1", 0) as receiver:
        receiver.answers = lambda payload: 500
        livekit_stub.webhooks.url = receiver.url
        livekit_stub.join(room, "creator")
        for _ in range(20):
            tries.append(len(receiver.received))
            livekit_stub.pass_time(1)
        livekit_stub.webhooks.url = None
    assert [second for second in range(1, 20) if tries[second] > tries[second - 1]] == [1, 3, 7, 15]
    assert tries[0] == 1
    assert [event.event for event in livekit_stub.webhooks.dropped] == ["participant_joined"]


def test_what_waited_for_half_a_minute_is_dropped(livekit_stub: LiveKitStub, room: str) -> None:
    """Two that nobody takes hold up the third for 30 seconds."""
    with listening("127.0.0.1", 0) as receiver:
        receiver.answers = lambda payload: 500
        livekit_stub.webhooks.url = receiver.url
        for _ in range(3):
            livekit_stub.join(room, "creator")
            livekit_stub.leave(room, "creator")
        livekit_stub.pass_time(31)
        receiver.answers = lambda payload: 200
        livekit_stub.pass_time(31)
        assert [got.status for got in receiver.received] == [500] * 10
    assert len(livekit_stub.webhooks.dropped) == 6


def test_a_refusal_is_no_reason_to_try_again(livekit_stub: LiveKitStub, room: str) -> None:
    with listening("127.0.0.1", 0) as receiver:
        receiver.answers = lambda payload: 401
        livekit_stub.webhooks.url = receiver.url
        livekit_stub.join(room, "creator")
        livekit_stub.pass_time(30)
        assert [got.status for got in receiver.received] == [401]


def test_four_hundred_who_leave_at_once_overrun_the_queue(livekit_stub: LiveKitStub, room: str) -> None:
    everybody = [f"viewer-{number}" for number in range(400)]
    for identity in everybody:
        livekit_stub.join(room, identity, hidden=True)
    livekit_stub.take_hooks()
    livekit_stub.leave(room, *everybody)
    told = [hook.payload["participant"]["identity"] for hook in livekit_stub.take_hooks()]
    assert told == everybody[:200]
    assert livekit_stub.participants(room) == {}


# --- encoders and recordings -------------------------------------------------


def an_ingress(stub: LiveKitStub, livekit: LiveKit) -> api.IngressInfo:
    return livekit.engine.create_ingress(
        api.CreateIngressRequest(
            input_type=api.IngressInput.RTMP_INPUT, room_name="room", participant_identity="encoder"
        )
    )


@pytest.fixture
def asking(livekit_stub: LiveKitStub) -> LiveKit:
    return LiveKit(livekit_stub.url, livekit_stub.key, livekit_stub.secret, livekit_stub)


@pytest.mark.usefixtures("room")
def test_an_encoder_pushes_and_stops(livekit_stub: LiveKitStub, asking: LiveKit) -> None:
    ingress = an_ingress(livekit_stub, asking)
    livekit_stub.push(ingress.stream_key)
    there = livekit_stub.participants("room")["encoder"]
    assert there.kind == ParticipantInfo.Kind.INGRESS
    assert len(there.tracks) == 2
    [listed] = asking.engine.list_ingress(ingress_id=ingress.ingress_id)
    assert listed.state.status == api.IngressState.ENDPOINT_PUBLISHING
    hooks = {hook.event: hook.payload for hook in livekit_stub.take_hooks()}
    assert hooks["ingress_started"]["ingressInfo"]["streamKey"] == ingress.stream_key  # in clear
    livekit_stub.stop_pushing(ingress.stream_key)
    assert livekit_stub.participants("room") == {}
    assert events(livekit_stub)[-2:] == [LEFT, "ingress_ended"]
    asking.engine.delete_ingress(ingress.ingress_id)
    with pytest.raises(Refused) as refused:
        livekit_stub.push(ingress.stream_key)
    assert refused.value.status == 404
    asking.engine.close()


@pytest.mark.usefixtures("room")
def test_no_capacity_for_encoders(livekit_stub: LiveKitStub, asking: LiveKit) -> None:
    ingress = an_ingress(livekit_stub, asking)
    livekit_stub.set_ingress_full(True)
    with pytest.raises(Refused) as refused:
        livekit_stub.push(ingress.stream_key)
    assert refused.value.status == 429
    [listed] = asking.engine.list_ingress(ingress_id=ingress.ingress_id)
    assert listed.state.status == api.IngressState.ENDPOINT_ERROR
    asking.engine.close()


async def test_no_more_addresses_for_encoders(livekit_stub: LiveKitStub, asking: LiveKit) -> None:
    livekit_stub.set_ingress_refused(True)
    body = {"input_type": "RTMP_INPUT", "room_name": "room", "participant_identity": "encoder"}
    status, answer = await asking.twirp("Ingress/CreateIngress", body, ingress_admin=True)
    assert (status, answer["code"]) == (429, "resource_exhausted")


async def test_no_redis_no_encoders(room: str) -> None:
    with LiveKitStub(redis=False) as stub:
        asking = LiveKit(stub.url, stub.key, stub.secret, stub)
        status, answer = await asking.twirp("Ingress/ListIngress", {}, ingress_admin=True)
        assert (status, answer["code"]) == (500, "internal")


@pytest.mark.usefixtures("room")
async def test_a_failed_egress_cannot_be_stopped(livekit_stub: LiveKitStub, asking: LiveKit) -> None:
    started = asking.engine.start_participant_egress(
        api.ParticipantEgressRequest(room_name="room", identity="creator")
    )
    livekit_stub.fail_egress(started.egress_id)
    status, answer = await asking.twirp(
        "Egress/StopEgress", {"egress_id": started.egress_id}, room_record=True
    )
    assert (status, answer["code"]) == (412, "failed_precondition")
    assert answer["msg"] == "egress with status EGRESS_FAILED cannot be stopped"
    assert events(livekit_stub) == ["egress_started", "egress_ended"]
    asking.engine.close()


@pytest.mark.usefixtures("room")
async def test_an_egress_without_its_service(livekit_stub: LiveKitStub, asking: LiveKit) -> None:
    livekit_stub.set_egress_service(False)
    body = {"room_name": "room", "identity": "creator"}
    status, answer = await asking.twirp("Egress/StartParticipantEgress", body, room_record=True)
    assert (status, answer["msg"]) == (503, "twirp error unknown: no response from servers")


@pytest.mark.usefixtures("room")
def test_an_egress_ends_with_whom_it_records(livekit_stub: LiveKitStub, asking: LiveKit) -> None:
    livekit_stub.join("room", "creator")
    request = api.ParticipantEgressRequest(room_name="room", identity="creator")
    started = asking.engine.start_participant_egress(request)
    livekit_stub.pass_time(3)
    livekit_stub.leave("room", "creator")
    livekit_stub.pass_time(5)
    assert livekit_stub.egresses[started.egress_id].status == api.EgressStatus.EGRESS_COMPLETE
    asking.engine.close()


def test_time_may_go_faster() -> None:
    """By itself, for tests that start whole servers and wait."""
    with LiveKitStub(speed=200) as stub:
        stub.create_room("room", empty=20)
        while stub.rooms:
            pass
        assert events(stub) == ["room_started", "room_finished"]


def test_what_was_asked(livekit_stub: LiveKitStub, asking: LiveKit) -> None:
    asking.engine.list_rooms(["a", "b"])
    [call] = livekit_stub.called("ListRooms")
    assert list(call.request.names) == ["a", "b"]
    asking.engine.close()
