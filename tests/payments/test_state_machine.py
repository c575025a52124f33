"""Anything that can happen to money, in any order, broken off anywhere: the books are balanced after every step.

``BUSK_MONEY_STEPS=100000`` takes that many steps; without it a few hundred.
"""

import os
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from core.errors import DomainError
from core.ids import new_id
from gifts.models import Gift, GiftSend, Standing
from gifts.services import gift_send
from payments.coins import coins_refund
from payments.disputes import dispute_lost, dispute_open, dispute_withdrawn, dispute_won
from payments.earnings import earnings_release, sale_book
from payments.errors import AmountInvalid, NotEnoughCoins, WalletFrozen
from payments.ledger.folding import fold
from payments.models import AccountKind, CoinLot, Dispute, EarningSource, Entry, Transaction, Wallet
from streams.models import Stream
from tests.conftest import viewer_of
from tests.payments.books import buy, differences

STEPS_IN_ALL = int(os.environ.get("BUSK_MONEY_STEPS", "240"))
STEPS_EACH = 40

pytestmark = pytest.mark.django_db(transaction=True)


class Crash(Exception):
    """The process died here."""


class Money(RuleBasedStateMachine):
    """Two who buy and give, two who earn, and a bank. What was answered is remembered and must stay true."""

    people: list[Any] = []
    streams: list[Stream] = []
    gifts: list[Gift] = []

    orders = Bundle("orders")
    disputes = Bundle("disputes")
    requests = Bundle("requests")

    def __init__(self) -> None:
        super().__init__()
        with connection.cursor() as cursor:
            models: list[Any] = [*apps.get_app_config("payments").get_models(), GiftSend, Standing]
            tables = [model._meta.db_table for model in models]
            cursor.execute(f"TRUNCATE {', '.join(tables)} CASCADE")
        Stream.objects.update(gifts_total_coins=0)
        self.number = 0
        self.now = timezone.now()
        # What people were told: coins bought, given and given back; money paid and paid back, by the provider.
        self.told: Counter[str] = Counter()

    def next(self, word: str) -> str:
        self.number += 1
        return f"{word}-{self.number}"

    @rule(
        target=orders,
        who=st.integers(0, 1),
        coins=st.integers(1, 300),
        price=st.integers(1, 1000),
        fee=st.integers(0, 60),
    )
    def buy(self, who: int, coins: int, price: int, fee: int) -> str:
        order = self.next("order")
        fee = min(fee, price)
        for _ in range(2):  # webhooks come twice
            buy(self.people[who], coins, price=price, processing=fee, at=self.now, order=order)
        self.told["bought"] += coins
        self.told["provider"] += price - fee
        return order

    @rule(
        target=requests,
        who=st.integers(0, 1),
        to=st.integers(0, 1),
        gift=st.integers(0, 6),
        quantity=st.integers(1, 9),
        anonymous=st.booleans(),
    )
    def give(self, who: int, to: int, gift: int, quantity: int, anonymous: bool) -> Any:
        asked: dict[str, Any] = {
            "sender": viewer_of(self.people[who]), "stream": self.streams[to], "gift": self.gifts[gift],
            "quantity": quantity, "request_id": new_id(), "anonymous": anonymous,
        }  # fmt: skip
        try:
            sent = gift_send(**asked)
        except (NotEnoughCoins, WalletFrozen):
            return (asked, None)
        self.told["given"] += sent.gift.coins
        return (asked, sent.gift.pk)

    @rule(request=requests)
    def give_again(self, request: Any) -> None:
        """The answer got lost. What was sent is not sent twice; what was refused may go through by now."""
        asked, sent = request
        if sent is not None:
            assert gift_send(**asked).gift.pk == sent

    @rule(order=orders, coins=st.integers(1, 300))
    def refund(self, order: str, coins: int) -> None:
        lot = CoinLot.objects.get(order_reference=order)
        key = self.next("refund")
        try:
            money = coins_refund(lot_id=lot.pk, coins=coins, key=key)
        except (AmountInvalid, WalletFrozen):
            return
        assert coins_refund(lot_id=lot.pk, coins=coins, key=key) == money
        self.told["given back"] += coins
        self.told["provider"] -= money

    @rule(
        to=st.integers(0, 1),
        gross=st.integers(100, 5000),
        live=st.booleans(),
        source=st.sampled_from(EarningSource),
    )
    def sell(self, to: int, gross: int, live: bool, source: EarningSource) -> None:
        """A tip, or a ticket."""
        order = self.next("sale")
        stream = self.streams[to]
        for _ in range(2):
            sale_book(
                source=source,
                creator_id=stream.party_id,
                stream_id=stream.pk if live else None,
                gross=gross,
                processing=gross * 29 // 1000 + 30,
                order_reference=order,
                charged_at=self.now,
                key=order,
            )
        self.told["provider"] += gross - (gross * 29 // 1000 + 30)

    @rule(target=disputes, order=consumes(orders))
    def dispute(self, order: str) -> str:
        reference = self.next("dispute")
        dispute_open(reference=reference, order_reference=order)
        dispute_open(reference=reference, order_reference=order)
        return reference

    @rule(reference=disputes, amount=st.integers(1, 1000), fee=st.integers(0, 1500))
    def withdraw(self, reference: str, amount: int, fee: int) -> None:
        key = self.next("event")
        dispute_withdrawn(reference=reference, amount=amount, fee=fee, key=key)
        self.told["provider"] -= amount + fee

    @rule(reference=disputes)
    def win(self, reference: str) -> None:
        if Dispute.objects.get(reference=reference).state != "lost":
            dispute_won(reference=reference)

    @rule(reference=disputes)
    def lose(self, reference: str) -> None:
        if Dispute.objects.get(reference=reference).state != "won":
            dispute_lost(reference=reference)

    @rule()
    def fold(self) -> None:
        fold()

    @rule(days=st.integers(0, 20))
    def release(self, days: int) -> None:
        earnings_release(now=self.now + timedelta(days=days))

    @rule(data=st.data(), where=st.integers(1, 30))
    def crash(self, data: st.DataObject, where: int) -> None:
        """The same things, with the process dying at the so-many-th statement: all of it happened, or nothing."""
        who, stream, gift = self.people[where % 2], self.streams[where % 2], self.gifts[where % 7]
        order, reference = self.next("order"), self.next("dispute")
        lots = list(CoinLot.objects.order_by("pk"))
        acts = {
            "buy": lambda: buy(who, 10, at=self.now, order=order),
            "give": lambda: gift_send(
                sender=viewer_of(who), stream=stream, gift=gift, quantity=1, request_id=new_id()
            ),
            "fold": fold,
            "release": lambda: earnings_release(now=self.now + timedelta(days=30)),
            "dispute": lambda: (
                lots and dispute_open(reference=reference, order_reference=lots[0].order_reference)
            ),
        }
        act = data.draw(st.sampled_from(sorted(acts)))
        before = self.seen()
        try:
            with dying_at(where):
                acts[act]()
        except (Crash, DomainError):
            if act in {"buy", "give"}:
                assert self.seen() == before
            return
        after = self.seen()
        if act == "buy":
            self.told["bought"] += 10
            self.told["provider"] += 14
        elif act == "give" and after != before:
            self.told["given"] += gift.price_coins

    def seen(self) -> tuple[int, int]:
        return Transaction.objects.exclude(kind="release").count(), GiftSend.objects.count()

    @invariant()
    def the_books_are_balanced(self) -> None:
        assert differences() == []

    @invariant()
    def they_say_what_people_were_told(self) -> None:
        booked: Counter[str] = Counter()
        for kind, transaction_kind, amount in Entry.objects.values_list(
            "account__kind", "transaction__kind", "amount"
        ):
            if kind == AccountKind.PROVIDER:
                booked["provider"] += amount
            if kind == AccountKind.WALLET:
                word = {"coins_bought": "bought", "gift": "given", "coins_refunded": "given back"}
                if name := word.get(transaction_kind):
                    booked[name] += abs(amount)
        assert booked == self.told
        assert all(wallet.balance_coins >= 0 for wallet in Wallet.objects.all())


def dying_at(statement: int) -> Any:
    """Whatever uses the database dies before the so-many-th statement; what it had not committed is rolled back."""
    left = [statement]

    def execute(run: Any, sql: str, *arguments: Any) -> Any:
        left[0] -= 1
        if left[0] == 0:
            raise Crash
        return run(sql, *arguments)

    return connection.execute_wrapper(execute)


def test_any_order_of_things(alice, bob, make_user, catalogue):
    from streams.services import media_arrived, stream_create

    Money.people = [bob, make_user("dora")]
    Money.streams = []
    for creator in (alice, make_user("ella")):
        stream = stream_create(creator=creator, title="Open")[0]
        media_arrived(stream_id=stream.pk)
        stream.refresh_from_db()
        Money.streams.append(stream)
    Money.gifts = sorted(catalogue.values(), key=lambda gift: gift.price_coins)
    run = settings(
        max_examples=max(STEPS_IN_ALL // STEPS_EACH, 1),
        stateful_step_count=STEPS_EACH,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.generate, Phase.shrink] if STEPS_IN_ALL < 1000 else [Phase.generate],
    )
    from hypothesis.stateful import run_state_machine_as_test

    run_state_machine_as_test(Money, settings=run)
