"""Some hundred orders under each thing that webhooks may do: how many are booked once, and how long that takes.

The sandbox takes the money over HTTP, its signed events come in through the view; only what they do on the way is ours.
Where nobody tells us, the clock that asks is put forward instead of waited for. Names behind the benchmark's pick some.
"""

import logging
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")
os.environ.setdefault("BUSK_VAR_DIR", str(Path(tempfile.gettempdir()) / "busk-bench"))

import time_machine
from django.conf import settings

from bench import Report

ORDERS, BUYERS = int(os.environ.get("BENCH_ORDERS", "200")), 20
CARD = "4242424242424242"
# Beat's: how often the clock looks for orders that wait, and how long after a payment it does so first.
LOOKS_EVERY, FIRST_LOOK = 20, 61


@dataclass
class Outcome:
    """``seconds`` from the first delivery, or by the clock, until everything was booked."""

    sent: int = 0
    refused: int = 0
    seconds: float = 0.0
    by_clock: float = 0.0
    kept: int = 0
    notes: list[str] = field(default_factory=list)


def main() -> None:
    import django

    from config import embedded

    logging.disable()  # each forged one would be a line
    settings.DATABASES["default"] |= {"TEST": {"NAME": "busk_bench_webhooks", "TEMPLATE": "template0"}}
    settings.DEBUG, settings.PAYMENTS = True, "sandbox"
    settings.VAR_DIR = Path(tempfile.mkdtemp())
    settings.ALLOWED_HOSTS = ["testserver"]
    if not os.environ.get("DATABASE_URL"):
        embedded.start()
    django.setup()
    from django.db import connection

    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        report = Report()
        names = sys.argv[1:] or list(CONDITIONS)
        for name in names:
            _measure(report, name)
    finally:
        connection.close()
        connection.creation.destroy_test_db("busk", verbosity=0)
    report.finish()


def _measure(report: Report, name: str) -> None:
    from django.db.models import Sum

    from payments.ledger.check import ledger_check
    from payments.models import CoinLot, Wallet
    from payments.orders.models import Order, Payment, ProviderEvent, Receipt

    world = World()
    try:
        kept = ProviderEvent.objects.count()
        orders = world.orders_paid(name)
        outcome = CONDITIONS[name](world)
        references = [str(order) for order in orders]
        lots = CoinLot.objects.filter(order_reference__in=references).count()
        payments = Payment.objects.filter(order__in=orders).count()
        receipts = Receipt.objects.filter(order__in=orders).count()
        report.line(f"webhooks.{name}.sent", outcome.sent, "events")
        report.line(f"webhooks.{name}.refused", outcome.refused, "events")
        report.line(f"webhooks.{name}.kept", ProviderEvent.objects.count() - kept, "rows")
        wallets = Wallet.objects.filter(party__orders__in=orders).distinct()
        coins = sum(wallet.balance_coins for wallet in wallets)
        wanted = Order.objects.filter(pk__in=orders).aggregate(sum=Sum("coins"))["sum"]
        report.line(f"webhooks.{name}.booked", min(lots, payments, receipts), "orders", at_least=ORDERS)
        report.line(f"webhooks.{name}.coins_too_many", abs(coins - wanted), "coins", at_most=0)
        if outcome.by_clock:
            report.line(f"webhooks.{name}.until_right_by_clock", outcome.by_clock, "s")
        report.line(f"webhooks.{name}.until_right", outcome.seconds, "s")
        report.line(f"webhooks.{name}.differences", len(ledger_check().differences), "found", at_most=0)
    finally:
        world.close()


class World:
    """People who buy, a provider that takes the money, and its events, which wait here."""

    def __init__(self) -> None:
        from payments.provider import sandbox_address_file
        from payments.sandbox.server import Sandbox

        self.sandbox = Sandbox(send=self._deliver)
        sandbox_address_file().parent.mkdir(exist_ok=True)
        sandbox_address_file().write_text(self.sandbox.address)
        self.sandbox.start(with_webhooks=False)
        self.expected = 0

    def close(self) -> None:
        self.sandbox.stop()

    def orders_paid(self, name: str) -> list[Any]:
        import requests

        from payments.orders.models import Flow
        from payments.orders.prices import offer_of_coins
        from payments.orders.services import coins_order

        people = [_person(f"{name}-{number}") for number in range(BUYERS)]
        made = []
        for number in range(ORDERS):
            begun = coins_order(
                user=people[number % BUYERS],
                offer=offer_of_coins(coins=500 + number // BUYERS, currency="usd"),
                flow=Flow.CHECKOUT,
                address="203.0.113.7",
                back_to="http://busk.test/wallet",
            )
            paid = requests.post(begun.url, {"do": "pay", "card": CARD}, allow_redirects=False, timeout=10)
            assert paid.status_code == 303
            made.append(begun.order.pk)
        self.orders = made
        return made

    def post(self, waiting: Sequence[Any], outcome: Outcome) -> None:
        """Deliver, and handle what came: until nothing waits."""
        from payments.orders.webhooks import events_handle

        began = time.perf_counter()
        answers = self.sandbox.outbox.post(waiting)
        while events_handle():
            pass
        outcome.seconds += time.perf_counter() - began
        outcome.sent += len(answers)
        outcome.refused += sum(answer != 200 for answer in answers)

    def by_the_clock(self, outcome: Outcome) -> None:
        """As beat does, until every order is paid."""
        from django.utils import timezone

        from payments.orders.looking import orders_look
        from payments.orders.models import Order, OrderState

        start, ahead = timezone.now(), FIRST_LOOK
        began = time.perf_counter()
        while Order.objects.filter(pk__in=self.orders).exclude(state=OrderState.PAID).exists():
            with time_machine.travel(start + timedelta(seconds=ahead)):
                orders_look()
            outcome.by_clock = ahead
            ahead += LOOKS_EVERY
        outcome.seconds += time.perf_counter() - began

    def _deliver(self, body: bytes, signature: str) -> int:
        from django.test import Client

        answer = Client().post(
            "/webhooks/stripe", body, content_type="application/json", headers={"Stripe-Signature": signature}
        )
        return int(answer.status_code)


def _person(username: str) -> Any:
    from allauth.account.models import EmailAddress
    from django.utils import timezone

    from accounts.models import User

    joined = timezone.now() - timedelta(days=30)
    user = User.objects.create_user(username, f"{username}@example.com", date_joined=joined)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def as_sent(world: World) -> Outcome:
    outcome = Outcome()
    world.post(world.sandbox.outbox.take(), outcome)
    return outcome


def lost(world: World) -> Outcome:
    outcome = Outcome()
    world.sandbox.outbox.take()
    world.by_the_clock(outcome)
    return outcome


def some_lost(world: World) -> Outcome:
    """Each with three in ten, and the others in any order."""
    outcome, chance = Outcome(), random.Random(1)
    waiting = [one for one in world.sandbox.outbox.take() if chance.random() > 0.3]
    chance.shuffle(waiting)
    world.post(waiting, outcome)
    world.by_the_clock(outcome)
    return outcome


def tripled(world: World) -> Outcome:
    outcome = Outcome()
    world.post([one for one in world.sandbox.outbox.take() for _ in range(3)], outcome)
    return outcome


def reversed_(world: World) -> Outcome:
    outcome = Outcome()
    world.post(world.sandbox.outbox.take()[::-1], outcome)
    return outcome


def delayed(world: World) -> Outcome:
    """They come when the clock has asked already."""
    outcome = Outcome()
    waiting = world.sandbox.outbox.take()
    world.by_the_clock(outcome)
    world.post(waiting, outcome)
    return outcome


def forged(world: World) -> Outcome:
    """Each comes with a guessed signature first, and then from the provider."""
    outcome = Outcome()
    waiting = world.sandbox.outbox.take()
    for one in waiting:
        guess = world.sandbox.outbox.signature(one.body, secret="whsec_guess")
        outcome.sent += 1
        outcome.refused += world._deliver(one.body, guess) != 200
    world.post(waiting, outcome)
    return outcome


def replayed(world: World) -> Outcome:
    """All once more when they were handled, and with the signatures of a day ago."""
    outcome = Outcome()
    waiting = world.sandbox.outbox.take()
    world.post(waiting, outcome)
    world.post(waiting, outcome)
    for one in waiting:
        old = world.sandbox.outbox.signature(one.body, at=time.time() - 86_400)
        outcome.sent += 1
        outcome.refused += world._deliver(one.body, old) != 200
    return outcome


def unknown(world: World) -> Outcome:
    """As many events of kinds that we do not know lie between them."""
    outcome = Outcome()
    with world.sandbox.account.store.lock:
        for number in range(ORDERS):
            world.sandbox.outbox.put("something.new", {"id": f"new_{number}", "object": "new"})
    waiting = world.sandbox.outbox.take()
    random.Random(2).shuffle(waiting)
    world.post(waiting, outcome)
    return outcome


CONDITIONS: dict[str, Callable[[World], Outcome]] = {
    "as_sent": as_sent,
    "lost": lost,
    "some_lost_and_shuffled": some_lost,
    "tripled": tripled,
    "reversed": reversed_,
    "delayed": delayed,
    "forged": forged,
    "replayed": replayed,
    "unknown": unknown,
}

if __name__ == "__main__":
    main()
