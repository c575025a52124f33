"""What moderation adds to the time from ``chat:send`` to a thousand viewers.

One room of one server, and the same sockets throughout; what holds in it changes from turn to turn:

- ``moderated``: 1,000 terms, links held, automod at 2, followers only;
- ``bare``: none of that, decided upon all the same;
- ``unjudged``: nobody decides.

A round is one turn of each, in another order each time. What is added is the difference within a round, and of all
rounds the median: whatever else the machine does meets neighbours about alike.
"""

import json
import statistics
import subprocess
import sys
import time
from itertools import chain
from typing import Any
from uuid import UUID

from bench import Report
from bench.moderation.messages import messages, terms
from bench.moderation.server import AUTOMOD_LEVEL, TERMS
from bench.room.__main__ import SENDERS, free_port
from moderation.terms import automod
from moderation.terms.folding import Folded
from moderation.terms.links import has_link
from moderation.terms.matching import Filter
from moderation.terms.searching import Entry, Terms

# At this rate no line waits for the room's next tick, which would hide what is measured behind chance. In six rounds
# each order comes once.
VIEWERS, RATE, SECONDS, ROUNDS = 1_000, 10, 1.0, 12
KINDS = ("moderated", "bare", "unjudged")

Turn = dict[str, Any]


class Child:
    """A process that is told lines and answers each with one of JSON."""

    def __init__(self, module: str, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self._to, self._from = self.process.stdin, self.process.stdout

    def tell(self, line: str) -> None:
        self._to.write(line + "\n")
        self._to.flush()

    def wait_for(self, word: str) -> None:
        for line in self._from:
            if line.strip() == word:
                return
        raise SystemExit(f"{self.process.args!r} ended without saying {word!r}")

    def ask(self, line: str) -> Any:
        self.tell(line)
        return json.loads(self._from.readline())

    def stop(self) -> None:
        self._to.close()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def measure(report: Report) -> None:
    port = free_port()
    server, viewers = Child("bench.moderation.server", str(port)), None
    try:
        server.wait_for("ready")
        stream = server.ask("counts")["stream"]
        passes = server.ask(f"passes {VIEWERS} {SENDERS}")
        viewers = Child("bench.moderation.viewers")
        order = {
            "port": port,
            "pid": server.process.pid,
            "paths": [f"/ws/streams/{stream}/?pass={join_pass}" for join_pass in passes],
            "senders": SENDERS,
            "rate": RATE,
            "texts": harmless(),
        }
        viewers.tell(json.dumps(order))
        viewers.wait_for("joined")
        rounds = [one_round(server, viewers, number) for number in range(ROUNDS)]
    finally:
        if viewers is not None:
            viewers.stop()
        server.stop()
    tell(report, rounds)


def harmless() -> list[str]:
    """What nobody holds or blocks, so that all of it arrives; looked through it is all the same."""
    listed = Filter(Terms([Entry(UUID(int=place), text, "block") for place, text in enumerate(terms(TERMS))]))

    def is_harmless(text: str) -> bool:
        folded = Folded(text)
        return not (listed.look(folded) or has_link(folded) or automod.look(folded, AUTOMOD_LEVEL))

    return [
        text
        for text in messages(1_000)
        if is_harmless(text) and is_harmless(f"@{time.monotonic_ns()}@ {text}")
    ]


def one_round(server: Child, viewers: Child, number: int) -> dict[str, Turn]:
    first = number % len(KINDS)
    turns: dict[str, Turn] = {}
    for kind in (*KINDS[first:], *KINDS[:first])[:: 1 if number % 2 else -1]:
        server.ask(kind)
        turns[kind] = viewers.ask(str(SECONDS))
    p50 = " ".join(f"{kind} {statistics.median(turn['latencies_ms']):.1f}" for kind, turn in turns.items())
    print(f"# p50 {p50}", file=sys.stderr, flush=True)
    return turns


def tell(report: Report, rounds: list[dict[str, Turn]]) -> None:
    p95 = {}
    for kind in KINDS:
        turns = [each[kind] for each in rounds]
        ordered = sorted(chain.from_iterable(turn["latencies_ms"] for turn in turns))
        p95[kind] = ordered[len(ordered) * 95 // 100]
        report.line(f"room.{kind}.p50", statistics.median(ordered), "ms")
        report.line(f"room.{kind}.p95", p95[kind], "ms")
        report.line(f"room.{kind}.p99", ordered[len(ordered) * 99 // 100], "ms")
        report.line(f"room.{kind}.cpu", statistics.fmean(turn["cpu_ms"] for turn in turns), "ms/line")
        delivered = min(turn["delivered"] for turn in turns)
        report.line(f"room.{kind}.delivered", delivered, "of_expected", at_least=1)
    added = added_p50(rounds, "moderated", to="bare")
    report.line("room.added.p50", added, "ms", at_most=5)
    report.line("room.added.p50_to_p95_of_bare", added / p95["bare"], "x", at_most=0.25)
    report.line("room.added_to_unjudged.p50", added_p50(rounds, "moderated", to="unjudged"), "ms")


def added_p50(rounds: list[dict[str, Turn]], kind: str, *, to: str) -> float:
    def p50(turn: Turn) -> float:
        return float(statistics.median(turn["latencies_ms"]))

    return statistics.median(p50(turns[kind]) - p50(turns[to]) for turns in rounds)
