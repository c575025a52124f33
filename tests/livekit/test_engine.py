"""Our one way of asking LiveKit, against the stub and a real server alike."""

import os
import threading
from collections.abc import Iterator

import pytest
from livekit import api

from streams.media.errors import MediaAway
from streams.media.livekit.client import Engine, EngineRefused
from tests.chaos.serving import free_port
from tests.livekit.conftest import LiveKit
from tests.livekit.sockets import Socket
from tests.livekit.stub import LiveKitStub, TwirpError

RTMP = api.IngressInput.RTMP_INPUT


@pytest.fixture
def redis_there(livekit: LiveKit) -> None:
    """Ingress and egress need it, so a real server may have been started without."""
    try:
        livekit.engine.list_ingress(room="nowhere")
    except EngineRefused as refused:
        if refused.reason != api.TwirpErrorCode.INTERNAL:
            raise
        pytest.skip("this LiveKit server has no Redis, and so no ingress")


def an_ingress(livekit: LiveKit, room: str) -> api.IngressInfo:
    request = api.CreateIngressRequest(
        input_type=RTMP, name="n", room_name=room, participant_identity="encoder"
    )
    return livekit.engine.create_ingress(request)


def test_a_room_from_beginning_to_end(livekit: LiveKit) -> None:
    name = livekit.name()
    first = livekit.engine.create_room(name=name, empty_timeout=60, departure_timeout=30, max_participants=3)
    again = livekit.engine.create_room(name=name, empty_timeout=1, departure_timeout=1, max_participants=1)
    assert again.sid == first.sid
    [listed] = livekit.engine.list_rooms([name])
    assert (listed.sid, listed.empty_timeout, listed.max_participants) == (first.sid, 60, 3)
    assert name in [room.name for room in livekit.engine.list_rooms()]
    livekit.engine.delete_room(name)
    assert livekit.engine.list_rooms([name]) == []
    livekit.engine.delete_room(name)  # what is gone is deleted
    assert livekit.engine.create_room(
        name=name, empty_timeout=60, departure_timeout=30, max_participants=3
    ).sid not in {"", first.sid}


async def test_people_of_several_rooms(livekit: LiveKit) -> None:
    one, other, gone = livekit.room(), livekit.room(), livekit.name()
    async with (
        Socket(livekit.url, livekit.token("here", one)) as here,
        Socket(livekit.url, livekit.token("there", other, hidden=True)) as there,
    ):
        sid = (await here.joined()).participant.sid
        await there.joined()
        people = livekit.engine.list_participants([one, other, gone])
        assert {room: [found.identity for found in people[room]] for room in people} == {
            one: ["here"],
            other: ["there"],
            gone: [],
        }
        found = livekit.engine.get_participant(room=one, identity="here")
        assert found is not None
        assert found.sid == sid
        assert livekit.engine.get_participant(room=one, identity="there") is None
        reached = livekit.engine.out_of_reach([(one, "here"), (other, "there"), (one, "nobody")])
        assert reached == [(one, "nobody")]


async def test_removing(livekit: LiveKit) -> None:
    name = livekit.room()
    async with (
        Socket(livekit.url, livekit.token("one", name)) as one,
        Socket(livekit.url, livekit.token("two", name)) as two,
        Socket(livekit.url, livekit.token("three", name)) as three,
    ):
        for socket in (one, two, three):
            await socket.joined()
        livekit.engine.remove_participant(room=name, identity="one")
        livekit.engine.remove_participant(room=name, identity="one")
        assert livekit.engine.remove_participants(room=name, identities=["one", "two"]) == []
        assert [found.identity for found in livekit.engine.list_participants([name])[name]] == ["three"]


@pytest.mark.usefixtures("redis_there")
def test_an_address_for_an_encoder(livekit: LiveKit) -> None:
    room = livekit.room()
    made = an_ingress(livekit, room)
    assert (made.room_name, made.participant_identity, made.reusable) == (room, "encoder", True)
    assert made.stream_key
    assert made.url.startswith("rtmp://")
    [listed] = livekit.engine.list_ingress(ingress_id=made.ingress_id)
    assert listed.stream_key == made.stream_key
    assert [found.ingress_id for found in livekit.engine.list_ingress(room=room)] == [made.ingress_id]
    assert listed.state.status == api.IngressState.ENDPOINT_INACTIVE
    changed = livekit.engine.update_ingress(
        api.UpdateIngressRequest(ingress_id=made.ingress_id, participant_identity="another", enabled=False)
    )
    assert (changed.participant_identity, changed.enabled) == ("another", False)
    assert changed.stream_key == made.stream_key
    livekit.engine.delete_ingress(made.ingress_id)
    livekit.engine.delete_ingress(made.ingress_id)
    assert livekit.engine.list_ingress(room=room) == []


@pytest.mark.usefixtures("redis_there")
def test_what_ingress_refuses(livekit: LiveKit) -> None:
    with pytest.raises(EngineRefused) as refused:
        livekit.engine.create_ingress(api.CreateIngressRequest(input_type=RTMP, room_name=livekit.room()))
    assert (refused.value.reason, refused.value.status) == ("invalid_argument", 400)
    for ask in (
        lambda: livekit.engine.list_ingress(ingress_id="IN_none"),
        lambda: livekit.engine.update_ingress(api.UpdateIngressRequest(ingress_id="IN_none")),
    ):
        with pytest.raises(EngineRefused) as refused:
            ask()
        assert (refused.value.reason, refused.value.status) == ("not_found", 404)


@pytest.mark.usefixtures("redis_there")
def test_egress_of_what_is_not_there(livekit: LiveKit) -> None:
    assert livekit.engine.list_egress(room=livekit.room()) == []
    livekit.engine.stop_egress("EG_none")
    with pytest.raises(EngineRefused) as refused:
        livekit.engine.start_participant_egress(
            api.ParticipantEgressRequest(room_name=livekit.name(), identity="creator")
        )
    assert refused.value.reason == "not_found"


def test_egress_of_somebody(livekit_stub: LiveKitStub, engine: Engine) -> None:
    livekit_stub.create_room("room")
    livekit_stub.join("room", "creator")
    request = api.ParticipantEgressRequest(room_name="room", identity="creator")
    request.stream_outputs.append(api.StreamOutput(protocol=api.StreamProtocol.RTMP, urls=["rtmp://x/y"]))
    started = engine.start_participant_egress(request)
    assert [found.egress_id for found in engine.list_egress(room="room")] == [started.egress_id]
    livekit_stub.pass_time(3)
    assert engine.list_egress(room="room")[0].status == api.EgressStatus.EGRESS_ACTIVE
    engine.stop_egress(started.egress_id)
    engine.stop_egress(started.egress_id)
    livekit_stub.pass_time(5)
    assert engine.list_egress(room="room") == []
    assert livekit_stub.egresses[started.egress_id].status == api.EgressStatus.EGRESS_COMPLETE


def test_an_egress_that_failed_is_stopped_already(livekit_stub: LiveKitStub, engine: Engine) -> None:
    livekit_stub.create_room("room")
    started = engine.start_participant_egress(api.ParticipantEgressRequest(room_name="room", identity="x"))
    livekit_stub.fail_egress(started.egress_id)
    engine.stop_egress(started.egress_id)


def test_no_egress_service(livekit_stub: LiveKitStub, engine: Engine) -> None:
    livekit_stub.create_room("room")
    livekit_stub.set_egress_service(False)
    with pytest.raises(MediaAway):
        engine.start_participant_egress(api.ParticipantEgressRequest(room_name="room", identity="x"))


def test_rooms_make_themselves_or_not(livekit: LiveKit) -> None:
    if livekit.stub is not None:
        livekit.stub.set_auto_create(True)
        assert livekit.engine.auto_create_is_on()
        livekit.stub.set_auto_create(False)
    assert not livekit.engine.auto_create_is_on()


def test_a_wrong_secret(livekit: LiveKit) -> None:
    """Said as a refusal: waiting for the server would not help."""
    engine = Engine(url=livekit.url, key=livekit.key, secret=livekit.secret[::-1])
    try:
        for ask in (engine.auto_create_is_on, engine.list_rooms):
            with pytest.raises(EngineRefused) as refused:
                ask()
            assert refused.value.status == 401
    finally:
        engine.close()


def test_the_address_may_be_a_websocket_s(livekit: LiveKit) -> None:
    engine = Engine(url=livekit.url.replace("http", "ws", 1) + "/", key=livekit.key, secret=livekit.secret)
    try:
        assert engine.list_rooms(["nowhere"]) == []
    finally:
        engine.close()


def test_a_server_that_is_away(livekit_stub: LiveKitStub, engine: Engine) -> None:
    livekit_stub.create_room("room")
    livekit_stub.stop()
    for ask in (engine.list_rooms, lambda: engine.list_participants(["room"]), engine.auto_create_is_on):
        with pytest.raises(MediaAway):
            ask()
    livekit_stub.start()
    assert [room.name for room in engine.list_rooms()] == ["room"]


def test_nobody_ever_listened() -> None:
    engine = Engine(url=f"http://127.0.0.1:{free_port()}", key="k", secret="s" * 32)
    try:
        with pytest.raises(MediaAway):
            engine.list_rooms()
    finally:
        engine.close()


def test_a_server_that_hangs(
    livekit_stub: LiveKitStub, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Engine._call, "__defaults__", (0.2,))  # five seconds, in place of which
    engine.list_rooms()
    livekit_stub.delay_seconds = 5
    with pytest.raises(MediaAway):
        engine.get_participant(room="room", identity="x")


def test_a_refusal_says_which(livekit_stub: LiveKitStub, engine: Engine) -> None:
    livekit_stub.faults["CreateRoom"] = TwirpError("resource_exhausted", "too many rooms")
    with pytest.raises(EngineRefused) as refused:
        engine.create_room(name="x", empty_timeout=1, departure_timeout=1, max_participants=1)
    assert (refused.value.reason, refused.value.status) == ("resource_exhausted", 429)


def test_ghosts_are_told_of_and_out_of_reach(livekit_stub: LiveKitStub, engine: Engine) -> None:
    """After the server died, with its rooms in Redis: it lists who was there, and cannot remove them."""
    sid = livekit_stub.create_room("room")
    livekit_stub.join("room", "ghost")
    livekit_stub.restart()
    livekit_stub.join("room", "alive")
    assert [room.sid for room in engine.list_rooms()] == [sid]
    assert {found.identity for found in engine.list_participants(["room"])["room"]} == {"ghost", "alive"}
    assert engine.out_of_reach([("room", "ghost"), ("room", "alive")]) == [("room", "ghost")]
    assert engine.remove_participants(room="room", identities=["ghost", "alive"]) == ["ghost"]
    engine.delete_room("room")
    assert engine.list_participants(["room"]) == {"room": []}


def test_threads_share_an_engine(livekit: LiveKit) -> None:
    names = [livekit.room() for _ in range(4)]
    found: dict[str, list[str]] = {}

    def look(name: str) -> None:
        found[name] = [room.name for room in livekit.engine.list_rooms([name])]

    threads = [threading.Thread(target=look, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert found == {name: [name] for name in names}


@pytest.fixture
def engine(livekit_stub: LiveKitStub) -> Iterator[Engine]:
    engine = Engine(url=livekit_stub.url, key=livekit_stub.key, secret=livekit_stub.secret)
    yield engine
    engine.close()


def test_a_forked_process_begins_anew(livekit: LiveKit) -> None:
    """Web servers fork after the first request may have been made."""
    name = livekit.room()
    child = os.fork()
    if child == 0:
        found = [room.name for room in livekit.engine.list_rooms([name])]
        os._exit(0 if found == [name] else 1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert [room.name for room in livekit.engine.list_rooms([name])] == [name]
