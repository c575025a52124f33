"""The audience: a process that opens sockets, writes lines and counts what arrives.

Reads one JSON object from its standard input and prints one. It must never be what is measured, so it is a raw
protocol on uvloop that looks at a frame once: the same bytes on the next socket are recognised, not parsed.
"""

import array
import asyncio
import base64
import json
import os
import re
import resource
import sys
import time
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import uvloop

STAMP = re.compile(rb"@(\d+)@")
LINE = "x" * 60
ACK_SECONDS = 10


@dataclass
class Audience:
    """What all sockets of this process saw together."""

    dialect: str
    sockets: list["Socket"] = field(default_factory=list)
    opened: int = 0
    closed: int = 0
    delivered: int = 0
    latencies: "array.array[float]" = field(default_factory=lambda: array.array("d"))
    errors: int = 0
    _payload: bytes = b""
    _stamps: tuple[int, ...] = ()

    def frame(self, payload: bytes) -> None:
        if payload != self._payload:
            self._payload = payload
            self._stamps = tuple(map(int, STAMP.findall(payload))) if b"@" in payload else ()
            if b'"error"' in payload:
                self.errors += 1
        now = time.monotonic_ns()
        for stamp in self._stamps:
            self.delivered += 1
            self.latencies.append((now - stamp) / 1e6)


class Socket(asyncio.Protocol):
    """One viewer. Speaks just enough websocket, and of Socket.IO where that is the dialect."""

    def __init__(self, audience: Audience, path: str, port: int) -> None:
        self.audience = audience
        self.path = path
        self.port = port
        self.buffer = b""
        self.upgraded = False
        self.welcomed = False

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(
            (
                f"GET {self.path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nUpgrade: websocket\r\n"
                f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
            ).encode()
        )

    def data_received(self, data: bytes) -> None:
        if self.buffer:
            data = self.buffer + data
        if not self.upgraded:
            head, separator, data = data.partition(b"\r\n\r\n")
            if not separator:
                self.buffer = head
                return
            if b" 101 " not in head[:20]:
                raise SystemExit(f"refused: {head[:200]!r}")
            self.upgraded = True
        place, length = 0, len(data)
        while length - place >= 2:
            size = data[place + 1]
            start = place + 2
            if size == 126:
                start, size = place + 4, int.from_bytes(data[place + 2 : place + 4], "big")
            elif size == 127:
                start, size = place + 10, int.from_bytes(data[place + 2 : place + 10], "big")
            if start + size > length:
                break
            self.take(data[place] & 15, data[start : start + size])
            place = start + size
        self.buffer = data[place:]
        if self.audience.dialect == "ws" and not self.welcomed:
            self.welcome()

    def take(self, opcode: int, payload: bytes) -> None:
        if opcode == 9:
            self.write(payload, opcode=10)
        elif opcode == 8:
            self.audience.closed += 1
        elif self.audience.dialect == "socketio":
            self.take_socketio(payload)
        elif b'"room:welcome"' in payload[:60]:
            self.welcome()
        else:
            self.audience.frame(payload)

    def take_socketio(self, payload: bytes) -> None:
        kind = payload[:1]
        if kind == b"0":
            self.write(b"40")
        elif kind == b"2":
            self.write(b"3")
        elif payload[:2] == b"40":
            self.welcome()
        else:
            self.audience.frame(payload)

    def welcome(self) -> None:
        if not self.welcomed:
            self.welcomed = True
            self.audience.opened += 1

    def write(self, payload: bytes, opcode: int = 1) -> None:
        """One masked frame; a mask of zeros leaves the payload as it is."""
        size = len(payload)
        head = (
            bytes((0x80 | opcode, 0x80 | size))
            if size < 126
            else bytes((0x80 | opcode, 0xFE)) + size.to_bytes(2, "big")
        )
        self.transport.write(head + b"\0\0\0\0" + payload)

    def say(self, number: int) -> None:
        text = f"@{time.monotonic_ns()}@ {LINE}"
        if self.audience.dialect == "busk":
            self.write(b'{"type":"chat:send","client_id":"%d","text":"%b"}' % (number, text.encode()))
        elif self.audience.dialect == "socketio":
            self.write(
                b'42["chat",{"type":"chat:message","user":{"name":"bench"},"text":"%b"}]' % text.encode()
            )
        else:
            self.write(b'{"type":"chat:message","user":{"name":"bench"},"text":"%b"}' % text.encode())


async def main(order: dict[str, Any]) -> dict[str, Any]:
    loop = asyncio.get_running_loop()
    audience = Audience(order["dialect"])
    port, pid, viewers = order["port"], order["pid"], len(order["paths"])
    memory, join_cpu = resident_kb(pid), cpu_seconds(pid)

    joining = time.monotonic()
    for number, path in enumerate(order["paths"]):
        late = joining + number * order["join_seconds"] / viewers - time.monotonic()
        if late > 0.002:
            await asyncio.sleep(late)
        while number - audience.opened > 400:  # a browser waits too; more would only test the backlog
            await asyncio.sleep(0.002)
        _transport, socket = await loop.create_connection(
            partial(Socket, audience, path, port), "127.0.0.1", port
        )
        audience.sockets.append(socket)
    while audience.opened < viewers:
        await asyncio.sleep(0.005)
        if time.monotonic() - joining > 60:
            raise SystemExit(f"{viewers - audience.opened} of {viewers} were not let in")
    joined, join_cpu = time.monotonic() - joining, cpu_seconds(pid) - join_cpu
    await asyncio.sleep(2)
    memory = resident_kb(pid) - memory

    acking = asyncio.create_task(ack_forever(audience)) if audience.dialect == "busk" else None
    print("joined", flush=True)
    sys.stdin.readline()  # the starter does what it has to do in between
    audience.delivered = 0
    del audience.latencies[:]
    cpu, own_cpu, started = cpu_seconds(pid), time.process_time(), time.monotonic()
    expected = order["rate"] * order["seconds"] * viewers
    if order["senders"]:
        for number in range(order["rate"] * order["seconds"]):
            await asyncio.sleep(max(0.0, started + number / order["rate"] - time.monotonic()))
            audience.sockets[number % order["senders"]].say(number)
    else:
        await asyncio.sleep(order["seconds"])
    drain = time.monotonic() + 15
    while audience.delivered < expected and time.monotonic() < drain:
        await asyncio.sleep(0.01)
    cpu, own_cpu, took = cpu_seconds(pid) - cpu, time.process_time() - own_cpu, time.monotonic() - started
    if acking:
        acking.cancel()
    ordered = sorted(audience.latencies)
    return {
        "joined_seconds": joined,
        "join_cpu_us": join_cpu / viewers * 1e6,
        "memory_kb": memory / viewers,
        "delivered": audience.delivered,
        "expected": expected,
        "cpu_us": cpu / max(1, audience.delivered) * 1e6,
        "cores": cpu / took,
        "load_cores": own_cpu / took,
        "p50_ms": ordered[len(ordered) // 2] if ordered else None,
        "p99_ms": ordered[int(len(ordered) * 0.99)] if ordered else None,
        "closed": audience.closed,
        "errors": audience.errors,
    }


async def ack_forever(audience: Audience) -> None:
    """Every socket's heartbeat, spread over its period as real ones are."""
    while True:
        for part in range(ACK_SECONDS * 10):
            for socket in audience.sockets[part :: ACK_SECONDS * 10]:
                socket.write(b'{"type":"room:ack","seq":1000000}')
            await asyncio.sleep(0.1)


def cpu_seconds(pid: int) -> float:
    """User and system time of all threads of a process."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_kb(pid: int) -> int:
    with open(f"/proc/{pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * resource.getpagesize() // 1024


if __name__ == "__main__":
    print(json.dumps(uvloop.run(main(json.loads(sys.stdin.readline())))), flush=True)
