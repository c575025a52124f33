"""When and to whom a room sends, in the loop and without a server."""

import asyncio
import random
from uuid import UUID

import pytest
from django.db import transaction

from core.ids import new_id
from realtime import presence, rooms, store
from realtime.calls import call
from realtime.events import RoomEvent, StoredRoomEvent, ViewerCount, _types, entry_of, room_event
from realtime.hub import Hub
from realtime.orders import Order
from realtime.rooms import RoomSnapshot
from realtime.sockets import RoomSocket
from tests.realtime.events import Stored
from tests.realtime.rooms import Received, enter, passing, room_at, stored


async def test_a_small_room_sends_at_once_and_what_comes_together_in_one_frame() -> None:
    room = room_at()
    _socket, received = enter(room)

    room.receive([stored(1), passing()])
    room.receive([stored(2)])
    await asyncio.sleep(0)

    assert [len(frame) for frame in received.frames] == [3]
    assert received.seqs == [1, 2]


async def test_a_large_room_gathers_events_for_a_tick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "SMALL_ROOM", 1)
    monkeypatch.setattr(rooms, "TICK_SECONDS_PER_SOCKET", 0.05)
    room = room_at()
    everybody = [enter(room)[1] for _ in range(3)]

    room.receive([stored(1)])
    await asyncio.sleep(0.01)
    for seq in range(2, 12):
        room.receive([stored(seq)])
        await asyncio.sleep(0)
    assert [received.seqs for received in everybody] == [[1]] * 3, "the first goes at once, the others gather"
    await asyncio.sleep(0.2)

    assert [received.seqs for received in everybody] == [list(range(1, 12))] * 3
    assert {len(received.frames) for received in everybody} == {2}


async def test_who_comes_while_events_gather_gets_each_event_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "SMALL_ROOM", 0)
    monkeypatch.setattr(rooms, "TICK_SECONDS_PER_SOCKET", 0.02)
    room = room_at()
    enter(room)
    room.receive([stored(1)])
    await asyncio.sleep(0.01)

    room.receive([stored(2)])
    covered = room.seq
    _socket, newcomer = enter(room)
    room.receive([stored(3)])
    await asyncio.sleep(0.1)

    assert covered == 2, "the welcome says so"
    assert newcomer.seqs == [3]


async def test_sending_to_many_gives_the_loop_a_turn_now_and_then() -> None:
    room = room_at()
    everybody = [enter(room)[1] for _ in range(3 * rooms.SENDS_PER_TURN)]
    room.receive([stored(1)])
    turns = 0
    while not everybody[-1].frames or not all(received.frames for received in everybody):
        turns += 1
        await asyncio.sleep(0)

    assert turns >= 3


async def test_one_socket_that_leaves_in_the_middle_disturbs_nobody() -> None:
    room = room_at()
    people = [enter(room) for _ in range(2 * rooms.SENDS_PER_TURN)]
    room.receive([stored(1)])
    await asyncio.sleep(0)
    for socket, _received in people[::2]:
        socket.close(4403, "out")
    await asyncio.sleep(0.05)

    assert all(received.seqs == [1] for _socket, received in people[1::2])
    assert len(room.sockets) == rooms.SENDS_PER_TURN


async def test_the_last_word_arrives_before_the_door_closes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "SMALL_ROOM", 0)
    monkeypatch.setattr(rooms, "TICK_SECONDS_PER_SOCKET", 10.0)
    hub = Hub()
    hub.start()
    room_id = new_id()
    room = hub.rooms[room_id] = room_at(room_id=room_id)
    _socket, received = enter(room)
    room.receive([stored(1)])
    await asyncio.sleep(0)
    room.receive([stored(2)])

    hub.obey(Order(before_ms=1, room_id=room_id, code=4410, reason="stream_ended"))
    await asyncio.sleep(0)

    assert received.seqs == [1, 2]
    assert received.closed == (4410, "stream_ended")
    await hub.stop()


async def test_the_count_is_remembered_for_the_next_welcome() -> None:
    room = room_at()

    room.receive([entry_of(ViewerCount(viewers=12))])

    assert room.viewers == 12


async def test_viewers_are_counted_once_a_second_at_most_and_after_the_last_change(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rooms, "COUNT_AFTER_SECONDS", 0.15)
    monkeypatch.setattr(presence, "sinks", [])
    room = room_at()
    now = asyncio.get_running_loop().time()
    assert not room.wants_count(now + 10), "nothing changed"

    enter(room, role="viewer")
    assert not room.wants_count(now + 0.1), "not in the database yet"
    assert room.wants_count(now + 0.2)
    assert not room.wants_count(now + 10), "counted"
    enter(room, role="viewer")
    assert not room.wants_count(now + 1.1), "counted less than a second ago"
    assert room.wants_count(now + 1.3)


async def test_events_that_arrive_while_a_room_loads_are_kept() -> None:
    room = rooms.RoomHub(new_id(), asyncio.get_running_loop())
    room.receive([stored(4), stored(6), stored(5)])

    room.begin(RoomSnapshot(last_seq=4, history=[], state=None, viewers=0))

    assert room.seq == 6


async def test_a_socket_that_cannot_be_sent_to_is_closed_and_the_others_are_not() -> None:
    room = room_at()
    _broken, broken_end = enter(room)
    _socket, received = enter(room)

    def fail(frame: object) -> None:
        raise ValueError("no")

    broken_end.write = fail  # type: ignore[method-assign]
    room.receive([stored(1)])
    await asyncio.sleep(0)

    assert received.seqs == [1]
    assert broken_end.closed == (1011, "error")


async def test_an_order_in_the_middle_of_sending_waits_for_it_and_the_room_goes_on() -> None:
    room = room_at()
    people = [enter(room) for _ in range(2 * rooms.SENDS_PER_TURN)]
    room.receive([stored(1)])
    await asyncio.sleep(0)
    room.receive([stored(2)])

    room.close_after_events([socket for socket, _end in people[1:]], 4403, "out")
    await asyncio.sleep(0.05)
    room.receive([stored(3)])
    await asyncio.sleep(0.05)

    assert [received.seqs for _socket, received in people] == [[1, 2, 3], *[[1, 2]] * (len(people) - 1)]
    assert all(received.closed == (4403, "out") for _socket, received in people[1:])


async def test_a_welcome_fits_in_one_frame_however_long_the_messages() -> None:
    room = room_at()
    room.begin(RoomSnapshot(0, [stored(1)._replace(body=b'"%b"' % (b"x" * 2_000))] * 50, None, 0))

    assert 40_000 < len(bytes(room.history)) <= 49_152


@pytest.mark.django_db(transaction=True)
class TestGap:
    @pytest.fixture
    def five_events(self, transactional_db: None) -> UUID:
        room_id = new_id()
        with transaction.atomic():
            store.append(room_id, [Stored(text=f"event {number}") for number in range(1, 6)])
        return room_id

    async def test_an_early_event_waits_for_the_one_before_it(self, five_events: UUID) -> None:
        room = room_at(room_id=five_events)
        _socket, received = enter(room)

        room.receive([stored(2)])
        await asyncio.sleep(0.01)
        assert received.events == []
        room.receive([stored(1)])
        await asyncio.sleep(0.01)

        assert received.seqs == [1, 2]

    async def test_a_gap_is_filled_from_the_database(self, five_events: UUID) -> None:
        room = room_at(room_id=five_events)
        _socket, received = enter(room)

        room.receive([stored(5)])
        await asyncio.sleep(rooms.GAP_SECONDS + 0.3)

        assert received.seqs == [1, 2, 3, 4, 5]
        assert "room:resync" not in {event["type"] for event in received.events}

    async def test_clients_are_told_to_resync_only_when_the_database_has_no_answer(
        self, five_events: UUID
    ) -> None:
        room = room_at(room_id=five_events, last_seq=5)
        _socket, received = enter(room)

        room.receive([stored(8)])
        await asyncio.sleep(rooms.GAP_SECONDS + 0.3)
        room.receive([stored(9)])
        await asyncio.sleep(0.01)

        resync = {"type": "room:resync", "after_seq": 5, "jitter_seconds": 5.0}
        assert received.frames[0][0] == resync
        assert received.seqs == [8, 9]

    async def test_events_that_no_message_announced_are_found(self, five_events: UUID) -> None:
        room = room_at(room_id=five_events, last_seq=2)
        _socket, received = enter(room)

        room.catch_up(5)
        await asyncio.sleep(rooms.GAP_SECONDS + 0.3)

        assert received.seqs == [3, 4, 5]

    @pytest.mark.parametrize("seed", range(4))
    async def test_whatever_the_layer_loses_repeats_or_turns_around_every_list_is_the_same(
        self, five_events: UUID, seed: int
    ) -> None:
        chance = random.Random(seed)
        lists = []
        for _process in range(2):
            room = room_at(room_id=five_events)
            lists.append(enter(room)[1])
            arriving = [stored(seq)._replace(body=_body(five_events, seq)) for seq in range(1, 6)]
            arriving = [entry for entry in arriving * 2 if chance.random() < 0.6]
            chance.shuffle(arriving)
            for entry in arriving:
                room.receive([entry])
                await asyncio.sleep(0.01)
            room.catch_up(5)
        await asyncio.sleep(2 * rooms.GAP_SECONDS + 0.5)

        assert [received.seqs for received in lists] == [[1, 2, 3, 4, 5]] * 2
        assert lists[0].events == lists[1].events

    async def test_filling_costs_one_query(self, five_events: UUID) -> None:
        assert len(await call(_queries, five_events)) == 1


def _body(room_id: UUID, seq: int) -> bytes:
    """The event as the database has it."""
    return b'{"seq":%d,"type":"test:stored","text":"event %d"}' % (seq, seq)


def _queries(room_id: UUID) -> list[dict[str, str]]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from realtime.selectors import events_after

    with CaptureQueriesContext(connection) as queries:
        assert [entry.seq for entry in events_after(room_id, 0)] == [1, 2, 3, 4, 5]
    return queries.captured_queries


async def test_what_is_for_one_role_goes_to_its_sockets_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    class Whisper(RoomEvent, frozen=True, kw_only=True, tag="test:whisper"):
        audience = "studio"

    monkeypatch.setitem(_types, "test:whisper", Whisper)
    room = room_at()
    received = {role: enter(room, role=role)[1] for role in ("studio", "moderator", "viewer")}
    someone = Received()
    room.add(RoomSocket(room=room, writer=someone, holder=None))

    room.receive([entry_of(Whisper()), passing()])
    _socket, latecomer = enter(room, role="studio")
    await asyncio.sleep(0)

    heard = {role: [event["type"] for event in one.events] for role, one in received.items()}
    assert heard == {
        "studio": ["test:whisper", "test:passing"],
        "moderator": ["test:passing"],
        "viewer": ["test:passing"],
    }
    assert [event["type"] for event in someone.events] == ["test:passing"], "the lobby has no passes"
    assert latecomer.events == []


async def test_what_is_for_the_team_goes_to_all_who_moderate(monkeypatch: pytest.MonkeyPatch) -> None:
    class Held(RoomEvent, frozen=True, kw_only=True, tag="test:held"):
        audience = "team"

    monkeypatch.setitem(_types, "test:held", Held)
    room = room_at()
    moderating, others = enter(room, role="viewer", moderates=True)[1], enter(room, role="viewer")[1]
    room.receive([entry_of(Held())])
    await asyncio.sleep(0)
    assert [event["type"] for event in moderating.events] == ["test:held"]
    assert others.events == []


async def test_what_is_for_one_person_goes_to_all_their_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    class Aside(RoomEvent, frozen=True, kw_only=True, tag="test:aside"):
        addressee = "user_id"
        user_id: str

    monkeypatch.setitem(_types, "test:aside", Aside)
    room = room_at()
    bob, charlie = new_id(), new_id()
    bobs = [enter(room, user_id=bob)[1], enter(room, user_id=bob, role="moderator")[1]]
    others = [enter(room, user_id=charlie)[1], enter(room, user_id=None)[1]]
    room.receive([entry_of(Aside(user_id=str(bob))), passing()])
    await asyncio.sleep(0)
    for received in bobs:
        assert [event["type"] for event in received.events] == ["test:aside", "test:passing"]
    for received in others:
        assert [event["type"] for event in received.events] == ["test:passing"]


def test_a_stored_event_is_for_everybody() -> None:
    class Kept(StoredRoomEvent, frozen=True, kw_only=True, tag="test:kept"):
        audience = "studio"

    class Told(StoredRoomEvent, frozen=True, kw_only=True, tag="test:told"):
        addressee = "id"

    for event_type in (Kept, Told):
        with pytest.raises(AssertionError, match="hole"):
            room_event(event_type)
