"""Publishing from anywhere reaches the loop at once."""

import asyncio
import threading
import time

import pytest

from core.ids import new_id
from realtime.events import ViewerCount
from realtime.hub import hub
from realtime.publish import room_publish, sockets_close
from tests.realtime.rooms import Received, enter, room_at


@pytest.fixture
async def received(monkeypatch: pytest.MonkeyPatch) -> Received:
    """The other end of the only socket of the only room of this process, whose loop has nothing else to do."""
    monkeypatch.setattr("realtime.hub.SWEEP_SECONDS", 60)
    hub.start()
    room = room_at()
    hub.rooms[room.room_id] = room
    return enter(room)[1]


async def test_a_worker_thread_wakes_an_idle_loop(received: Received) -> None:
    (room_id,) = hub.rooms
    sent_at: list[float] = []

    def work() -> None:
        sent_at.append(time.monotonic())
        room_publish(room_id, ViewerCount(viewers=3))

    # The loop sleeps with nothing to wake it, which is where another way of handing over was seconds late.
    arrived = asyncio.get_running_loop().create_future()
    received.write = lambda frame: arrived.set_result(time.monotonic())  # type: ignore[method-assign]
    threading.Timer(0.2, work).start()
    delay = await asyncio.wait_for(arrived, 5) - sent_at[0]

    assert delay < 1.0, f"{delay * 1000:.1f} ms"
    await hub.stop()


async def test_from_the_loop_itself_it_is_sent_in_the_next_turn(received: Received) -> None:
    (room_id,) = hub.rooms

    room_publish(room_id, ViewerCount(viewers=3))
    await asyncio.sleep(0)

    assert received.events == [{"type": "viewer:count", "viewers": 3}]
    await hub.stop()


async def test_a_room_without_sockets_costs_nothing(received: Received) -> None:
    room_publish(new_id(), ViewerCount(viewers=3))
    await asyncio.sleep(0)

    assert received.events == []
    await hub.stop()


def test_a_process_without_a_loop_may_publish() -> None:
    room_publish(new_id(), ViewerCount(viewers=3))


async def test_closing_names_somebody() -> None:
    with pytest.raises(ValueError, match="whose"):
        sockets_close(code=4403, reason="forbidden")
