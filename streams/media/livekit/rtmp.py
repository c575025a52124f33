"""A listener for RTMP: what an egress pushes here comes out as FLV, the same messages in another envelope.

Only publishing, only who shows a key that is known; every size and every silence has its bound.
Source: Adobe, "Real Time Messaging Protocol", sections 5 (chunks, handshake) and 7 (commands); "Video File Format
Specification", annex E (FLV).
"""

import asyncio
import logging
import os
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

from streams.media.livekit.amf import NotAmf, Value, read, write

logger = logging.getLogger(__name__)

FLV_HEADER = b"FLV\x01\x05\x00\x00\x00\x09\x00\x00\x00\x00"
_HANDSHAKE_BYTES = 1536
# From the connection to the key, and between two messages later on.
GREETING_SECONDS, SILENT_SECONDS = 10.0, 20.0
# A key frame of 1080p has some 500 KB.
MOST_MESSAGE_BYTES, MOST_CHUNK_BYTES = 4 * 1024 * 1024, 1024 * 1024
MOST_CONNECTIONS = 256
_OUR_CHUNK, _WINDOW = 4096, 2_500_000
_LATE_TIMESTAMP = 0xFFFFFF


class Type(IntEnum):
    SET_CHUNK_SIZE = 1
    ABORT = 2
    ACKNOWLEDGEMENT = 3
    USER_CONTROL = 4
    WINDOW = 5
    PEER_BANDWIDTH = 6
    AUDIO = 8
    VIDEO = 9
    DATA = 18
    COMMAND = 20


class Sink(Protocol):
    """Takes one publisher's FLV. Both calls return at once."""

    def put(self, flv: bytes) -> None: ...

    def end(self) -> None: ...


class Broken(Exception):
    """The other side does not speak RTMP as a publisher does, or has no key."""


@dataclass
class _Header:
    """What a chunk stream said last; later chunks leave out what is as before."""

    timestamp: int = 0
    delta: int = 0
    size: int = 0
    kind: int = 0
    late: bool = False
    body: bytearray | None = None


class RtmpListener:
    """``admit`` is given the key that was shown, and the connection to hang up by; None is a refusal."""

    def __init__(self, admit: Callable[[str, "Connection"], Sink | None]) -> None:
        self._admit = admit
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def listen(self, host: str, port: int) -> int:
        """Returns the port. Raises: OSError."""
        self._server = await asyncio.start_server(self._take, host, port, limit=256 * 1024)
        port_taken: int = self._server.sockets[0].getsockname()[1]
        return port_taken

    async def close(self) -> None:
        """Hang up on everybody."""
        if self._server is None:
            return
        self._server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await self._server.wait_closed()
        self._server = None

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        if len(self._connections) >= MOST_CONNECTIONS:
            writer.close()
            return
        self._connections.add(task)
        connection = Connection(reader, writer, self._admit)
        try:
            await connection.serve()
        except (Broken, NotAmf) as problem:
            logger.warning("RTMP: hung up: %s", problem)
        except (TimeoutError, OSError, asyncio.IncompleteReadError) as problem:
            logger.info("RTMP: the line is gone: %s", type(problem).__name__)
        except asyncio.CancelledError:
            if self._server is not None and self._server.is_serving():
                raise
        finally:
            self._connections.discard(task)
            connection.over()
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()


class Connection:
    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        admit: Callable[[str, "Connection"], Sink | None],
    ) -> None:
        self._reader, self._writer, self._admit = reader, writer, admit
        self._headers: dict[int, _Header] = {}
        self._chunk_bytes = 128
        self._read_bytes = self._told_bytes = 0
        self._sink: Sink | None = None

    def hang_up(self) -> None:
        """From the loop; whoever pushes sees the line break."""
        self._writer.transport.abort()

    def over(self) -> None:
        if self._sink is not None:
            self._sink.end()
            self._sink = None

    async def serve(self) -> None:
        """Until the publisher stops. Raises: Broken, NotAmf, TimeoutError, OSError, IncompleteReadError."""
        async with asyncio.timeout(GREETING_SECONDS):
            await self._handshake()
            while self._sink is None:
                if not await self._message():
                    return
        while True:
            async with asyncio.timeout(SILENT_SECONDS):
                if not await self._message():
                    return

    async def _handshake(self) -> None:
        (version,) = await self._read(1)
        if version != 3:
            raise Broken(f"version {version}")
        theirs = await self._read(_HANDSHAKE_BYTES)
        ours = bytes(8) + os.urandom(_HANDSHAKE_BYTES - 8)
        self._writer.write(bytes([3]) + ours + theirs)
        await self._writer.drain()
        await self._read(_HANDSHAKE_BYTES)

    async def _message(self) -> bool:
        """Take chunks until one message is whole, and obey it. False when it was the last."""
        while True:
            header = await self._chunk()
            if header.body is not None and len(header.body) == header.size:
                body, header.body = bytes(header.body), None
                return await self._obey(header.kind, header.timestamp, body)

    async def _chunk(self) -> _Header:
        (first,) = await self._read(1)
        form, number = first >> 6, first & 0x3F
        if number == 0:
            number = 64 + (await self._read(1))[0]
        elif number == 1:
            number = 64 + int.from_bytes(await self._read(2), "little")
        header = self._headers.setdefault(number, _Header())
        if len(self._headers) > 64:
            raise Broken("too many chunk streams")
        fresh = header.body is None
        if form < 3:
            await self._read_header(header, form)
        elif header.late:
            await self._read(4)
        if fresh or form < 3:
            if form == 3:
                header.timestamp += header.delta
            header.body = bytearray()
        assert header.body is not None
        missing = header.size - len(header.body)
        header.body += await self._read(min(missing, self._chunk_bytes))
        return header

    async def _read_header(self, header: _Header, form: int) -> None:
        given = await self._read((11, 7, 3)[form])
        time = int.from_bytes(given[:3], "big")
        if form < 2:
            header.size, header.kind = int.from_bytes(given[3:6], "big"), given[6]
            if header.size > MOST_MESSAGE_BYTES:
                raise Broken(f"a message of {header.size} bytes")
        header.late = time == _LATE_TIMESTAMP
        if header.late:
            time = int.from_bytes(await self._read(4), "big")
        header.delta = time
        header.timestamp = time if form == 0 else header.timestamp + time

    async def _obey(self, kind: int, timestamp: int, body: bytes) -> bool:
        match kind:
            case Type.SET_CHUNK_SIZE:
                self._chunk_bytes = int.from_bytes(body[:4], "big")
                if not 1 <= self._chunk_bytes <= MOST_CHUNK_BYTES:
                    raise Broken(f"chunks of {self._chunk_bytes} bytes")
            case Type.COMMAND:
                return await self._command(read(body))
            case Type.AUDIO | Type.VIDEO:
                self._forward(kind, timestamp, body)
            case Type.DATA:
                # "@setDataFrame" is for servers; what follows is the script tag of a file.
                values = write("@setDataFrame")
                self._forward(kind, timestamp, body.removeprefix(values))
        return True

    def _forward(self, kind: int, timestamp: int, body: bytes) -> None:
        if self._sink is None or not body:
            return
        stamp = timestamp & 0xFFFFFFFF
        tag = struct.pack(">B", kind) + len(body).to_bytes(3, "big")
        tag += (stamp & 0xFFFFFF).to_bytes(3, "big") + bytes([stamp >> 24, 0, 0, 0]) + body
        self._sink.put(tag + struct.pack(">I", len(tag)))

    async def _command(self, values: list[Value]) -> bool:
        name, number = (*values, None, None)[:2]
        if not isinstance(number, float):
            number = 0.0
        match name:
            case "connect":
                self._send(Type.WINDOW, struct.pack(">I", _WINDOW))
                self._send(Type.PEER_BANDWIDTH, struct.pack(">IB", _WINDOW, 2))
                self._send(Type.SET_CHUNK_SIZE, struct.pack(">I", _OUR_CHUNK))
                server: Value = {"fmsVer": "FMS/3,0,1,123", "capabilities": 31.0}
                about = _status("NetConnection.Connect.Success") | {"objectEncoding": 0.0}
                self._send(Type.COMMAND, write("_result", number, server, about))
            case "createStream":
                self._send(Type.COMMAND, write("_result", number, None, 1.0))
            case "publish":
                self._publish(values[3] if len(values) > 3 else None)
            case "deleteStream" | "FCUnpublish" | "closeStream":
                return False
        await self._writer.drain()
        return True

    def _publish(self, key: Value) -> None:
        if self._sink is not None:
            raise Broken("publishes twice")
        sink = self._admit(key.partition("?")[0], self) if isinstance(key, str) else None
        if sink is None:
            refusal = _status("NetStream.Publish.BadName", level="error")
            self._send(Type.COMMAND, write("onStatus", 0.0, None, refusal), stream=1)
            raise Broken("a key that is not known")
        self._sink = sink
        sink.put(FLV_HEADER)
        self._send(Type.USER_CONTROL, struct.pack(">HI", 0, 1))
        status = _status("NetStream.Publish.Start")
        self._send(Type.COMMAND, write("onStatus", 0.0, None, status), stream=1)

    def _send(self, kind: Type, body: bytes, *, stream: int = 0) -> None:
        """One message in one chunk: ours are all smaller than a chunk."""
        number = 3 if kind == Type.COMMAND else 2
        head = bytes([number]) + bytes(3) + len(body).to_bytes(3, "big") + bytes([kind])
        # Until it has heard of the larger ones, the other side reads chunks of 128 bytes.
        chunk = _OUR_CHUNK if kind == Type.COMMAND else 128
        assert len(body) <= chunk
        self._writer.write(head + struct.pack("<I", stream) + body)

    async def _read(self, size: int) -> bytes:
        data = await self._reader.readexactly(size)
        self._read_bytes += size
        if self._read_bytes - self._told_bytes > _WINDOW // 2:
            self._told_bytes = self._read_bytes
            self._send(Type.ACKNOWLEDGEMENT, struct.pack(">I", self._read_bytes & 0xFFFFFFFF))
        return data


def _status(code: str, *, level: str = "status") -> dict[str, Value]:
    return {"level": level, "code": code, "description": code}
