"""1, 4 and 16 clients for some seconds each, first the plain design and then ours; then the books are looked at."""

import multiprocessing
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")
os.environ.setdefault("BUSK_VAR_DIR", str(Path(tempfile.gettempdir()) / "busk-bench"))

import psutil
from django.conf import settings

from bench import Report

SENDERS, SECONDS, CLIENTS = 1000, 3.0, (1, 4, 16)
# What is there before: an empty table is planned for, and measured, like none that matters.
PRELOADED = 20_000
forking = multiprocessing.get_context("fork")
Send = Callable[..., Any]


@dataclass(frozen=True)
class Figures:
    per_second: float
    p99_ms: float
    # Of the client and its connection's process, for one gift: what is compared on a machine that is not idle.
    cpu_us: float


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
        found = {
            (name, clients): world.measure(name, clients) for clients in CLIENTS for name in ("plain", "ours")
        }
        for (name, clients), figures in found.items():
            report.line(f"ledger.{name}.{clients}_clients", figures.per_second, "gifts/s")
            report.line(f"ledger.{name}.{clients}_clients_p99", figures.p99_ms, "ms")
            report.line(f"ledger.{name}.{clients}_clients_cpu", figures.cpu_us, "us/gift")
        most = CLIENTS[-1]
        plain, ours = found["plain", most], found["ours", most]
        report.line("ledger.to_plain", ours.per_second / plain.per_second, "x", at_least=8)
        report.line("ledger.p99_to_plain", ours.p99_ms / plain.p99_ms, "x", at_most=0.1)
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

    def measure(self, name: str, clients: int) -> Figures:
        from bench.ledger import plain
        from gifts import services
        from payments.ledger.folding import fold

        send: Send = plain.gift_send if name == "plain" else services.gift_send
        answers = forking.Queue()
        gate, over = forking.Barrier(clients), forking.Event()
        folder = forking.Process(target=self._fold, args=(over,))
        workers = [
            forking.Process(target=self._client, args=(send, gate, answers, number))
            for number in range(clients)
        ]
        for process in (folder, *workers):
            process.start()
        told = [answers.get() for _ in workers]
        took = sorted(seconds for gifts, _ in told for seconds in gifts)
        over.set()
        for process in (folder, *workers):
            process.join()
        fold()
        if name == "plain":
            plain.leaderboards_catch_up()
        self._books_are_balanced()
        return Figures(
            len(took) / SECONDS,
            took[int(len(took) * 0.99)] * 1000,
            sum(cpu for _, cpu in told) / len(took) * 1e6,
        )

    def _client(self, send: Send, gate: Any, answers: Any, number: int) -> None:
        from django.db import connection

        from core.ids import new_id

        chance = random.Random(number)
        connection.ensure_connection()
        for sender in self.senders[number :: len(self.senders) // 4]:  # plans are made, imports done
            send(sender=sender, stream=self.stream, gift=self.gift, quantity=1, request_id=new_id())
        backend = psutil.Process(connection.connection.info.backend_pid)
        gate.wait()
        took = []
        cpu = -_spent(backend)
        end = time.perf_counter() + SECONDS
        while (began := time.perf_counter()) < end:
            sender = chance.choice(self.senders)
            send(sender=sender, stream=self.stream, gift=self.gift, quantity=1, request_id=new_id())
            took.append(time.perf_counter() - began)
        answers.put((took, cpu + _spent(backend)))
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


def _spent(backend: psutil.Process) -> float:
    times = backend.cpu_times()
    return time.process_time() + float(times.user + times.system)


if __name__ == "__main__":
    main()
