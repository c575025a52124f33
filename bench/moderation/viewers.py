"""The audience of ``bench.room.load``, which stays for many turns: ``python -m bench.moderation.viewers``.

Reads one JSON object and answers ``joined``; then each line is the seconds of a turn, answered by its figures.
"""

import asyncio
import json
import sys
import time
from functools import partial
from typing import Any

import uvloop

from bench.room.load import Audience, Socket, ack_forever, cpu_seconds

# Said before a turn counts: what is made ready once for new rules is ready then, and what the change told is told.
FIRST_LINES = 5
LATE_SECONDS = 10
# Of what was measured, in order, every so many are handed on.
SAMPLE = 50


class Turns:
    """What all turns share: the sockets, what is said next, and that no line has the name of another."""

    def __init__(self, order: dict[str, Any]) -> None:
        self.audience = Audience("busk")
        self.port, self.pid = order["port"], order["pid"]
        self.paths: list[str] = order["paths"]
        self.senders, self.rate, self.texts = order["senders"], order["rate"], order["texts"]
        self.said = 0

    async def join(self) -> None:
        loop = asyncio.get_running_loop()
        audience, port = self.audience, self.port
        for number, path in enumerate(self.paths):
            while number - audience.opened > 200:
                await asyncio.sleep(0.002)
            _transport, socket = await loop.create_connection(
                partial(Socket, audience, path, port), "127.0.0.1", port
            )
            audience.sockets.append(socket)
        async with asyncio.timeout(60):
            while audience.opened < len(self.paths):
                await asyncio.sleep(0.005)

    async def turn(self, seconds: float) -> dict[str, Any]:
        """Lines at a steady rate. Those at first have no stamp, so they are sent and received, and not counted."""
        await self.say_many(FIRST_LINES, stamped=False)
        audience, lines = self.audience, round(self.rate * seconds)
        audience.delivered = 0
        del audience.latencies[:]
        cpu = cpu_seconds(self.pid)
        await self.say_many(lines, stamped=True)
        expected, late = lines * len(self.paths), time.monotonic() + LATE_SECONDS
        while audience.delivered < expected and time.monotonic() < late:
            await asyncio.sleep(0.005)
        cpu = cpu_seconds(self.pid) - cpu
        return {
            "delivered": audience.delivered / expected,
            "cpu_ms": cpu / lines * 1e3,
            "latencies_ms": sorted(audience.latencies)[SAMPLE // 2 :: SAMPLE],
        }

    async def say_many(self, count: int, *, stamped: bool) -> None:
        started = time.monotonic()
        for number in range(count):
            await asyncio.sleep(max(0.0, started + number / self.rate - time.monotonic()))
            text = self.texts[self.said % len(self.texts)]
            line = {
                "type": "chat:send",
                "client_id": str(self.said),
                "text": f"@{time.monotonic_ns()}@ {text}" if stamped else text,
            }
            self.audience.sockets[self.said % self.senders].write(json.dumps(line).encode())
            self.said += 1


async def main() -> None:
    turns = Turns(json.loads(sys.stdin.readline()))
    await turns.join()
    heartbeat = asyncio.create_task(ack_forever(turns.audience))
    print("joined", flush=True)
    loop = asyncio.get_running_loop()
    while seconds := await loop.run_in_executor(None, sys.stdin.readline):
        print(json.dumps(await turns.turn(float(seconds))), flush=True)
    heartbeat.cancel()


if __name__ == "__main__":
    uvloop.run(main())
