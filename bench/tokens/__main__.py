"""Each kind of request in turn, from 16 connections, for some seconds; the better of two rounds counts."""

import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any

import aiohttp
import psutil

from bench import Report
from tests.chaos.serving import free_port

CONNECTIONS, SECONDS, ROUNDS, PEOPLE = 16, 5.0, 2, 200
SINGLE_REQUESTS = 21


# Tokens that were answered, each with the cookie it belongs to, for the door to be shown once.
Issued = deque[tuple[str, str]]
# The address and headers of the request of this number; None when there is no more to ask.
Request = Callable[[int, Issued], tuple[str, dict[str, str]] | None]


@dataclass(frozen=True)
class Figures:
    """``cpu_us`` is per request; ``queries`` is what a request needs while its stream is in the cache: the median."""

    per_second: float
    p99_ms: float
    cpu_us: float
    queries: float


class Server:
    def __init__(self) -> None:
        self.port = free_port()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.tokens.server", str(self.port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._read_until("ready")
        self._watched = psutil.Process(self._process.pid)

    def tell(self, line: str) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def cpu_seconds(self) -> float:
        times = self._watched.cpu_times()
        return float(times.user + times.system)

    def stop(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(20)

    def _read_until(self, word: str) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.strip() == word:
                return
        raise SystemExit("the server did not start")


def main() -> None:
    server = Server()
    try:
        cookies: list[str] = server.tell(f"people {PEOPLE}")
        stream: str = server.tell("counts")["stream"]
        address = f"http://127.0.0.1:{server.port}"
        rounds: dict[str, list[Figures]] = {"bare": [], "token": [], "door": []}
        token = f"{address}/api/streams/{stream}/token"
        for _ in range(ROUNDS):
            issued: Issued = deque()
            asked: dict[str, Request] = {
                "bare": lambda number, _: (f"{address}/bench/bare", {}),
                "token": lambda number, _: (token, _cookie(cookies[number % PEOPLE])),
                "door": lambda number, issued: _door(address, issued),
            }
            for name, request in asked.items():
                rounds[name].append(measure(server, request, issued))
    finally:
        server.stop()
    best = {name: max(found, key=lambda figures: figures.per_second) for name, found in rounds.items()}
    report = Report()
    for name, figures in best.items():
        ours = name != "bare"
        report.line(f"tokens.{name}.served", figures.per_second, "requests/s")
        report.line(f"tokens.{name}.p99", figures.p99_ms, "ms")
        report.line(f"tokens.{name}.cpu", figures.cpu_us, "us/request")
        report.line(f"tokens.{name}.queries", figures.queries, "queries", at_most=3 if ours else None)
    for name in ("token", "door"):
        report.line(f"tokens.{name}.cpu_to_bare", best[name].cpu_us / best["bare"].cpu_us, "x", at_most=4)
        report.line(f"tokens.{name}.p99_to_bare", best[name].p99_ms / best["bare"].p99_ms, "x", at_most=6)
    report.finish()


def measure(server: Server, request: Request, issued: Issued) -> Figures:
    queries = []
    for _ in range(SINGLE_REQUESTS):
        before = server.tell("counts")["queries"]
        asyncio.run(_load(request, issued, connections=1, seconds=0))
        queries.append(server.tell("counts")["queries"] - before)
    cpu, began = server.cpu_seconds(), time.monotonic()
    took = asyncio.run(_load(request, issued, connections=CONNECTIONS, seconds=SECONDS))
    seconds, cpu = time.monotonic() - began, server.cpu_seconds() - cpu
    took.sort()
    return Figures(
        per_second=len(took) / seconds,
        p99_ms=took[int(len(took) * 0.99)] * 1e3,
        cpu_us=cpu / len(took) * 1e6,
        queries=statistics.median(queries),
    )


async def _load(request: Request, issued: Issued, *, connections: int, seconds: float) -> list[float]:
    """How long each request took; one at least."""
    took: list[float] = []
    until = time.monotonic() + seconds
    numbers = iter(range(1 << 40))

    async def connection(session: aiohttp.ClientSession) -> None:
        while (asked := request(next(numbers), issued)) is not None:
            url, headers = asked
            began = time.monotonic()
            async with session.get(url, headers=headers) as answer:
                body = await answer.read()
            took.append(time.monotonic() - began)
            if answer.status != 200:
                raise SystemExit(f"{url} answered {answer.status}: {body[:200]!r}")
            if url.endswith("/token"):
                issued.append((json.loads(body)["token"], headers["Cookie"]))
            if time.monotonic() >= until:
                break

    jar = aiohttp.DummyCookieJar()
    async with aiohttp.ClientSession(cookie_jar=jar) as session:
        await asyncio.gather(*(connection(session) for _ in range(connections)))
    return took


def _door(address: str, issued: Issued) -> tuple[str, dict[str, str]] | None:
    if not issued:
        return None
    token, cookie = issued.popleft()
    headers = {"X-Original-URI": f"/rtc?access_token={token}", "X-Original-Method": "GET", "Cookie": cookie}
    return f"{address}/door/livekit", headers


def _cookie(session_key: str) -> dict[str, str]:
    cookie: SimpleCookie = SimpleCookie({"sessionid": session_key})
    return {"Cookie": cookie.output(header="", attrs=[]).strip()}


if __name__ == "__main__":
    main()
