"""Lines of a room gather while a batch is on its way; no room waits for another."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID, uuid4

import pytest
from django.db import connections, transaction

from accounts.models import User
from chat import pipeline as pipeline_module
from chat.models import AuthorRole, ChatMessage
from chat.pipeline import Pipeline
from chat.services import Line, messages_accept
from core.errors import Busy
from realtime.calls import call
from realtime.models import Room
from realtime.sockets import RoomSocket
from streams.models import Stream
from streams.services import stream_create
from tests.realtime.rooms import Received, enter, room_at

pytestmark = pytest.mark.django_db(transaction=True)


def line(user: User, text: str) -> Line:
    return Line(
        user_id=user.pk,
        party_id=user.party_id,
        name=user.name,
        role=AuthorRole.CREATOR,
        client_id=str(uuid4()),
        text=text,
    )


def socket_of(stream: Stream) -> tuple[RoomSocket, Received]:
    return enter(room_at(room_id=stream.pk))


async def until(received: Received, events: int) -> None:
    async with asyncio.timeout(20):
        while len(received.events) < events:
            await asyncio.sleep(0.01)


async def test_what_comes_while_a_batch_is_on_its_way_goes_together(
    live_stream: Stream, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches: list[int] = []

    def counted(*, stream_id: UUID, lines: list[Line]) -> object:
        batches.append(len(lines))
        return messages_accept(stream_id=stream_id, lines=lines)

    monkeypatch.setattr(pipeline_module, "messages_accept", counted)
    pipeline, (socket, received) = Pipeline(), socket_of(live_stream)

    pipeline.submit(live_stream.pk, socket, line(alice, "first"))
    await asyncio.sleep(0)
    for number in range(10):
        pipeline.submit(live_stream.pk, socket, line(alice, f"line {number}"))
    await until(received, 11)

    assert batches == [1, 10], "the first goes at once"
    assert [event["type"] for event in received.events] == ["chat:ack"] * 11
    assert received.seqs == list(range(1, 12))
    assert socket.pending == 0


async def test_a_room_that_is_held_up_delays_no_other(live_stream: Stream, alice: User) -> None:
    other = await call(_another_stream, alice)
    pipeline = Pipeline()
    held, held_end = socket_of(live_stream)
    free, free_end = socket_of(other)
    with _room_locked(live_stream.pk) as release:
        pipeline.submit(live_stream.pk, held, line(alice, "waits"))
        for number in range(5):
            pipeline.submit(other.pk, free, line(alice, f"line {number}"))
        await until(free_end, 5)

        held.acknowledge(0)
        assert [event["type"] for event in held_end.events] == ["room:pong"], "heartbeats do not wait either"
        release.set()
        await until(held_end, 2)

    assert held_end.events[-1]["type"] == "chat:ack"


async def test_a_socket_may_not_have_more_than_a_few_lines_under_way(
    live_stream: Stream, alice: User
) -> None:
    pipeline, (socket, received) = Pipeline(), socket_of(live_stream)
    for number in range(pipeline_module.SOCKET_LINES):
        pipeline.submit(live_stream.pk, socket, line(alice, f"line {number}"))

    with pytest.raises(Busy):
        pipeline.submit(live_stream.pk, socket, line(alice, "one more"))
    await until(received, pipeline_module.SOCKET_LINES)
    pipeline.submit(live_stream.pk, socket, line(alice, "one more"))
    await until(received, pipeline_module.SOCKET_LINES + 1)


async def test_when_the_database_refuses_each_sender_hears_of_it(live_stream: Stream, alice: User) -> None:
    pipeline, (socket, received) = Pipeline(), socket_of(live_stream)
    said = line(alice, "no text has this in it: \x00")

    pipeline.submit(live_stream.pk, socket, said)
    await until(received, 1)

    assert received.events == [{"type": "error", "code": "busy", "details": {}, "client_id": said.client_id}]
    pipeline.submit(live_stream.pk, socket, line(alice, "somewhere"))
    await until(received, 2)
    assert await call(ChatMessage.objects.count) == 1


def _another_stream(creator: User) -> Stream:
    return stream_create(creator=creator, title="Another")[0]


@contextmanager
def _room_locked(room_id: UUID) -> Iterator[threading.Event]:
    """Another process is in the middle of a transaction on this room, until the event is set."""
    locked, release = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            Room.objects.get_or_create(pk=room_id)
            Room.objects.select_for_update().get(pk=room_id)
            locked.set()
            release.wait(4)
        connections.close_all()

    thread = threading.Thread(target=hold)
    thread.start()
    assert locked.wait(10)
    yield release
    release.set()
    thread.join()
