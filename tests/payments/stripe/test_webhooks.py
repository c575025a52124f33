"""Webhooks lost, doubled, reversed, delayed, forged, replayed, unknown: the books end the same."""

import json
import random
import uuid
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from payments.models import CoinLot, Wallet
from payments.orders import goods, looking, webhooks
from payments.orders.looking import orders_look
from payments.orders.models import EventState, Order, OrderState, Payment, ProviderEvent, Receipt
from payments.orders.tasks import orders_look as orders_look_task
from payments.orders.tasks import provider_events_handle
from payments.orders.webhooks import HANDLERS, RETRY_SECONDS, event_receive, events_handle
from tests.payments.books import differences
from tests.payments.stripe.conftest import deliver
from tests.payments.stripe.test_orders import order_coins, pay
from tests.payments.stripe.test_sandbox import CHALLENGE, PAYS, POOR


@pytest.fixture
def paid(sandbox, bob, bobs):
    """Three orders that were paid, one by one after a declined card, and nobody told us yet."""
    for coins, cards in ((500, [PAYS]), (600, [POOR, PAYS]), (700, [CHALLENGE])):
        answer = order_coins(bobs, coins)
        for card in cards:
            found = pay(sandbox, answer, card)
        if cards == [CHALLENGE]:
            sandbox.open_page(sandbox.address + found.headers["Location"], do="yes")
    return bob


def all_booked_once(bob):
    assert Wallet.objects.get(pk=bob.party_id).balance_coins == 1800
    assert sorted(CoinLot.objects.values_list("coins", flat=True)) == [500, 600, 700]
    assert set(Order.objects.values_list("state", flat=True)) == {OrderState.PAID}
    assert Payment.objects.count() == Receipt.objects.count() == 3
    return True


def handle_all():
    while events_handle():
        pass


class TestHoweverTheyCome:
    def test_in_order(self, sandbox, paid):
        assert set(sandbox.tell()) == {200}
        handle_all()
        assert all_booked_once(paid)
        assert not ProviderEvent.objects.filter(state__in=[EventState.WAITING, EventState.FAILED]).exists()

    def test_doubled(self, sandbox, paid):
        answers = sandbox.tell(lambda waiting: [one for one in waiting for _ in range(3)])
        assert set(answers) == {200}
        assert ProviderEvent.objects.count() == len(answers) // 3
        handle_all()
        assert all_booked_once(paid)

    def test_again_after_they_were_handled(self, sandbox, paid):
        waiting = sandbox.outbox.take()
        sandbox.outbox.post(waiting)
        handle_all()
        asked = len(sandbox.asked)
        assert set(sandbox.outbox.post(waiting)) == {200}
        handle_all()
        assert len(sandbox.asked) == asked, "what is known is not even looked at"
        assert all_booked_once(paid)

    def test_reversed(self, sandbox, paid):
        sandbox.tell(lambda waiting: waiting[::-1])
        handle_all()
        assert all_booked_once(paid)

    @pytest.mark.parametrize("seed", range(5))
    def test_in_any_order_and_number_with_some_lost(self, sandbox, paid, seed):
        chance = random.Random(seed)

        def shaken(waiting):
            kept = [one for one in waiting for _ in range(chance.choice([0, 1, 1, 2]))]
            chance.shuffle(kept)
            return kept

        sandbox.tell(shaken)
        handle_all()
        with time_machine.travel(timezone.now() + timedelta(minutes=2)):
            orders_look()
        assert all_booked_once(paid)

    def test_lost_all_of_them(self, sandbox, paid):
        assert len(sandbox.lose()) > 10
        assert not Payment.objects.exists()
        assert orders_look() == 0, "buyers are given a minute"
        with time_machine.travel(timezone.now() + timedelta(seconds=61)):
            assert orders_look() == 3
            assert orders_look() == 0
        assert all_booked_once(paid)

    def test_delayed_until_the_clock_was_faster(self, sandbox, paid):
        late = sandbox.outbox.take()
        with time_machine.travel(timezone.now() + timedelta(minutes=2)):
            orders_look()
        assert all_booked_once(paid)
        sandbox.outbox.post(late)
        handle_all()
        assert all_booked_once(paid)

    def test_one_of_each_pair_is_enough(self, sandbox, paid):
        sandbox.tell(only="payment_intent")
        handle_all()
        assert all_booked_once(paid)

    def test_and_the_other_is_enough_too(self, sandbox, paid):
        sandbox.tell(only="checkout")
        handle_all()
        assert all_booked_once(paid)

    def test_by_the_tasks(self, sandbox, paid):
        sandbox.tell()
        provider_events_handle()
        orders_look_task()
        assert all_booked_once(paid)


class TestWhatIsNotTaken:
    def test_forged_ones_are_refused_and_take_no_place(self, sandbox, bob, bobs):
        pay(sandbox, order_coins(bobs))
        waiting = sandbox.outbox.take()
        for one in waiting:
            guess = sandbox.outbox.signature(one.body, secret="whsec_guess")
            answer = deliver(one.body, guess)
            assert (answer.status_code, answer.json()["code"]) == (401, "webhook_refused")
        assert not ProviderEvent.objects.exists()
        assert set(sandbox.outbox.post(waiting)) == {200}, "the true ones find their ids free"
        handle_all()
        assert Wallet.objects.get(pk=bob.party_id).balance_coins == 500

    def test_replayed_a_day_later(self, sandbox, bobs):
        pay(sandbox, order_coins(bobs))
        one = sandbox.outbox.take()[-1]
        old = sandbox.outbox.signature(one.body, at=timezone.now().timestamp() - 86_400)
        assert deliver(one.body, old).status_code == 401
        assert not ProviderEvent.objects.exists()

    @pytest.mark.parametrize(
        ("body", "status"),
        [(b"", 401), (b"{}", 401), (b"null", 401), (b"x" * (256 * 1024 + 1), 413)],
    )
    def test_other_bodies(self, sandbox, body, status):
        assert deliver(body, sandbox.outbox.signature(body)).status_code == status

    def test_other_ways_to_ask(self, sandbox, client):
        assert client.get("/webhooks/stripe").status_code == 405
        assert client.post("/webhooks/stripe", b"{}", content_type="application/json").status_code == 401

    def test_unknown_kinds_are_kept_counted_and_do_nothing(self, sandbox, db):
        with sandbox.account.store.lock:
            sandbox.outbox.put("customer.created", {"id": "cus_1", "object": "customer", "email": "x@y.z"})
            sandbox.outbox.put("something.new", {"id": "new_1", "object": "new"})
        before = webhooks.EVENTS.labels("ignored")._value.get()
        assert sandbox.tell() == [200, 200]
        assert webhooks.EVENTS.labels("ignored")._value.get() == before + 2
        assert set(ProviderEvent.objects.values_list("state", flat=True)) == {EventState.IGNORED}
        assert events_handle() == 0
        assert "x@y.z" not in json.dumps(list(ProviderEvent.objects.values("about")))

    def test_payments_of_another_site_on_the_account(self, sandbox, db):
        theirs = {"id": "pi_theirs", "object": "payment_intent", "metadata": {"order_id": "17"}}
        nobodys = {"id": "cs_theirs", "object": "checkout.session", "client_reference_id": None}
        charge = {"id": "ch_theirs", "object": "charge"}
        with sandbox.account.store.lock:
            sandbox.outbox.put("payment_intent.succeeded", theirs)
            sandbox.outbox.put("checkout.session.completed", nobodys)
            sandbox.outbox.put("charge.refunded", charge)
        assert sandbox.tell() == [200, 200, 200]
        handle_all()
        assert set(ProviderEvent.objects.values_list("state", flat=True)) == {EventState.HANDLED}
        assert sandbox.asked == []

    def test_somebody_elses_payment_that_names_our_order(self, sandbox, bob, bobs):
        """Signed, and with our order's id in a field that any payment on the account may have."""
        order_id = order_coins(bobs).json()["order"]["id"]
        bogus = sandbox.account.store.add(
            "payment_intent",
            "pi",
            status="succeeded",
            amount=1,
            amount_received=1,
            currency="usd",
            metadata={"order_id": order_id},
            latest_charge=None,
            client_secret="",
        )
        with sandbox.account.store.lock:
            sandbox.outbox.put("payment_intent.succeeded", bogus)
        sandbox.tell(only="payment_intent.succeeded")
        handle_all()
        assert not Payment.objects.exists()
        assert not Wallet.objects.exists()
        page = sandbox.account.store.all("checkout.session")[0]["url"]
        sandbox.open_page(page, do="pay", card=PAYS)
        sandbox.tell(only="checkout.session.completed")
        handle_all()
        assert Wallet.objects.get(pk=bob.party_id).balance_coins == 500, (
            "the order's own payment still counts"
        )

    def test_another_orders_payment_of_the_same_price(self, sandbox, bobs):
        """It says whose it is, and is not booked for somebody else's order."""
        pay(sandbox, order_coins(bobs, 500))
        sandbox.account.store.all("payment_intent")[0]["metadata"] = {"order_id": str(uuid.uuid4())}
        sandbox.tell(only="checkout.session.completed")
        handle_all()
        assert Order.objects.get().problem == "another_order"
        assert not Payment.objects.exists()


class TestTrouble:
    def test_a_provider_that_is_away_is_asked_later(self, sandbox, bob, bobs):
        pay(sandbox, order_coins(bobs))
        sandbox.tell(only="checkout.session.completed")
        sandbox.faults = ["lose"] * 3
        assert events_handle() == 1
        event = ProviderEvent.objects.get()
        assert (event.state, event.attempts) == (EventState.WAITING, 1)
        assert "APIConnectionError" in event.error
        assert events_handle() == 0, "not yet"
        with time_machine.travel(timezone.now() + timedelta(seconds=RETRY_SECONDS[0] + 1)):
            assert events_handle() == 1
        event.refresh_from_db()
        assert (event.state, event.error) == (EventState.HANDLED, "")
        assert Wallet.objects.get(pk=bob.party_id).balance_coins == 500

    def test_it_is_given_up_in_the_end_and_the_clock_still_finds_the_payment(self, sandbox, bob, bobs):
        pay(sandbox, order_coins(bobs))
        sandbox.tell(only="checkout.session.completed")
        ProviderEvent.objects.update(attempts=len(RETRY_SECONDS))
        sandbox.faults = ["lose"] * 3
        events_handle()
        assert ProviderEvent.objects.get().state == EventState.FAILED
        with time_machine.travel(timezone.now() + timedelta(minutes=2)):
            orders_look()
        assert Wallet.objects.get(pk=bob.party_id).balance_coins == 500

    def test_a_mistake_of_ours_stops_nobody_behind_it(self, sandbox, bob, bobs, monkeypatch):
        pay(sandbox, order_coins(bobs, 500))
        pay(sandbox, order_coins(bobs, 600))
        sandbox.tell(only="checkout.session.completed")
        real = HANDLERS["checkout.session.completed"]
        broken: list[uuid.UUID] = []

        def once(event, done):
            if not broken:
                broken.append(event.pk)
                raise KeyError("a bug")
            real(event, done)

        monkeypatch.setitem(HANDLERS, "checkout.session.completed", once)
        assert events_handle() == 2
        assert ProviderEvent.objects.get(pk=broken[0]).state == EventState.WAITING
        assert Payment.objects.count() == 1

    def test_a_crash_between_charge_and_booking(self, sandbox, bob, bobs, monkeypatch):
        """The money is taken, and the process dies in each step of booking it: nothing is there, then all of it."""
        answer = order_coins(bobs)
        pay(sandbox, answer)
        sandbox.tell(only="checkout.session.completed")
        for module, step in (
            (goods, "coins_credit"),
            (looking, "receipt_issue"),
            (looking, "publish_on_commit"),
        ):

            def dies(*args, **kwargs):
                raise SystemExit("power cut")

            with monkeypatch.context() as patch:
                patch.setattr(module, step, dies)
                with pytest.raises(SystemExit):
                    looking.order_look(order_id=answer.json()["order"]["id"])
            assert not Payment.objects.exists()
            assert not CoinLot.objects.exists()
            assert not Receipt.objects.exists()
            assert Order.objects.get().state == OrderState.OPEN
        handle_all()
        assert Wallet.objects.get(pk=bob.party_id).balance_coins == 500
        assert Receipt.objects.get().number == 1

    def test_a_crash_between_effect_and_done(self, sandbox, bob, bobs, monkeypatch):
        """They are one transaction: an event that is not handled has done nothing."""
        pay(sandbox, order_coins(bobs))
        sandbox.tell(only="checkout.session.completed")
        real = looking.order_converge

        def dies_at_its_end(*, order_id, seen, in_same=None):
            def crash():
                in_same()
                raise SystemExit("power cut")

            return real(order_id=order_id, seen=seen, in_same=crash if in_same else None)

        with monkeypatch.context() as patch:
            patch.setattr(looking, "order_converge", dies_at_its_end)
            with pytest.raises(SystemExit):
                events_handle()
        assert ProviderEvent.objects.get().state == EventState.WAITING
        assert not Payment.objects.exists()
        with time_machine.travel(timezone.now() + timedelta(minutes=3)):
            assert events_handle() == 1, "whoever claimed it is gone"
        assert Payment.objects.count() == 1

    def test_a_first_answer_that_never_came(self, sandbox, bob, bobs):
        """Stripe made the page, we were not told its id, and it is paid by whoever was."""
        sandbox.faults = ["lose"] * 3
        assert order_coins(bobs).status_code == 502
        checkout = sandbox.account.store.all("checkout.session")[0]
        sandbox.open_page(checkout["url"], do="pay", card=PAYS)
        assert Order.objects.get().checkout_id is None
        sandbox.tell(only="payment_intent.succeeded")
        handle_all()
        assert Wallet.objects.get(pk=bob.party_id).balance_coins == 500

    def test_an_event_that_somebody_slow_handles_too(self, sandbox, bobs):
        """Its time was over and another one took it: what the slow one did is rolled back, and counted."""
        pay(sandbox, order_coins(bobs))
        sandbox.tell(only="checkout.session.completed")
        slow = webhooks._claim()
        assert slow is not None
        assert events_handle() == 0, "it is the slow one's for a while"
        with time_machine.travel(timezone.now() + webhooks.CLAIM):
            assert events_handle() == 1
        before = webhooks.EVENTS.labels("handled_twice")._value.get()
        webhooks._handle(slow)
        assert webhooks.EVENTS.labels("handled_twice")._value.get() == before + 1
        assert Payment.objects.count() == 1

    def test_not_settled_yet(self, sandbox, bob, bobs):
        pay(sandbox, order_coins(bobs))
        charge = sandbox.account.store.all("charge")[0]
        movement, charge["balance_transaction"] = charge["balance_transaction"], None
        sandbox.tell(only="checkout.session.completed")
        events_handle()
        assert ProviderEvent.objects.get().error.startswith("not_settled_yet")
        assert not Payment.objects.exists()
        charge["balance_transaction"] = movement
        with time_machine.travel(timezone.now() + timedelta(seconds=5)):
            events_handle()
        assert Wallet.objects.get(pk=bob.party_id).balance_coins == 500


def test_a_webhook_costs_one_query_and_nothing_of_the_provider(sandbox, bobs, django_assert_num_queries):
    pay(sandbox, order_coins(bobs))
    one = sandbox.outbox.take()[-1]
    asked = len(sandbox.asked)
    signature = sandbox.outbox.signature(one.body)
    with django_assert_num_queries(3):  # a savepoint, the row, and its release
        event_receive(body=one.body, signature=signature)
    assert len(sandbox.asked) == asked
    assert connection.in_atomic_block, "the test's own"


@pytest.mark.django_db(transaction=True)
def test_the_books_are_in_order_after_all_of_it(sandbox, paid):
    sandbox.tell(lambda waiting: [*waiting, *waiting[::-1]])
    handle_all()
    assert all_booked_once(paid)
    assert differences() == []
