"""Anything that can happen to money, in any order, broken off anywhere: the books are balanced after every step.

``BUSK_MONEY_STEPS=100000`` takes that many steps; without it a few hundred.
"""

import logging
import os
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from core.ids import new_id
from core.models import AuditEvent, OutboxFact
from gifts.models import Gift, GiftSend, Standing
from gifts.services import gift_send
from payments.answers import Card, Charge, DisputeSeen, Intent, RefundMade, Settled
from payments.coins import wallet_ensure
from payments.earnings import earnings_release
from payments.errors import AmountInvalid, NotEnoughCoins, WalletFrozen
from payments.ledger.check import differences_look
from payments.ledger.folding import fold
from payments.models import EarningSource
from payments.orders.chargebacks import dispute_converge
from payments.orders.errors import NotRefundable
from payments.orders.goods import GOODS, SPENT_GOODS, Goods, SpentGoods, sale_paid
from payments.orders.looking import Seen, order_converge
from payments.orders.models import Flow, Movement, Order, Payment, Purpose, Refund
from payments.orders.refunds import refund_take, refunds_converge
from payments.spending import coins_spend, spend_refund
from streams.models import Stream
from tests.conftest import viewer_of

STEPS_IN_ALL = int(os.environ.get("BUSK_MONEY_STEPS", "240"))
STEPS_EACH = 40
REFUSED = (NotRefundable, AmountInvalid, WalletFrozen)

pytestmark = pytest.mark.django_db(transaction=True)

# At which statement the process dies, if it does.
dies_at = st.one_of(st.none(), st.none(), st.none(), st.integers(1, 60))


class Crash(Exception):
    """The process died here."""


class Money(RuleBasedStateMachine):
    """Two who buy, give, tip and go in; two who earn; a provider and a bank. What they said must stay true."""

    people: list[Any] = []
    streams: list[Stream] = []
    gifts: list[Gift] = []
    tables: list[str] = []

    orders = Bundle("orders")
    requests = Bundle("requests")
    spends = Bundle("spends")
    refunds = Bundle("refunds")
    disputes = Bundle("disputes")

    def __init__(self) -> None:
        super().__init__()
        everything_forget(self.tables)
        self.number = 0
        self.now = timezone.now()
        # What people were told: coins bought, given, spent and had again; money at the provider.
        self.told: Counter[str] = Counter()
        # What is let in, by order or by the transaction that paid for it.
        self.tickets: dict[Any, bool] = {}
        # By order what it cost; by refund what of it went back; by dispute what it is about, and how it stands.
        self.cost: dict[Any, int] = {}
        self.back: dict[Any, list[Any]] = {}
        self.disputed: dict[str, Any] = {}
        self.goods = {
            Purpose.TIP: Goods(paid=self.sold),
            Purpose.TICKET: Goods(paid=self.sold, taken=self.ticket_void, given_again=self.ticket_valid),
        }
        self.spent_goods = {
            EarningSource.TICKET.value: SpentGoods(
                taken=lambda paid: self.tickets.update({paid: False}),
                given_again=lambda paid: self.tickets.update({paid: True}),
            )
        }

    def sold(self, payment: Payment) -> None:
        order = payment.order
        sale_paid(payment)
        if order.purpose == Purpose.TICKET:
            self.tickets[order.pk] = True

    def ticket_void(self, order: Order) -> None:
        assert self.tickets[order.pk], "taken twice"
        self.tickets[order.pk] = False

    def ticket_valid(self, order: Order) -> None:
        assert not self.tickets[order.pk], "given again twice"
        self.tickets[order.pk] = True

    def next(self, word: str) -> str:
        self.number += 1
        return f"{word}-{self.number}"

    def moves(self, kind: str, name: str, net: int, source: str = "") -> None:
        """A line of the provider's, old enough to be compared with the books."""
        Movement.objects.create(
            id=name, kind=kind, amount=net, fee=0, net=net, currency="usd", source=source,
            at=self.now - timedelta(hours=2),
        )  # fmt: skip
        self.told["provider"] += net

    def happen(self, act: Callable[[], Any], dies: int | None) -> Any:
        """Do it whole; or die amid it, and then nothing of it is there. Answers None when it died."""
        if dies is None:
            with patch.dict(GOODS, self.goods), patch.dict(SPENT_GOODS, self.spent_goods):
                return act()
        before, tickets = fingerprint(), dict(self.tickets)
        try:
            with patch.dict(GOODS, self.goods), patch.dict(SPENT_GOODS, self.spent_goods), dying_at(dies):
                return act()
        except Crash:
            assert fingerprint() == before
            self.tickets = tickets
            return None

    # What comes in.

    @initialize(target=orders, coins=st.integers(100, 1000), price=st.integers(100, 2000))
    def begin(self, coins: int, price: int) -> Any:
        """Somebody has coins."""
        return self.pay_for(Purpose.COINS, 0, 0, coins, price, 100, 59, False, False, None)

    @rule(
        target=orders,
        purpose=st.sampled_from([*Purpose, Purpose.COINS]),
        who=st.integers(0, 1),
        to=st.integers(0, 1),
        coins=st.integers(1, 300),
        amount=st.integers(100, 5000),
        rate=st.sampled_from([100, 100, 100, 93, 131]),
        fee=st.integers(0, 60),
        live=st.booleans(),
        twice=st.booleans(),
        dies=dies_at,
    )
    def pay(
        self,
        purpose: Purpose,
        who: int,
        to: int,
        coins: int,
        amount: int,
        rate: int,
        fee: int,
        live: bool,
        twice: bool,
        dies: int | None,
    ) -> Any:
        """Coins, a tip or a ticket; in the books' currency, or in another at some rate."""
        return self.pay_for(purpose, who, to, coins, amount, rate, fee, live, twice, dies)

    def pay_for(
        self, purpose: Purpose, who: int, to: int, coins: int, amount: int, rate: int, fee: int, live: bool,
        twice: bool, dies: int | None,
    ) -> Any:  # fmt: skip
        stream, is_coins = self.streams[to], purpose == Purpose.COINS
        order = Order.objects.create(
            party_id=self.people[who].party_id,
            purpose=purpose,
            flow=Flow.INTENT,
            amount=amount,
            currency="usd" if rate == 100 else "eur",
            coins=coins if is_coins else None,
            creator_id=None if is_coins else stream.party_id,
            stream=stream if live and not is_coins else None,
            title="It",
            intent_id=self.next("pi"),
            created_at=self.now,
            expires_at=self.now,
            look_at=self.now,
        )
        settled = settled_as(self.next("txn"), amount * rate // 100, fee, self.now)
        charge = Charge(
            f"ch-{order.pk}",
            order.intent_id or "",
            amount,
            0,
            order.currency,
            False,
            Card(),
            settled,
            self.now,
        )
        intent = Intent(
            charge.intent_id, "succeeded", amount, amount, order.currency, str(order.pk), charge, None, ""
        )
        for _ in range(1 + twice):  # webhooks come twice
            done = self.happen(lambda: order_converge(order_id=order.pk, seen=Seen(None, intent)), dies)
            if done is None:
                return multiple()
        self.told["bought"] += coins if is_coins else 0
        self.moves("charge", settled.id, settled.net)
        self.cost[order.pk] = amount
        self.back[order.pk] = []
        return order.pk

    @rule(who=st.integers(0, 1), decline=st.booleans(), dies=dies_at)
    def fail(self, who: int, decline: bool, dies: int | None) -> None:
        """An order that is cancelled, or whose card is declined: nothing is booked."""
        order = Order.objects.create(
            party_id=self.people[who].party_id, purpose=Purpose.COINS, coins=10, flow=Flow.INTENT, amount=100,
            currency="usd", title="It", intent_id=self.next("pi"), created_at=self.now, expires_at=self.now,
            look_at=self.now,
        )  # fmt: skip
        status = "requires_payment_method" if decline else "canceled"
        intent = Intent(order.intent_id or "", status, 100, 0, "usd", str(order.pk), None, None, "")
        self.happen(lambda: order_converge(order_id=order.pk, seen=Seen(None, intent)), dies)

    # What is done with coins.

    @rule(
        target=requests,
        who=st.integers(0, 1),
        to=st.integers(0, 1),
        gift=st.integers(0, 6),
        quantity=st.integers(1, 9),
        anonymous=st.booleans(),
        dies=dies_at,
    )
    def give(self, who: int, to: int, gift: int, quantity: int, anonymous: bool, dies: int | None) -> Any:
        asked: dict[str, Any] = {
            "sender": viewer_of(self.people[who]), "stream": self.streams[to], "gift": self.gifts[gift],
            "quantity": quantity, "request_id": new_id(), "anonymous": anonymous,
        }  # fmt: skip
        return asked, self.gave(asked, dies)

    @rule(request=requests)
    def give_again(self, request: Any) -> None:
        """The answer got lost. What was sent is not sent twice; what was refused may go through by now."""
        asked, sent = request
        if sent is not None:
            assert gift_send(**asked).gift.pk == sent

    def gave(self, asked: dict[str, Any], dies: int | None) -> Any:
        """A gift is announced after it is committed: whoever dies then has sent it, and the sweep announces it."""
        before = GiftSend.objects.count()
        try:
            with dying_at(dies or 0, anywhere=True):
                sent = gift_send(**asked).gift
        except (NotEnoughCoins, WalletFrozen):
            return None
        except Crash:
            if GiftSend.objects.count() == before:
                return None
            sent = GiftSend.objects.latest("id")
        self.told["given"] += sent.coins
        return sent.pk

    @rule(target=spends, who=st.integers(0, 1), to=st.integers(0, 1), coins=st.integers(1, 90), dies=dies_at)
    def enter(self, who: int, to: int, coins: int, dies: int | None) -> Any:
        """A ticket, paid with coins."""
        asked: dict[str, Any] = {
            "source": EarningSource.TICKET, "payer_id": self.people[who].party_id,
            "creator_id": self.streams[to].party_id, "stream_id": self.streams[to].pk, "coins": coins,
            "key": self.next("ticket"), "content": {"coins": coins},
        }  # fmt: skip
        try:
            spent = self.happen(lambda: coins_spend(**asked), dies)
        except (NotEnoughCoins, WalletFrozen):
            return multiple()
        if spent is None:
            return multiple()
        again = coins_spend(**asked)
        assert (again.transaction_id, again.repeated) == (spent.transaction_id, True)
        self.told["entered"] += coins
        self.tickets[spent.transaction_id] = True
        return spent.transaction_id

    @rule(paid=spends, dies=dies_at)
    def ticket_back(self, paid: Any, dies: int | None) -> None:
        """Coins return to their lots, as far as they were not called back with those."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT sum(coins - back) FROM payments_earning WHERE transaction_id = %s", [paid])
            (left,) = cursor.fetchone()
        key = f"{paid}:back"
        if self.happen(lambda: spend_refund(transaction_id=paid, key=key) or True, dies):
            spend_refund(transaction_id=paid, key=key)
            self.told["had again"] += int(left)

    # What goes back.

    @rule(
        target=refunds,
        order=orders,
        part=st.one_of(st.none(), st.integers(1, 100)),
        spent=st.booleans(),
        dies=dies_at,
    )
    def refund(self, order: Any, part: int | None, spent: bool, dies: int | None) -> Any:
        amount = None if part is None else max(self.cost[order] * part // 100, 1)
        try:
            refund = self.happen(
                lambda: refund_take(
                    order_id=order, amount=amount, reason="", actor_party_id=None, include_spent=spent
                ),
                dies,
            )
        except REFUSED:
            return multiple()
        if refund is None:
            return multiple()
        self.back[order].append([refund.amount, True])
        # The provider is asked, and answers by and by.
        self.moves("refund", self.next("txn"), -refund.booked, f"re-{refund.pk}")
        Refund.objects.filter(pk=refund.pk).update(provider_id=f"re-{refund.pk}")
        return refund.pk, self.back[order][-1]

    @rule(
        refund=refunds,
        status=st.sampled_from(["succeeded", "pending", "failed"]),
        twice=st.booleans(),
        dies=dies_at,
    )
    def answer(self, refund: Any, status: str, twice: bool, dies: int | None) -> None:
        """The provider says what became of a refund; one that is made may fail later, and not the other way round."""
        pk, counted = refund
        row = Refund.objects.select_related("payment").get(pk=pk)
        if row.state == "failed":
            status = "failed"
        made = self.made(row.payment, row.amount, status, f"re-{pk}", str(pk))
        for _ in range(1 + twice):
            if (
                self.happen(lambda: refunds_converge(payment_id=row.payment_id, made=[made]) or True, dies)
                is None
            ):
                return
        if status == "failed" and counted[1]:
            counted[1] = False
            self.moves("refund_failure", self.next("txn"), row.booked, f"re-{pk}")

    @rule(order=orders, part=st.integers(1, 100), dies=dies_at)
    def pay_back_past_us(self, order: Any, part: int, dies: int | None) -> None:
        """Somebody gives back at the provider itself: no more than there is, and nothing that is disputed."""
        left = self.left_of(order)
        amount = self.cost[order] * part // 100
        if not 0 < amount <= left or self.is_disputed(order):
            return
        payment = Payment.objects.get(order=order)
        made = self.made(payment, amount, "succeeded", self.next("re"), "")
        if self.happen(lambda: refunds_converge(payment_id=payment.pk, made=[made]) or True, dies):
            self.moves("refund", self.next("txn"), -Refund.objects.get(provider_id=made.id).booked, made.id)
            self.back[order].append([amount, True])

    def made(self, payment: Payment, amount: int, status: str, name: str, ours: str) -> RefundMade:
        return RefundMade(
            name, status, amount, "usd", payment.charge_id, payment.intent_id, ours, "", None, self.now
        )

    # What a bank wants.

    @rule(
        target=disputes,
        order=orders,
        part=st.one_of(st.none(), st.integers(1, 100)),
        fee=st.integers(0, 1500),
        dies=dies_at,
    )
    def dispute(self, order: Any, part: int | None, fee: int, dies: int | None) -> Any:
        left = self.left_of(order)
        amount = left if part is None else min(self.cost[order] * part // 100, left)
        if amount <= 0 or self.is_disputed(order):  # a bank disputes a payment once at a time
            return multiple()
        payment = Payment.objects.select_related("order").get(order=order)
        name = self.next("du")
        moved = -(amount * payment.settled_amount // payment.order.amount)
        about = {"order": order, "amount": amount, "moved": [(self.next("txn"), moved, fee)], "state": "open"}
        about["seen"] = (payment.charge_id, payment.order.currency)
        if self.hear(name, about, dies):
            self.disputed[name] = about
            if moved or fee:
                self.moves("dispute", about["moved"][0][0], moved - fee, name)
            return name
        return multiple()

    @rule(name=disputes, won=st.booleans(), twice=st.booleans(), dies=dies_at)
    def decide(self, name: str, won: bool, twice: bool, dies: int | None) -> None:
        about = self.disputed[name]
        if about["state"] != "open":
            return
        ended = {**about, "state": "won" if won else "lost"}
        if won:
            _id, moved, fee = about["moved"][0]
            ended["moved"] = [*about["moved"], (self.next("txn"), -moved, -fee)]
        if self.hear(name, ended, dies):
            self.disputed[name] = ended
            if won and (moved or fee):
                self.moves("dispute_reversal", ended["moved"][1][0], fee - moved, name)
            if twice:
                self.hear(name, ended, None)
                self.hear(name, about, None)  # and one that comes late

    def hear(self, name: str, about: dict[str, Any], dies: int | None) -> Any:
        charge, currency = about["seen"]
        status = {"open": "needs_response", "won": "won", "lost": "lost"}[about["state"]]
        moved = tuple(
            settled_as(txn, amount, fee, self.now) for txn, amount, fee in about["moved"] if amount or fee
        )
        seen = DisputeSeen(
            name, status, "fraudulent", about["amount"], currency, charge, "", None, moved, self.now
        )
        return self.happen(lambda: dispute_converge(seen=seen) or True, dies)

    def is_disputed(self, order: Any) -> bool:
        return any(one["order"] == order and one["state"] == "open" for one in self.disputed.values())

    def left_of(self, order: Any) -> int:
        """What of an order went neither back nor to a bank, by what was said."""
        back = sum(amount for amount, holds in self.back[order] if holds)
        lost = sum(
            one["amount"]
            for one in self.disputed.values()
            if one["order"] == order and one["state"] == "lost"
        )
        return int(self.cost[order] - back - lost)

    # What the clock does.

    @rule(dies=dies_at)
    def fold(self, dies: int | None) -> None:
        try:
            with dying_at(dies or 0):
                fold()
        except Crash:
            pass

    @rule(days=st.integers(0, 20), dies=dies_at)
    def release(self, days: int, dies: int | None) -> None:
        try:
            with dying_at(dies or 0):
                earnings_release(now=self.now + timedelta(days=days))
        except Crash:
            pass

    @invariant()
    def everything_adds_up(self) -> None:
        assert differences_look() == []
        self.they_say_what_people_were_told()
        self.tickets_let_in_whoever_still_pays()

    def they_say_what_people_were_told(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(_BOOKED)
            booked = {kind: int(amount) for kind, amount in cursor.fetchall()}
        assert booked == {kind: amount for kind, amount in self.told.items() if amount}

    def tickets_let_in_whoever_still_pays(self) -> None:
        for order in self.cost:
            assert self.left_of(order) >= 0
            if order in self.tickets:
                lost = any(one["order"] == order and one["state"] != "won" for one in self.disputed.values())
                assert self.tickets[order] == (self.left_of(order) > 0 and not lost)


_BOOKED = """
SELECT word, amount FROM (
    SELECT CASE
            WHEN account.kind = 'provider' THEN 'provider'
            WHEN made.kind = 'coins_bought' THEN 'bought'
            WHEN made.kind = 'gift' THEN 'given'
            WHEN made.kind = 'ticket' THEN 'entered'
            WHEN made.kind = 'spend_refunded' THEN 'had again'
        END AS word,
        abs(sum(entry.amount)) * CASE WHEN account.kind = 'provider' THEN sign(sum(entry.amount)) ELSE 1 END AS amount
    FROM payments_entry entry
    JOIN payments_account account ON account.id = entry.account_id
    JOIN payments_transaction made ON made.id = entry.transaction_id
    WHERE account.kind IN ('provider', 'wallet')
    GROUP BY account.kind = 'provider', account.kind, CASE WHEN account.kind = 'provider' THEN '' ELSE made.kind END, 1
) sums WHERE word IS NOT NULL AND amount <> 0
"""
# What a step that was broken off must not have changed.
_FINGERPRINT = """
SELECT (SELECT count(*) FROM payments_transaction), (SELECT sum(back) FROM payments_earning),
    (SELECT sum(taken) FROM payments_earning), (SELECT sum(gone) FROM payments_coinlot),
    (SELECT count(*) FROM payments_queuedcredit),
    (SELECT string_agg(frozen, ',' ORDER BY party_id) FROM payments_wallet),
    (SELECT string_agg(state, ',' ORDER BY id) FROM payments_order),
    (SELECT string_agg(state, ',' ORDER BY id) FROM payments_refund),
    (SELECT string_agg(state, ',' ORDER BY id) FROM payments_dispute),
    (SELECT string_agg(status, ',' ORDER BY id) FROM payments_chargeback), (SELECT count(*) FROM payments_receipt)
"""


def fingerprint() -> Any:
    with connection.cursor() as cursor:
        cursor.execute(_FINGERPRINT)
        return cursor.fetchone()


def everything_forget(tables: list[str]) -> None:
    """As if nothing had been paid yet. Deleting few rows is quicker than truncating, if nobody looks at each."""
    rows = "".join(f"DELETE FROM {table};" for table in tables)
    wallets = "UPDATE payments_wallet SET balance_coins = 0, frozen = '';"
    streams = "UPDATE streams_stream SET gifts_total_coins = 0;"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SET session_replication_role = replica; {rows} {wallets} {streams} RESET session_replication_role"
        )


def settled_as(name: str, amount: int, fee: int, at: Any) -> Settled:
    return Settled(name, "", amount, fee, amount - fee, "usd", "", "", at)


def dying_at(statement: int, *, anywhere: bool = False) -> Any:
    """Whatever uses the database dies before the so-many-th statement; what it had not committed is rolled back.

    Unless told ``anywhere`` it dies in a transaction, and not when that is committed and facts are handed out.
    """
    left = [statement]

    def execute(run: Any, sql: str, *arguments: Any) -> Any:
        left[0] -= 1
        if left[0] == 0 and (anywhere or connection.in_atomic_block):
            raise Crash
        return run(sql, *arguments)

    return connection.execute_wrapper(execute)


@pytest.fixture
def quiet():
    """What is made past us, and what fails, is said aloud each time."""
    logging.disable(logging.ERROR)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.usefixtures("quiet")
def test_any_order_of_things(alice, bob, make_user, catalogue):
    from streams.services import media_arrived, stream_create

    Money.people = [bob, make_user("dora")]
    for person in Money.people:
        wallet_ensure(party_id=person.party_id)
    Money.streams = []
    for creator in (alice, make_user("ella")):
        stream = stream_create(creator=creator, title="Open")[0]
        media_arrived(stream_id=stream.pk)
        stream.refresh_from_db()
        Money.streams.append(stream)
    Money.gifts = sorted(catalogue.values(), key=lambda gift: gift.price_coins)
    models: list[Any] = [
        *apps.get_app_config("payments").get_models(), GiftSend, Standing, OutboxFact, AuditEvent,
    ]  # fmt: skip
    kept = {"payments_wallet", "payments_account"}
    Money.tables = [model._meta.db_table for model in models if model._meta.db_table not in kept]
    run = settings(
        max_examples=max(STEPS_IN_ALL // STEPS_EACH, 1),
        stateful_step_count=STEPS_EACH,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.generate, Phase.shrink] if STEPS_IN_ALL < 1000 else [Phase.generate],
    )
    run_state_machine_as_test(Money, settings=run)
