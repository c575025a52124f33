"""Repeated taps on one gift are one streak with one end."""

import threading
import uuid
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.db import connection, connections, transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from accounts.erasure import account_erase
from chat.models import ChatMessage
from config.celery import app
from core import facts
from core.ids import new_id
from core.models import OutboxFact
from gifts import combos, services
from gifts.combos import combos_end
from gifts.events import CombosEnded
from gifts.models import Combo, GiftSend
from gifts.services import COMBO_PAUSE, gift_send
from gifts.tasks import gifts_settle
from payments.errors import NotEnoughCoins
from payments.ledger.folding import fold
from payments.models import Wallet
from streams.models import EndReason
from streams.services import stream_end
from tests.concurrency.racing import at_once
from tests.conftest import viewer_of
from tests.payments.books import buy, differences, request
from tests.payments.test_money_page import tables

pytestmark = pytest.mark.django_db(transaction=True)
AFTERWARDS = COMBO_PAUSE + timedelta(milliseconds=1)


def of(shown: Any, tag: str) -> list[dict[str, Any]]:
    return [event for _, event in shown if event["type"] == tag]


@pytest.fixture
def clock():
    with time_machine.travel(timezone.now(), tick=False) as clock:
        yield clock


def test_taps_within_the_pause_are_one_streak_and_it_ends_once(send, bob, live_stream, shown, clock):
    buy(bob, 100)
    first = send("star", 2)
    clock.shift(COMBO_PAUSE)
    asked = request()
    send("star", request_id=asked)
    send("star", request_id=asked)
    assert combos_end() == 0
    clock.shift(AFTERWARDS)
    assert (combos_end(), combos_end(), Combo.objects.count()) == (1, 0, 0)

    grown = [event["combo"] for event in of(shown, "gift:sent")]
    assert [(combo["id"], combo["quantity"], combo["coins"]) for combo in grown] == [
        (str(first.gift.pk), 2, 10),
        (str(first.gift.pk), 3, 15),
    ]
    (ended,) = of(shown, "gift:combo")
    assert datetime.fromisoformat(ended.pop("at")) == timezone.now().replace(
        microsecond=timezone.now().microsecond // 1000 * 1000
    )
    assert ended == {
        "type": "gift:combo", "id": str(first.gift.pk), "user": {"id": str(bob.pk), "name": "bob"}, "gift": "star",
        "name": "Star", "animation": "burst", "rarity": "rare", "quantity": 3, "coins": 15,
    }  # fmt: skip
    (line,) = ChatMessage.objects.all()
    assert (line.kind, line.client_id, line.party_id) == ("gift", f"gift:{first.gift.pk}", bob.party_id)
    assert line.card == {
        "kind": "gift", "gift": "star", "name": "Star", "animation": "burst", "rarity": "rare", "quantity": 3,
        "coins": 15, "combo": str(first.gift.pk),
    }  # fmt: skip
    assert set(GiftSend.objects.values_list("combo_id", flat=True)) == {first.gift.pk}


def test_the_table_of_the_page_about_money(send, bob, clock):
    (rows,) = tables("Streaks and goals")
    balance = buy(bob, 10).coins
    began = timezone.now()
    asked = [request(), request(), request()]
    names: list[uuid.UUID] = []
    for (second, gift, booked, streak, so_far), name in zip(
        rows, [asked[0], asked[1], asked[1], asked[2]], strict=True
    ):
        clock.move_to(began + timedelta(seconds=float(second)))
        sent = send("rose", int(gift[0]) if gift[0].isdigit() else 1, request_id=name)
        names += [] if sent.gift.combo_id in names else [sent.gift.combo_id]
        left = Wallet.objects.get(pk=bob.party_id).balance_coins
        assert booked == (
            f"{balance - left} coin{'s' * (balance - left > 1)}" if left < balance else "nothing"
        )
        assert streak == ["first", "second"][names.index(sent.gift.combo_id)]
        assert Combo.objects.get(pk=sent.gift.combo_id).quantity == int(so_far)
        balance = left
    ends = [(combo.ends_at - began).total_seconds() for combo in Combo.objects.order_by("ends_at")]
    assert ends == [6, 9.5]


def test_what_comes_later_begins_another_one(send, bob, clock):
    """Also while nobody has ended the one before."""
    buy(bob, 100)
    first = send()
    clock.shift(AFTERWARDS)
    second = send()
    third = send()
    assert [sent.gift.combo_id for sent in (second, third)] == [second.gift.pk] * 2
    assert first.gift.combo_id == first.gift.pk
    assert sorted(Combo.objects.values_list("quantity", flat=True)) == [1, 2]
    clock.shift(AFTERWARDS)
    assert combos_end() == 2


def test_every_gift_stream_person_and_name_has_streaks_of_its_own(send, bob, charlie, shown, clock):
    buy(bob, 100)
    buy(charlie, 100)
    for _ in range(2):
        send("rose")
        send("heart")
        send("rose", anonymous=True)
        send("rose", sender=viewer_of(charlie))
    assert set(Combo.objects.values_list("quantity", flat=True)) == {2}
    assert Combo.objects.count() == 4
    clock.shift(AFTERWARDS)
    combos_end()
    ended = of(shown, "gift:combo")
    assert [event["user"] and event["user"]["name"] for event in ended] == ["bob", "bob", None, "charlie"]
    nobodys = ended[2]
    assert str(bob.pk) not in str(nobodys)
    assert str(bob.party_id) not in str(nobodys)
    assert ChatMessage.objects.filter(party=None).count() == 1


def test_a_refused_gift_is_in_no_streak(send, bob, clock):
    buy(bob, 1)
    send()
    with pytest.raises(NotEnoughCoins):
        send()
    assert Combo.objects.get().quantity == 1


def test_a_streak_ends_after_its_stream_and_its_giver_are_gone(send, bob, live_stream, shown, clock):
    buy(bob, 10)
    send()
    stream_end(stream_id=live_stream.pk, reason=EndReason.CREATOR)
    account_erase(user=bob)
    clock.shift(AFTERWARDS)
    assert combos_end() == 1
    assert of(shown, "gift:combo")[0]["user"] is None
    assert ChatMessage.objects.get().party_id is None


def test_many_streaks_of_a_room_are_ended_and_written_together(
    make_user, live_stream, catalogue, django_assert_num_queries
):
    senders = [make_user(f"sender{number}") for number in range(6)]

    def tap(few):
        for sender in few:
            buy(sender, 1)
            gift_send(
                sender=viewer_of(sender),
                stream=live_stream,
                gift=catalogue["rose"],
                quantity=1,
                request_id=new_id(),
            )

    # Begin, take out, gifts, people, the fact, commit; the chat's lines, the fact's end.
    for few in (senders[:1], senders):
        tap(few)
        with time_machine.travel(timezone.now() + AFTERWARDS), django_assert_num_queries(8):
            assert combos_end() == len(few)
    assert ChatMessage.objects.count() == 7


def test_a_process_that_dies_before_telling_leaves_it_to_the_sweep(send, bob, shown, clock, monkeypatch):
    buy(bob, 10)
    first = send()
    clock.shift(AFTERWARDS)
    with monkeypatch.context() as patch:
        patch.setattr(facts, "deliver_on_commit", lambda row: None)
        assert combos_end() == 1
    assert of(shown, "gift:combo") == []
    assert OutboxFact.objects.count() == 1
    clock.shift(timedelta(minutes=1))
    facts.sweep()
    assert [event["id"] for event in of(shown, "gift:combo")] == [str(first.gift.pk)]
    assert ChatMessage.objects.count() == 1


def test_what_is_told_twice_is_written_once(send, bob, shown, clock):
    """A handler failed, so the sweep hands the fact to all of them again."""
    buy(bob, 10)
    send()
    clock.shift(AFTERWARDS)
    told: list[CombosEnded] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(combos, "publish_on_commit", told.append)
        combos_end()
    (fact,) = told
    assert isinstance(fact, CombosEnded)
    for _ in range(2):
        with transaction.atomic():
            facts.publish_on_commit(fact)
    assert len({event["id"] for event in of(shown, "gift:combo")}) == 1
    assert ChatMessage.objects.count() == 1


def test_a_tap_and_whoever_ends_its_streak_never_wait_for_each_other(send, bob, clock):
    buy(bob, 10)
    first = send()
    taken, done = threading.Event(), threading.Event()

    def hold():
        with transaction.atomic():
            list(Combo.objects.select_for_update())
            taken.set()
            done.wait(10)
        connections.close_all()

    holder = threading.Thread(target=hold)
    holder.start()
    assert taken.wait(10)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '300ms'")
        second = send()
        assert second.gift.combo_id == second.gift.pk != first.gift.pk
        clock.shift(AFTERWARDS)
        assert combos_end() == 1, "only the one that nobody holds"
    finally:
        done.set()
        holder.join()
        connection.close()
    assert combos_end() == 1


def test_beat_ends_them_every_second():
    (entry,) = [entry for entry in app.conf.beat_schedule.values() if entry["task"] == gifts_settle.name]
    assert entry["schedule"] == 1


def test_taps_and_sweeps_at_once(send, bob, shown, monkeypatch):
    """Eight taps at a time, two who end what they find: no tap is lost, none is in two streaks, each ends once."""
    monkeypatch.setattr(services, "COMBO_PAUSE", timedelta(milliseconds=3))
    buy(bob, 100)
    tapping = set(range(2, 10))

    def work(number: int) -> None:
        if number < 2:
            while tapping:
                combos_end()
            return
        for _ in range(8):
            send()
        tapping.discard(number)

    assert [outcome for outcome in at_once(10, work) if outcome is not None] == []
    with time_machine.travel(timezone.now() + AFTERWARDS):
        combos_end()
    streaks_add_up(shown)
    quantities = [event["quantity"] for event in of(shown, "gift:combo")]
    assert sum(quantities) == 64
    assert 1 < len(quantities) < 64, "some grew, and some ended meanwhile"
    fold()
    assert differences() == []


def streaks_add_up(shown: Any) -> None:
    """Each gift is in one streak, each streak ended once, with exactly its gifts."""
    given: Counter[str] = Counter()
    for gift in GiftSend.objects.all():
        given[str(gift.combo_id)] += gift.quantity
    ended = of(shown, "gift:combo")
    assert len(ended) == len({event["id"] for event in ended}), "one end for each"
    assert {event["id"]: event["quantity"] for event in ended} == given
    assert ChatMessage.objects.count() == len(ended)


def test_without_the_lock_a_streak_ends_twice(send, bob, shown, clock, monkeypatch):
    """The twin: who looks first and takes out later tells it as often as there are lookers."""
    buy(bob, 10)
    send()
    clock.shift(AFTERWARDS)
    monkeypatch.setattr(
        combos,
        "_TAKE",
        """
        WITH seen AS MATERIALIZED (SELECT * FROM gifts_combo WHERE ends_at < %s ORDER BY ends_at LIMIT %s),
        late AS MATERIALIZED (SELECT pg_sleep(0.2) FROM seen),
        gone AS (DELETE FROM gifts_combo WHERE id IN (SELECT seen.id FROM seen, late))
        SELECT id, stream_id, gift_id, sender_id, anonymous, quantity, coins FROM seen
        """,
    )
    at_once(3, lambda _: combos_end())
    with pytest.raises(AssertionError, match="one end for each"):
        streaks_add_up(shown)


class Taps(RuleBasedStateMachine):
    """Anybody taps, time passes, somebody ends what is over, a process dies before telling, a request is repeated."""

    people: list[Any] = []
    send: Any = None
    catalogue: dict[str, Any] = {}
    shown: list[Any] = []

    def __init__(self) -> None:
        super().__init__()
        with connection.cursor() as cursor:
            models: list[Any] = [*apps.get_app_config("gifts").get_models()]
            tables = [model._meta.db_table for model in models if model is not type(self.catalogue["rose"])]
            cursor.execute(f"TRUNCATE chat_chatmessage, core_outboxfact, {', '.join(tables)} CASCADE")
        type(self).shown.clear()
        self.travel = time_machine.travel(datetime(2026, 11, 20, 12, tzinfo=UTC), tick=False)
        self.clock = self.travel.start()
        # What must be so, without a database: per kind of tap its last moment and streak, and each streak's sum.
        self.last: dict[Any, tuple[datetime, uuid.UUID]] = {}
        self.sums: defaultdict[uuid.UUID, int] = defaultdict(int)
        self.over: set[uuid.UUID] = set()
        self.requests: list[tuple[uuid.UUID, int, str, int, bool]] = []

    def teardown(self) -> None:
        self.clock.shift(timedelta(minutes=1))
        combos_end()
        facts.sweep()
        ended = Counter({event["id"]: event["quantity"] for event in of(self.shown, "gift:combo")})
        assert ended == {str(streak): quantity for streak, quantity in self.sums.items()}
        assert ChatMessage.objects.count() == len(self.sums)
        self.travel.stop()

    @rule(
        who=st.integers(0, 1),
        sku=st.sampled_from(["rose", "heart"]),
        quantity=st.integers(1, 3),
        nobody=st.booleans(),
        dies=st.booleans(),
    )
    def tap(self, who: int, sku: str, quantity: int, nobody: bool, dies: bool) -> None:
        asked = request()
        with pytest.MonkeyPatch.context() as patch:
            if dies:
                patch.setattr(facts, "deliver_on_commit", lambda row: None)
            sent = self.sent(asked, who, sku, quantity, nobody)
        self.requests.append((asked, who, sku, quantity, nobody))
        now = timezone.now()
        kind = (who, sku, nobody)
        last = self.last.get(kind)
        grows = last is not None and now - last[0] <= COMBO_PAUSE and last[1] not in self.over
        streak = last[1] if grows and last else sent.gift.pk
        assert sent.gift.combo_id == streak
        self.last[kind] = (now, streak)
        self.sums[streak] += quantity

    def sent(self, asked: uuid.UUID, who: int, sku: str, quantity: int, nobody: bool) -> Any:
        return type(self).send(
            sku, quantity, sender=viewer_of(self.people[who]), request_id=asked, anonymous=nobody
        )

    @precondition(lambda self: self.requests)
    @rule(data=st.data())
    def repeat(self, data: Any) -> None:
        assert self.sent(*data.draw(st.sampled_from(self.requests))).repeated

    @rule(milliseconds=st.sampled_from([1, 500, 1500, 2999, 3000, 3001, 10000]))
    def wait(self, milliseconds: int) -> None:
        self.clock.shift(timedelta(milliseconds=milliseconds))

    @rule(dies=st.booleans())
    def sweep(self, dies: bool) -> None:
        due = set(Combo.objects.filter(ends_at__lt=timezone.now()).values_list("pk", flat=True))
        with pytest.MonkeyPatch.context() as patch:
            if dies:
                patch.setattr(facts, "deliver_on_commit", lambda row: None)
            assert combos_end() == len(due)
        self.over |= due

    @rule()
    def tell(self) -> None:
        self.clock.shift(timedelta(minutes=1))
        facts.sweep()

    @invariant()
    def each_tap_is_in_one_streak(self) -> None:
        going = dict(Combo.objects.values_list("pk", "quantity"))
        assert not going.keys() & self.over
        assert going == {streak: sum for streak, sum in self.sums.items() if streak not in self.over}
        ended = of(self.shown, "gift:combo")
        assert len(ended) == len({event["id"] for event in ended})
        assert all(self.sums[uuid.UUID(event["id"])] == event["quantity"] for event in ended)
        told = [uuid.UUID(event["id"]) for event in of(self.shown, "gift:sent")]
        assert len(told) == len(set(told))


def test_in_whatever_order_things_happen(bob, charlie, send, catalogue, shown):
    for person in (bob, charlie):
        buy(person, 10**6)
    Taps.people, Taps.catalogue, Taps.shown = [bob, charlie], catalogue, shown
    Taps.send = staticmethod(send)
    run_state_machine_as_test(
        Taps,
        settings=settings(
            max_examples=25,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_they_are_given_to_whoever_asks_for_their_data(send, bob, clock):
    from gifts.people import export

    buy(bob, 10)
    first = send()
    send()
    assert export(bob)["gifts_sent.json"].decode().count(f'"combo_id": "{first.gift.pk}"') == 2
