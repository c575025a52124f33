"""What staff see of money, and what they may do."""

import re

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.html import escape

from core.models import AuditEvent
from payments.ledger.folding import fold
from payments.models import CoinLot, CoinPack, Earning, LedgerCheck, Transaction, Wallet
from payments.orders.models import Chargeback, Order, Payment, ProviderEvent, Receipt, Refund
from payments.orders.webhooks import events_handle
from payments.staff.models import FraudWarning, RefundRequest
from payments.staff.refunding import refund_ask
from tests.payments.books import request
from tests.payments.stripe.test_sandbox import DISPUTED, WARNED

ORDERS = "/admin/payments/order/"


def found(staff, wanted):
    """The orders that the search box leads to."""
    page = staff.get(ORDERS, {"q": str(wanted)})
    assert page.status_code == 200
    return {str(pk) for pk in Order.objects.values_list("pk", flat=True) if str(pk) in page.text}


class TestFinding:
    def test_an_order_by_any_id(self, staff, fiona, sandbox, buy, give, bob):
        """Of an order that was paid, gifted from, refunded in part; another one lies beside it."""
        order, other = buy(1000), buy(600)
        gift = give().gift
        refund = refund_ask(
            order_id=order.pk,
            amount=100,
            reason="a mistake",
            include_spent=False,
            actor_party_id=fiona.party_id,
        ).refund
        assert refund is not None
        sandbox.tell()
        events_handle()
        payment = Payment.objects.get(order=order)
        receipt = Receipt.objects.get(order=order, kind="receipt")
        note = Receipt.objects.get(refund=refund)
        lot = CoinLot.objects.get(order_reference=str(order.pk))
        told = ProviderEvent.objects.filter(
            kind="payment_intent.succeeded", about__order_id=str(order.pk)
        ).get()
        refund.refresh_from_db()
        ids = {
            "order": order.pk,
            "order as the audit trail has it": f"order:{order.pk}",
            "checkout": order.checkout_id,
            "intent": payment.intent_id,
            "payment": payment.pk,
            "charge": payment.charge_id,
            "balance transaction": payment.movement_id,
            "refund": refund.pk,
            "refund at the provider": refund.provider_id,
            "request": RefundRequest.objects.get().pk,
            "receipt": receipt.code,
            "receipt's id": receipt.pk,
            "credit note": note.code,
            "lot": lot.pk,
            "ledger transaction": lot.transaction_id,
            "its key": lot.transaction.idempotency_key,
            "a refund's key": f"refund:{refund.pk}",
            "gift": gift.pk,
            "webhook": told.event_id,
        }
        assert {what for what, wanted in ids.items() if found(staff, wanted) != {str(order.pk)}} == set()
        both = {str(order.pk), str(other.pk)}
        people = [bob.party_id, bob.pk, "bob", "BOB", bob.email]
        assert [wanted for wanted in people if found(staff, wanted) != both] == []
        for nothing in ("ch_nothing", "bo", "R-0000099", "x" * 200, "'; --", str(request()), "order:", "17"):
            assert found(staff, nothing) == set(), nothing

    def test_by_a_dispute_or_a_warning(self, staff, buy):
        disputed, warned = buy(card=DISPUTED), None
        Wallet.objects.update(frozen="")
        warned = buy(card=WARNED)
        seen, warning = Chargeback.objects.get(), FraudWarning.objects.get()
        for wanted in (seen.provider_id, seen.pk, f"dispute:{seen.provider_id}"):
            assert found(staff, wanted) == {str(disputed.pk)}
        for wanted in (warning.provider_id, warning.pk):
            assert found(staff, wanted) == {str(warned.pk)}

    def test_by_a_tip(self, staff, tip, order):
        booked = Earning.objects.get(order_reference=str(tip.pk)).transaction_id
        for wanted in (tip.tip.pk, booked):
            assert found(staff, wanted) == {str(tip.pk)}

    def test_one_box_asks_the_database_no_more_for_more(
        self, staff, buy, give, django_assert_max_num_queries
    ):
        for _ in range(3):
            buy(600)
        for _ in range(5):
            give("rose")
        with django_assert_max_num_queries(45):
            staff.get(ORDERS, {"q": "bob"})
        with django_assert_max_num_queries(45):
            staff.get(ORDERS, {"q": str(Order.objects.earliest("id").pk)})


class TestPages:
    def test_an_order_tells_its_whole_story(self, staff, fiona, sandbox, order, give, alice):
        give()
        refund_ask(
            order_id=order.pk,
            amount=100,
            reason="a mistake",
            include_spent=False,
            actor_party_id=fiona.party_id,
        )
        sandbox.tell()
        events_handle()
        page = staff.get(f"{ORDERS}{order.pk}/change/").text
        payment, refund = Payment.objects.get(), Refund.objects.get()
        for told in (
            payment.charge_id,
            payment.movement_id,
            refund.provider_id,
            "a mistake",
            "R-0000001",
            "C-0000001",
            "payment_intent.succeeded",
            "refund.created",
            f"order:{order.pk}:paid",
            f"refund:{refund.pk}",
            "alice",
            "order.refund_asked",
            "10.61 USD",
        ):
            assert escape(told) in page, told
        assert f"/admin/payments/wallet/?q={order.party_id}" in page

    def test_a_tip_and_a_dispute_tell_theirs(self, staff, tip, buy):
        page = staff.get(f"{ORDERS}{tip.pk}/change/").text
        assert "Encore" in page
        assert "tip for 5.00 USD (paid)" in page
        assert not re.search(r">\s*500\s*<", page), "an amount in cents is read as dollars"
        assert "4.31 USD" in page, "the creator's part, in the ledger"
        buy(card=DISPUTED)
        seen = Chargeback.objects.get()
        page = staff.get(f"/admin/payments/chargeback/{seen.pk}/change/").text
        assert "dispute.opened" in page
        assert f"dispute:{seen.provider_id}:opened" in page

    def test_how_much_there_is_changes_nothing(self, staff, order, give, django_assert_max_num_queries):
        with django_assert_max_num_queries(60):
            staff.get(f"{ORDERS}{order.pk}/change/")
        for _ in range(10):
            give("rose")
        with django_assert_max_num_queries(60):
            staff.get(f"{ORDERS}{order.pk}/change/")


READ = (
    "order", "payment", "refund", "refundrequest", "chargeback", "receipt", "providerevent", "fraudwarning", "wallet",
    "account", "transaction", "coinlot", "earning", "ledgercheck",
)  # fmt: skip


class TestNothingIsEditedByHand:
    @pytest.mark.parametrize("model", READ)
    def test_not_even_by_superusers(self, browser_of, admin, sandbox, order, give, model):
        give()
        fold()
        if model == "ledgercheck":
            differs = {"what": "a wallet is short", "account": "wallet", "amount": 1, "transaction": None}
            LedgerCheck.objects.create(at=timezone.now(), differences=[differs], unspent_coins=0)
        client = browser_of(admin)
        place = f"/admin/payments/{model}/"
        page = client.get(place)
        assert page.status_code == 200
        assert client.get(f"{place}add/").status_code == 403
        row = apps.get_model("payments", model).objects.first()
        if row is not None:
            assert client.get(f"{place}{row.pk}/change/").status_code == 200
            assert client.post(f"{place}{row.pk}/change/", {"amount": 1}).status_code == 403
            assert client.post(f"{place}{row.pk}/delete/", {"post": "yes"}).status_code == 403
        assert "delete_selected" not in page.text
        for search in ("bob", "17", "x y", "'", str(request())):
            assert client.get(place, {"q": search}).status_code == 200

    def test_the_ledger_is_found_by_key_about_and_party(self, staff, order, give, alice):
        sent = give().gift
        bought = Transaction.objects.get(kind="coins_bought")
        place = "/admin/payments/transaction/"
        for wanted, expected in (
            (bought.pk, {bought.pk}),
            (bought.idempotency_key, {bought.pk}),
            (bought.about, {bought.pk}),
            (order.pk, {bought.pk}),
            ("alice", {sent.pk}),
            ("bob", {bought.pk, sent.pk}),
        ):
            page = staff.get(place, {"q": str(wanted)}).text
            assert {pk for pk in (bought.pk, sent.pk) if str(pk) in page} == expected, wanted
        page = staff.get(f"{place}{sent.pk}/change/").text
        for told in ("Wallet", "Earned, on hold", "alice", "20 COIN"):
            assert told in page
        account = staff.get("/admin/payments/account/", {"q": "bob"}).text
        assert "980 COIN" in account

    def test_lists_count_no_further_than_they_go(self, staff, order):
        with CaptureQueriesContext(connection) as asked:
            staff.get("/admin/payments/transaction/")
        counts = [query["sql"] for query in asked.captured_queries if "COUNT(" in query["sql"]]
        assert counts
        assert all("LIMIT 1000" in sql for sql in counts), counts


@pytest.mark.parametrize(
    ("currency", "price", "says"),
    [
        ("usd", 899, ""),
        ("usd", 800, "does not pay the creators"),
        ("usd", 49, "From 50 to 100000"),
        ("usd", 100_001, "From 50 to 100000"),
        ("zzz", 899, "Not one of usd"),
    ],
)
def test_a_price_that_does_not_pay_creators_is_refused(browser_of, admin, currency, price, says):
    pack = CoinPack.objects.create(coins=777)
    sent = browser_of(admin).post(
        f"/admin/payments/coinpack/{pack.pk}/change/",
        {
            "coins": 777,
            "on_sale": "on",
            "prices-TOTAL_FORMS": 1,
            "prices-INITIAL_FORMS": 0,
            "prices-0-pack": pack.pk,
            "prices-0-currency": currency,
            "prices-0-price": price,
        },
    )
    assert says in sent.text
    assert pack.prices.exists() is not bool(says)


def test_more_coins_for_the_same_price_are_refused_too(browser_of, admin):
    """The pack and its prices come in one form: the coins that will be are what counts."""
    pack = CoinPack.objects.create(coins=777)
    price = pack.prices.create(currency="usd", price=899)
    sent = browser_of(admin).post(
        f"/admin/payments/coinpack/{pack.pk}/change/",
        {
            "coins": 900,
            "on_sale": "on",
            "prices-TOTAL_FORMS": 1,
            "prices-INITIAL_FORMS": 1,
            "prices-0-id": price.pk,
            "prices-0-pack": pack.pk,
            "prices-0-currency": "usd",
            "prices-0-price": 899,
        },
    )
    assert "does not pay the creators" in sent.text
    pack.refresh_from_db()
    assert pack.coins == 777


def test_who_froze_what_is_in_the_audit_trail(staff, fiona, order, bob):
    place = "/admin/payments/wallet/"
    chosen = {"action": "freeze", "_selected_action": [str(bob.party_id)]}
    assert 'name="told"' in staff.post(place, chosen).text
    assert Wallet.objects.get().frozen == ""
    said = {"reason": "asked by police", "told": "We look into it.", "confirmed": "yes"}
    assert "1 done, 0 passed over" in staff.post(place, {**chosen, **said}, follow=True).text
    assert Wallet.objects.get().frozen == Wallet.Frozen.STAFF
    assert "frozen already" in staff.post(place, {**chosen, **said}, follow=True).text
    page = staff.get(f"{place}{bob.party_id}/change/").text
    assert "asked by police" in page
    free = {
        "action": "free",
        "_selected_action": [str(bob.party_id)],
        "reason": "cleared",
        "confirmed": "yes",
    }
    assert "1 done, 0 passed over" in staff.post(place, free, follow=True).text
    actions = AuditEvent.objects.filter(target=f"wallet:{bob.party_id}").order_by("id")
    assert [(event.action, event.actor_party_id) for event in actions] == [
        ("wallet.frozen", fiona.party_id),
        ("wallet.freed", fiona.party_id),
    ]
