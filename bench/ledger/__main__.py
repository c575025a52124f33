"""1, 4 and 16 clients, the plain design and ours in turns of little more than a second; then the books are looked at.

The figures are medians of the turns, and what is compared are turns that follow each other: other work on the machine,
which comes and goes, meets both designs alike and does not settle the outcome.
"""

import gc
import multiprocessing
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")
os.environ.setdefault("BUSK_VAR_DIR", str(Path(tempfile.gettempdir()) / "busk-bench"))

import psutil
from django.conf import settings

from bench import Report

SENDERS, SECONDS = 1000, 1.2
# So many turns of each design by so many clients; the last ones are what the bars are for.
TURNS = {1: 3, 4: 3, 16: 7}
DESIGNS = ("plain", "ours")
# Of each client before its first turn: imports are done, and the plans of PL/pgSQL, settled by the sixth time.
WARMING = 8
# For a client that died; else all would wait for it.
PATIENCE = 60
# What is there before: an empty table is planned for, and measured, like none that matters.
PRELOADED = 20_000
forking = multiprocessing.get_context("fork")
Send = Callable[..., Any]


@dataclass(frozen=True)
class Figures:
    # Those that were done when the turn was over.
    per_second: float
    # Of all that were begun.
    p99_ms: float
    # Of the client and its connection's process, for one gift: what is compared on a machine that is not idle.
    cpu_us: float


@dataclass(frozen=True)
class Turn:
    """What one client did in one turn: how long each gift took, how many were done in time, and the CPU."""

    took: list[float]
    in_time: int
    cpu: float


def main() -> None:
    import django

    from config import embedded

    settings.DEBUG = False
    settings.LOGGING["root"]["level"] = "WARNING"
    settings.DATABASES["default"] |= {
        "TEST": {"NAME": "busk_bench_ledger", "TEMPLATE": "template0"},
        "CONN_MAX_AGE": None,
        "OPTIONS": {"options": settings.DATABASES["default"]["OPTIONS"]["options"]},
    }
    if not os.environ.get("DATABASE_URL"):
        embedded.start()
    django.setup()
    from django.db import connection

    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        report = Report()
        world = World()
        connection.close()
        _spare_collections()
        for clients, turns in TURNS.items():
            found = world.measure(clients, turns)
            for name in DESIGNS:
                line = f"ledger.{name}.{clients}_clients"
                report.line(line, median(turn.per_second for turn in found[name]), "gifts/s")
                report.line(f"{line}_p99", median(turn.p99_ms for turn in found[name]), "ms")
                report.line(f"{line}_cpu", median(turn.cpu_us for turn in found[name]), "us/gift")
        pairs = list(zip(found["plain"], found["ours"], strict=True))
        to_plain = median(ours.per_second / plain.per_second for plain, ours in pairs)
        report.line("ledger.to_plain", to_plain, "x", at_least=8)
        p99_to_plain = median(ours.p99_ms / plain.p99_ms for plain, ours in pairs)
        report.line("ledger.p99_to_plain", p99_to_plain, "x", at_most=0.1)
    finally:
        connection.close()
        connection.creation.destroy_test_db("busk", verbosity=0)
    report.finish()


class World:
    """A live stream, people with coins, and a past."""

    def __init__(self) -> None:
        from gifts.models import Gift
        from payments.coins import coins_credit
        from payments.ledger.folding import fold
        from streams.services import media_arrived, stream_create
        from streams.viewers import Viewer

        creator = self._person("bench-creator")
        self.stream = stream_create(creator=creator, title="Bench")[0]
        media_arrived(stream_id=self.stream.pk)
        self.stream.refresh_from_db()
        self.gift = Gift.objects.get(sku="rose")
        now = self.stream.started_at
        assert now is not None
        self.senders = []
        for number in range(SENDERS):
            user = self._person(f"bench-{number}")
            coins_credit(
                party_id=user.party_id,
                coins=1_000_000,
                source="stripe",
                price=1_490_000,
                processing=43_240,
                order_reference=f"bench-{number}",
                charged_at=now,
                key=f"bench-{number}",
            )
            self.senders.append(Viewer(user=user, viewer_id=f"u:{user.pk}"))
        self._preload()
        fold()

    def _person(self, username: str) -> Any:
        from allauth.account.models import EmailAddress

        from accounts.models import User

        user = User.objects.create_user(username, f"{username}@example.com")
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        return user

    def _preload(self) -> None:
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute(
                """
                SELECT count((SELECT outcome FROM gifts_send(
                    gen_random_uuid(), 'past:' || number, 'x', now(), (%s::uuid[])[number %% %s + 1], %s, %s,
                    1, 1, false, 'usd', 9500, 10000, NULL, NULL, now()
                ))) FROM generate_series(1, %s) AS number
                """,
                [
                    [sender.party_id for sender in self.senders],
                    len(self.senders),
                    self.stream.pk,
                    self.gift.pk,
                    PRELOADED,
                ],
            )
            # Statistics as a running site has them.
            cursor.execute("VACUUM ANALYZE")

    def measure(self, clients: int, turns: int) -> dict[str, list[Figures]]:
        """Of both designs, one for each turn. Which of them begins alternates."""
        from bench.ledger import plain
        from gifts import services
        from payments.ledger.folding import fold

        sends: dict[str, Send] = {"plain": plain.gift_send, "ours": services.gift_send}
        answers = forking.Queue()
        gates = {name: forking.Barrier(clients + 1, timeout=PATIENCE) for name in DESIGNS}
        over = forking.Event()
        processes = [
            forking.Process(target=self._client, args=(sends[name], gates[name], answers, number, turns))
            for name in DESIGNS
            for number in range(clients)
        ]
        processes.append(forking.Process(target=self._fold, args=(over,)))
        for process in processes:
            process.start()
        for name in DESIGNS:
            gates[name].wait()  # all are warm
        found: dict[str, list[Figures]] = {name: [] for name in DESIGNS}
        for turn in range(turns):
            for name in DESIGNS[:: 1 if turn % 2 == 0 else -1]:
                gates[name].wait()
                found[name].append(_figures([answers.get(timeout=PATIENCE) for _ in range(clients)]))
        over.set()
        for process in processes:
            process.join()
        fold()
        plain.leaderboards_catch_up()
        self._books_are_balanced()
        return found

    def _client(self, send: Send, gate: Any, answers: Any, number: int, turns: int) -> None:
        from django.db import connection

        from core.ids import new_id

        chance = random.Random(number)
        for _ in range(WARMING):
            sender = chance.choice(self.senders)
            send(sender=sender, stream=self.stream, gift=self.gift, quantity=1, request_id=new_id())
        backend = psutil.Process(connection.connection.info.backend_pid)
        gate.wait()
        for _ in range(turns):
            gate.wait()
            took, in_time = [], 0
            cpu = -_spent(backend)
            now = time.perf_counter()
            end = now + SECONDS
            while now < end:
                sender, began = chance.choice(self.senders), now
                send(sender=sender, stream=self.stream, gift=self.gift, quantity=1, request_id=new_id())
                now = time.perf_counter()
                took.append(now - began)
                in_time += now < end
            answers.put(Turn(took, in_time, cpu + _spent(backend)))
        connection.close()

    def _fold(self, over: Any) -> None:
        """As beat does."""
        from django.db import connection

        from gifts.tasks import gifts_settle
        from payments.ledger.folding import fold

        while not over.wait(0.5):
            fold()
            gifts_settle()
        connection.close()

    def _books_are_balanced(self) -> None:
        from django.db import connection

        from payments.ledger.check import ledger_check

        if found := ledger_check().differences:
            sys.exit(f"the books differ: {found}")
        connection.close()


def _spare_collections() -> None:
    """As a serving process does (``config.lifespan``); the clients, which are forks of this one, have it from here."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)


def _figures(turn: list[Turn]) -> Figures:
    """Of all clients together."""
    took = sorted(seconds for client in turn for seconds in client.took)
    return Figures(
        per_second=sum(client.in_time for client in turn) / SECONDS,
        p99_ms=took[int(len(took) * 0.99)] * 1000,
        cpu_us=sum(client.cpu for client in turn) / len(took) * 1e6,
    )


def _spent(backend: psutil.Process) -> float:
    times = backend.cpu_times()
    return time.process_time() + float(times.user + times.system)


if __name__ == "__main__":
    main()
