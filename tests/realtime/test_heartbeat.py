"""Sockets that fall silent, or behind, are closed; those that answer stay."""

import asyncio
from collections.abc import Sequence

import pytest

from realtime import hub as hub_module
from realtime.hub import Hub
from realtime.presence import Presence
from tests.realtime.rooms import enter, room_at, stored


@pytest.fixture
async def hub(monkeypatch: pytest.MonkeyPatch) -> Hub:
    """A hub with one room whose seconds are hundredths."""
    for name in ("SILENT_SECONDS", "SWEEP_SECONDS", "HEARTBEAT_SECONDS"):
        monkeypatch.setattr(hub_module, name, getattr(hub_module, name) / 100)
    hub = Hub()
    hub.start()
    room = room_at()
    hub.rooms[room.room_id] = room
    return hub


async def test_who_is_silent_for_thirty_seconds_is_closed(hub: Hub) -> None:
    (room,) = hub.rooms.values()
    silent, silent_end = enter(room)
    talking, talking_end = enter(room)

    for _ in range(10):
        await asyncio.sleep(0.05)
        talking.heard()

    assert (silent.closed, silent_end.closed) == (True, (4408, "silent"))
    assert (talking.closed, talking_end.closed) == (False, None)
    assert room.sockets == {talking}
    await hub.stop()


async def test_who_acks_nothing_of_what_it_is_sent_is_closed(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    (room,) = hub.rooms.values()
    behind, behind_end = enter(room)
    current, current_end = enter(room)

    room.receive([stored(1)])
    for _ in range(12):
        await asyncio.sleep(0.05)
        behind.heard()
        current.heard()
        current.acknowledge(room.seq)

    assert behind_end.closed == (4408, "behind")
    assert current_end.closed is None
    await hub.stop()


async def test_every_heartbeat_is_answered() -> None:
    room = room_at()
    socket, received = enter(room)

    socket.acknowledge(0)

    assert received.events == [{"type": "room:pong"}]


class Book:
    """A presence sink that keeps notes."""

    def __init__(self) -> None:
        self.notes: list[tuple[str, str]] = []

    def joined(self, presence: Presence) -> None:
        self.notes.append(("joined", presence.viewer_id))

    def left(self, presence: Presence) -> None:
        self.notes.append(("left", presence.viewer_id))

    def seen(self, presences: Sequence[Presence]) -> None:
        self.notes += [("seen", presence.viewer_id) for presence in presences]


async def test_presence_is_reported_for_viewers_only(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("realtime.presence.sinks", [])
    from realtime import presence

    book = Book()
    presence.register_presence(book)
    (room,) = hub.rooms.values()
    viewer, _ = enter(room, viewer_id="a:viewer", role="viewer")
    enter(room, viewer_id="u:creator")
    enter(room, viewer_id="u:staff", role="moderator")
    for _ in range(3):
        await asyncio.sleep(0.05)
        viewer.heard()
    viewer.close(4403, "out")
    viewer.close(4403, "out")

    assert book.notes[0] == ("joined", "a:viewer")
    assert ("seen", "a:viewer") in book.notes
    assert book.notes[-1] == ("left", "a:viewer")
    assert {viewer_id for _note, viewer_id in book.notes} == {"a:viewer"}
    assert [note for note, _viewer_id in book.notes].count("left") == 1
    await hub.stop()


async def test_counts_and_arrivals_are_told_in_batches(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    from realtime import presence, rooms

    monkeypatch.setattr(rooms, "COUNT_AFTER_SECONDS", 0.004)
    monkeypatch.setattr(rooms, "COUNT_EVERY_SECONDS", 0.05)
    asked: list[list[object]] = []

    def count(room_ids: list[object]) -> dict[object, int]:
        asked.append(list(room_ids))
        return dict.fromkeys(room_ids, 40)

    monkeypatch.setattr(presence, "sinks", [])
    monkeypatch.setattr(presence, "_counters", [])
    presence.register_viewer_count(count)  # type: ignore[arg-type]
    (room,) = hub.rooms.values()
    _watching, received = enter(room)
    for number in range(40):
        enter(room, viewer_id=f"u:{number}", name=f"viewer{number}", role="viewer")
    await asyncio.sleep(0.2)

    assert [event for event in received.events if event["type"] == "viewer:count"] == [
        {"type": "viewer:count", "viewers": 40}
    ]
    (joined,) = [event for event in received.events if event["type"] == "viewer:joined"]
    assert (len(joined["names"]), joined["others"]) == (40, 0)
    assert asked
    assert all(room_ids == [room.room_id] for room_ids in asked)
    assert len(asked) <= 3
    await hub.stop()
