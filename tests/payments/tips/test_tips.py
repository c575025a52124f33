"""A tip, from the order to the chat, by the API, the sandbox and its webhooks."""

from datetime import timedelta
from uuid import uuid4

import pytest
import requests
import time_machine
from django.utils import timezone

from accounts.blocks import block_create
from accounts.erasure import account_erase
from accounts.models import AgeBand
from chat.models import ChatMessage
from core.facts import sweep
from core.models import AuditEvent, OutboxFact
from moderation.reports.models import Case
from moderation.reports.selectors import is_about_the_team
from moderation.reports.services import report_make
from moderation.team.models import TeamMember
from payments.ledger.check import ledger_check
from payments.models import Earning, Transaction
from payments.orders.goods import GOODS
from payments.orders.limits import spend_limit_set
from payments.orders.looking import orders_look
from payments.orders.models import Order, OrderState, Purpose
from payments.orders.people import export as orders_export
from payments.orders.webhooks import events_handle
from payments.tips.models import Tip
from payments.tips.people import export
from realtime.selectors import events_after
from streams.models import EndReason
from streams.services import stream_end
from tests.payments.books import entries_of, newest
from tests.payments.stripe.test_sandbox import CHALLENGE, DECLINED, PAYS

pytestmark = pytest.mark.django_db(transaction=True)


def tip(client, stream, amount=500, *, door="tip", currency="usd", **more):
    body = {"amount": amount, "currency": currency, **more}
    return client.post(f"/api/streams/{stream.pk}/{door}", body, format="json")


def pay(sandbox, answer, card=PAYS):
    assert answer.status_code == 201, answer.content
    return sandbox.open_page(answer.json()["url"], do="pay", card=card)


def told(sandbox):
    sandbox.tell()
    events_handle()


def lines(client, stream):
    return client.get(f"/api/streams/{stream.pk}/messages").json()["results"]


def test_a_tip_is_paid_booked_and_pinned_in_the_chat(sandbox, bob, bobs, api, live_stream, alice):
    begun = tip(bobs, live_stream, message="  Bravo\u202e,\n encore ")
    order_id = begun.json()["order"]["id"]
    assert (begun.json()["order"]["title"], begun.json()["order"]["purpose"]) == ("Tip for Alice", "tip")
    assert pay(sandbox, begun).headers["Location"] == (
        f"http://testserver/stream/{live_stream.pk}?order={order_id}"
    )
    assert lines(api, live_stream) == [], "not before the money came"
    told(sandbox)

    booked = newest("tip")
    assert entries_of(booked.pk) == {"provider": 456, "platform": -25, "pending": -431}
    earning = Earning.objects.get()
    assert (earning.creator_id, earning.stream_id, earning.amount) == (alice.party_id, live_stream.pk, 431)
    (line,) = lines(api, live_stream)
    given = Tip.objects.get()
    assert (line["kind"], line["text"], line["user"]["name"]) == ("tip", "Bravo, encore", bob.name)
    assert line["card"] == {
        "kind": "tip",
        "tip": str(given.pk),
        "amount": 500,
        "currency": "usd",
        "tier": 2,
        "pinned_until": line["card"]["pinned_until"],
    }
    assert given.paid_at is not None
    assert given.pinned_until == given.paid_at + timedelta(minutes=2)
    mine = bobs.get(f"/api/tips/{order_id}").json()
    assert (mine["order"]["state"], mine["message"], mine["anonymous"]) == ("paid", "Bravo, encore", False)
    assert order_id not in str(line), "the order is its buyer's affair"
    assert not ledger_check().differences


def test_told_twice_it_is_in_the_chat_once(sandbox, bobs, api, live_stream):
    pay(sandbox, tip(bobs, live_stream))
    waiting = sandbox.outbox.take()
    assert set(sandbox.outbox.post([*waiting, *waiting])) == {200}
    events_handle()
    OutboxFact.objects.update(claimed_at=timezone.now() - timedelta(minutes=1))
    sweep()
    assert len(lines(api, live_stream)) == 1
    assert Transaction.objects.filter(kind="tip").count() == 1


def test_a_tip_through_3d_secure(sandbox, bobs, api, live_stream):
    begun = tip(bobs, live_stream, message="Bravo")
    asked = pay(sandbox, begun, CHALLENGE)
    told(sandbox)
    door = f"/api/tips/{begun.json()['order']['id']}"
    assert bobs.get(door).json()["order"]["needs_action"] is True
    assert lines(api, live_stream) == []
    sandbox.open_page(sandbox.address + asked.headers["Location"], do="yes")
    sandbox.lose()
    # Nobody told us: who comes back makes us look.
    with time_machine.travel(timezone.now() + timedelta(seconds=5)):
        assert bobs.get(door).json()["order"]["state"] == "paid"
    assert len(lines(api, live_stream)) == 1


def test_an_app_tips_by_a_payment_of_its_own(sandbox, bobs, api, live_stream):
    begun = tip(bobs, live_stream, door="tip-intent", platform="ios").json()
    requests.post(
        f"{sandbox.address}/v1/payment_intents/{begun['client_secret'].split('_secret_')[0]}/confirm",
        {"client_secret": begun["client_secret"], "payment_method": "pm_card_visa"},
        auth=(begun["publishable_key"], ""),
        timeout=5,
    )
    told(sandbox)
    assert len(lines(api, live_stream)) == 1


def test_a_failed_and_a_given_up_tip_are_told_and_in_neither_books_nor_chat(sandbox, bobs, api, live_stream):
    failed, given_up = (
        tip(bobs, live_stream, message="Declined"),
        tip(bobs, live_stream, message="Given up"),
    )
    pay(sandbox, failed, DECLINED)
    told(sandbox)
    mine = bobs.get(f"/api/tips/{failed.json()['order']['id']}").json()
    assert (mine["order"]["state"], mine["order"]["declined"]) == ("open", "generic_decline")
    cancelled = bobs.post(f"/api/payments/orders/{given_up.json()['order']['id']}/cancel")
    assert cancelled.json()["state"] == "cancelled"
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        orders_look()
    assert sorted(Order.objects.values_list("state", flat=True)) == ["cancelled", "expired"]
    assert bobs.get(f"/api/tips/{given_up.json()['order']['id']}").json()["message"] == "Given up"
    assert (lines(api, live_stream), Transaction.objects.count()) == ([], 0)
    page = bobs.get("/wallet").content.decode()
    assert page.count("Tip for Alice") == 2
    assert "Declined" in page


def test_two_tips_of_the_same_amount_keep_their_own_words(sandbox, bobs, api, live_stream):
    for begun in [tip(bobs, live_stream, message=words) for words in ("One", "Two")]:
        pay(sandbox, begun)
    told(sandbox)
    assert sorted(line["text"] for line in lines(api, live_stream)) == ["One", "Two"]


def test_a_repeat_with_a_key_is_one_tip(sandbox, bobs, live_stream):
    door, body = f"/api/streams/{live_stream.pk}/tip", {"amount": 500, "currency": "usd"}
    first, again = (bobs.post(door, body, format="json", HTTP_IDEMPOTENCY_KEY="once") for _ in range(2))
    assert first.json() == again.json()
    assert Tip.objects.count() == 1


def test_who_gives_without_a_name_is_named_nowhere_in_the_room(sandbox, bob, bobs, api, live_stream):
    pay(sandbox, tip(bobs, live_stream, 2000, message="Psst", anonymous=True))
    told(sandbox)
    (line,) = lines(api, live_stream)
    assert line["user"] is None
    stored = b"".join(entry.body for entry in events_after(live_stream.pk, 0)).decode()
    assert not {str(bob.pk), str(bob.party_id), bob.name} & set(stored.split('"'))
    assert ChatMessage.objects.get().party_id is None


def test_reporting_one_without_a_name_does_not_tell_whether_the_team_gave_it(
    sandbox, bob, bobs, api_of, alice, charlie, live_stream
):
    TeamMember.objects.create(channel=alice, person=bob, role="moderator", accepted_at=timezone.now())
    pay(sandbox, tip(bobs, live_stream, 2000, message="Psst", anonymous=True))
    told(sandbox)
    report_make(reporter=charlie, subject="message", subject_id=ChatMessage.objects.get().pk, category="spam")
    assert not is_about_the_team(Case.objects.get())
    (case,) = api_of(alice).get("/api/channels/alice/reports").json()["results"]
    assert (case["text"], case["about"]) == ("Psst", None)


def test_a_tip_paid_when_the_stream_is_over_is_booked_and_not_pinned(sandbox, bobs, api, live_stream, alice):
    begun = tip(bobs, live_stream, 10_000)
    stream_end(stream_id=live_stream.pk, reason=EndReason.CREATOR)
    pay(sandbox, begun)
    told(sandbox)
    assert Earning.objects.get().gross == 10_000
    assert lines(api, live_stream)[0]["card"]["pinned_until"] is None


class TestTakingDown:
    @pytest.fixture
    def given(self, sandbox, bobs, live_stream):
        pay(sandbox, tip(bobs, live_stream, message="Rude words"))
        told(sandbox)
        return Tip.objects.get()

    def door(self, stream, tip_id):
        return f"/api/streams/{stream.pk}/tips/{tip_id}/take-down"

    def test_its_words_and_its_pin_are_gone_for_all_and_its_money_is_not(
        self, given, api, api_of, alice, live_stream
    ):
        before = list(Transaction.objects.values_list("id", flat=True))
        answers = [api_of(alice).post(self.door(live_stream, given.pk)).status_code for _ in range(2)]
        assert answers == [204, 204]
        (line,) = lines(api, live_stream)
        assert (line["text"], line["card"]["amount"], line["card"]["pinned_until"]) == ("", 500, None)
        events = [entry.tag for entry in events_after(live_stream.pk, 0)]
        assert events == ["chat:message", "chat:removed"], "once, however often it is asked"
        assert "Rude" not in str([entry.body for entry in events_after(live_stream.pk, 0)])
        assert list(Transaction.objects.values_list("id", flat=True)) == before
        assert not ledger_check().differences
        audited = AuditEvent.objects.get(action="tip.taken_down")
        assert (audited.target, audited.actor_party_id) == (f"tip:{given.pk}", alice.party_id)
        given.refresh_from_db()
        assert given.message == "Rude words", "staff can still read what it was"

    def test_only_who_streams_and_staff_may(self, given, api, bobs, api_of, charlie, admin, live_stream):
        door = self.door(live_stream, given.pk)
        assert api.post(door).status_code == 401
        assert bobs.post(door).status_code == api_of(charlie).post(door).status_code == 403
        assert api_of(admin).post(self.door(live_stream, uuid4())).status_code == 404
        assert api_of(admin).post(door).status_code == 204

    def test_what_is_taken_down_before_it_is_shown_is_shown_without_words(
        self, sandbox, bobs, api, api_of, alice, live_stream, monkeypatch
    ):
        """The process that booked it died before it told the chat; the sweep does."""
        pay(sandbox, tip(bobs, live_stream, message="Rude words"))
        with monkeypatch.context() as dying:
            dying.setattr("core.facts._deliver", lambda row: None)
            told(sandbox)
            given = Tip.objects.get()
            assert api_of(alice).post(self.door(live_stream, given.pk)).status_code == 204
        assert lines(api, live_stream) == []
        for _ in range(2):
            OutboxFact.objects.update(claimed_at=timezone.now() - timedelta(minutes=1))
            sweep()
        assert [(line["text"], line["card"]["amount"]) for line in lines(api, live_stream)] == [("", 500)]
        assert [entry.tag for entry in events_after(live_stream.pk, 0)] == ["chat:message"], (
            "words came first"
        )

    def test_money_that_went_back_takes_its_words_along(self, given, api, live_stream):
        from django.db import transaction

        with transaction.atomic():
            GOODS[Purpose.TIP].taken(given.order)
        (line,) = lines(api, live_stream)
        assert (line["text"], line["card"]["pinned_until"]) == ("", None)


class TestRefusals:
    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"amount": 0}, "invalid_input"),
            ({"amount": -500}, "invalid_input"),
            ({"amount": 49}, "amount_out_of_range"),
            ({"amount": 99}, "amount_out_of_range"),
            ({"amount": 100_001}, "amount_out_of_range"),
            ({"amount": 10**12}, "invalid_input"),
            ({"amount": 0.005}, "invalid_input"),
            ({"amount": "0.005"}, "invalid_input"),
            ({"amount": "NaN"}, "invalid_input"),
            ({"amount": "Infinity"}, "invalid_input"),
            ({"amount": True}, "invalid_input"),
            ({"amount": None}, "invalid_input"),
            ({"amount": "5,00"}, "invalid_input"),
            ({"currency": "zzz"}, "currency_unknown"),
            ({"currency": "USD"}, "invalid_input"),
            ({"currency": "coin"}, "invalid_input"),
            ({"message": "x" * 201}, "too_long"),
            ({"message": "x" * 3000}, "invalid_input"),
        ],
    )
    def test_a_clear_error_and_nothing_is_written(self, sandbox, bobs, live_stream, body, code):
        given = {"amount": 500, "currency": "usd", **body}
        answer = bobs.post(f"/api/streams/{live_stream.pk}/tip", given, format="json")
        assert (answer.status_code, answer.json()["code"]) == (400, code)
        assert (Order.objects.count(), Tip.objects.count(), sandbox.asked) == (0, 0, [])

    def test_not_a_number_is_no_json(self, sandbox, bobs, live_stream):
        answer = bobs.post(
            f"/api/streams/{live_stream.pk}/tip",
            '{"amount": NaN, "currency": "usd"}',
            content_type="application/json",
        )
        assert (answer.status_code, answer.json()["code"]) == (400, "malformed")

    def test_the_largest_and_the_smallest_may_be_given(self, sandbox, bob, bobs, live_stream, settings):
        settings.SPEND_A_DAY = 10**6
        for amount in (100, 100_000):
            assert tip(bobs, live_stream, amount).status_code == 201

    def test_one_does_not_tip_oneself(self, sandbox, api_of, alice, live_stream):
        answer = tip(api_of(alice), live_stream)
        assert (answer.status_code, answer.json()["code"]) == (403, "own_channel")
        assert Order.objects.count() == 0

    def test_strangers_and_people_without_an_account_tip_nobody(self, sandbox, api, live_stream):
        assert tip(api, live_stream).status_code == 401

    def test_whom_the_creator_blocked_may_not(self, sandbox, bob, bobs, alice, live_stream):
        block_create(blocker=alice, blocked=bob)
        answer = tip(bobs, live_stream)
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
        assert Order.objects.count() == 0

    def test_a_stream_one_may_not_know_of_is_not_there(self, sandbox, bobs, live_stream):
        live_stream.visibility = "invited"
        live_stream.save()
        assert tip(bobs, live_stream).status_code == 404

    def test_only_who_is_live_is_tipped(self, sandbox, bobs, stream, alice):
        assert tip(bobs, stream).json()["code"] == "stream_not_live"
        stream_end(stream_id=stream.pk, reason=EndReason.CREATOR)
        assert Order.objects.count() == 0

    def test_a_stream_that_is_over_takes_none(self, sandbox, bobs, live_stream):
        stream_end(stream_id=live_stream.pk, reason=EndReason.CREATOR)
        assert tip(bobs, live_stream).status_code == 410

    def test_own_limits_hold(self, sandbox, bob, bobs, live_stream):
        spend_limit_set(user=bob, amount=400)
        assert tip(bobs, live_stream).json()["code"] == "spend_limit_reached"

    def test_who_is_too_young_may_not(self, sandbox, bob, bobs, live_stream):
        bob.age_band = AgeBand.FROM_16
        bob.save()
        assert tip(bobs, live_stream).json()["code"] == "too_young"

    def test_another_persons_tip_is_not_there(self, sandbox, bobs, api_of, charlie, live_stream):
        order_id = tip(bobs, live_stream).json()["order"]["id"]
        assert api_of(charlie).get(f"/api/tips/{order_id}").status_code == 404
        assert api_of(charlie).post(f"/api/payments/orders/{order_id}/cancel").status_code == 404

    def test_where_nothing_is_sold(self, settings, bobs, live_stream):
        settings.PAYMENTS = "off"
        answer = tip(bobs, live_stream)
        assert (answer.status_code, answer.json()["code"]) == (501, "not_supported")
        assert bobs.get("/api/tips").json()["payments"] == "off"


def test_what_a_person_gave_is_theirs_to_have_and_names_nobody_who_is_gone(
    sandbox, bob, bobs, alice, live_stream
):
    tip(bobs, live_stream, message="Bravo")
    assert '"message": "Bravo"' in export(bob)["tips.json"].decode()
    account_erase(user=alice)
    assert Order.objects.get().title == "Tip"
    assert "orders.json" in orders_export(bob)
    assert Order.objects.get().state == OrderState.OPEN
