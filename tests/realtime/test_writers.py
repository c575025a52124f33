"""No socket is ever awaited: one that does not take what it is sent waits alone, and is closed alone."""

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame as Parsed
from websockets.frames import Opcode
from websockets.streams import StreamReader

from realtime.frames import Frame, close_frame, frames_of
from realtime.writers import BACKLOG_FRAMES, AsgiWriter, TooSlow


class Server:
    """An ASGI ``send`` that can be held up, as uvicorn's is by a full socket."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.writable = asyncio.Event()
        self.writable.set()

    async def send(self, message: dict[str, Any]) -> None:
        await self.writable.wait()
        await asyncio.sleep(0)  # a second step, as servers may take
        self.sent.append(message)

    @property
    def texts(self) -> list[str]:
        return [message["text"] for message in self.sent if "text" in message]


class QuickServer(Server):
    """Takes everything in one step, as uvicorn does while the socket takes it."""

    async def send(self, message: dict[str, Any]) -> None:
        await self.writable.wait()
        self.sent.append(message)


async def test_a_send_that_finishes_in_one_step_needs_no_task() -> None:
    server = QuickServer()
    writer = AsgiWriter(server.send)
    tasks = len(asyncio.all_tasks())

    writer.write(Frame([b"1"]))

    assert server.texts == ["[1]"]
    assert len(asyncio.all_tasks()) == tasks


@pytest.mark.parametrize("kind", [Server, QuickServer])
async def test_an_unfinished_send_is_finished_and_later_frames_keep_their_order(kind: type[Server]) -> None:
    server = kind()
    server.writable.clear()
    writer = AsgiWriter(server.send)
    for number in range(10):
        writer.write(Frame([b"%d" % number]))
    await asyncio.sleep(0.01)
    assert server.texts == []

    server.writable.set()
    await asyncio.sleep(0.05)
    writer.write(Frame([b"10"]))
    await asyncio.sleep(0.01)

    assert server.texts == [f"[{number}]" for number in range(11)]


async def test_what_waits_for_one_socket_is_bounded_in_frames_and_bytes() -> None:
    server = QuickServer()
    server.writable.clear()
    by_frames, by_bytes = AsgiWriter(server.send), AsgiWriter(server.send)

    for _ in range(BACKLOG_FRAMES + 1):
        by_frames.write(Frame([b"1"]))
    with pytest.raises(TooSlow):
        by_frames.write(Frame([b"1"]))
    for _ in range(3):
        by_bytes.write(Frame([b"1" * 100_000]))
    with pytest.raises(TooSlow):
        by_bytes.write(Frame([b"1" * 100_000]))
    by_frames.close(4008, "too slow")
    by_bytes.close(4008, "too slow")
    server.writable.set()
    await asyncio.sleep(0.01)


async def test_closing_a_stuck_socket_drops_what_waited() -> None:
    server = QuickServer()
    server.writable.clear()
    writer = AsgiWriter(server.send)
    writer.write(Frame([b"1"]))
    writer.write(Frame([b"2"]))

    writer.close(4008, "too slow")
    server.writable.set()
    await asyncio.sleep(0.01)

    assert [message["type"] for message in server.sent] == ["websocket.close"]


async def test_a_peer_that_is_gone_is_no_error() -> None:
    async def gone(message: dict[str, Any]) -> None:
        raise OSError("gone")

    AsgiWriter(gone).write(Frame([b"1"]))


@pytest.mark.parametrize("length", [0, 122, 123, 124, 125, 200, 65_532, 65_533, 65_534, 65_535, 200_000])
def test_frames_are_what_a_client_reads(length: int) -> None:
    frame = Frame([b"x" * length])

    assert _read(frame.wire + close_frame(4008, "too slow")) == [
        (Opcode.TEXT, frame.payload),
        (Opcode.CLOSE, b"\x0f\xa8too slow"),
    ]


@given(st.lists(st.integers(2, 60_000), max_size=12))
def test_many_events_go_in_frames_that_every_server_lets_through(lengths: list[int]) -> None:
    bodies = [b"%d" % place + b"x" * length for place, length in enumerate(lengths)]

    frames = frames_of(bodies)

    assert b",".join(frame.payload[1:-1] for frame in frames) == b",".join(bodies)
    assert all(len(frame) <= 65_536 for frame in frames)


async def test_what_a_server_cannot_send_is_not_passed_over_in_silence() -> None:
    async def refuse(message: dict[str, Any]) -> None:
        raise ValueError("too large for me")

    with pytest.raises(ValueError, match="too large"):
        AsgiWriter(refuse).write(Frame([b"1"]))


def _read(wire: bytes) -> list[tuple[Opcode, bytes]]:
    """Parse with a library that is not ours."""
    stream = StreamReader()
    stream.feed_data(wire)
    stream.feed_eof()
    frames = []
    while stream.buffer:
        parsing = Parsed.parse(stream.read_exact, mask=False)
        try:
            while True:
                next(parsing)
        except StopIteration as done:
            frames.append((done.value.opcode, bytes(done.value.data)))
    return frames
