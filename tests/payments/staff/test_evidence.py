"""Our side of a dispute: filled in from what is known, kept as a draft, handed in once, and not forgotten."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from core.models import AuditEvent
from payments.gateway import GatewayError
from payments.models import Dispute, DisputeState, Wallet
from payments.orders.models import Chargeback, Receipt
from payments.orders.webhooks import events_handle
from payments.staff.errors import EvidenceClosed
from payments.staff.evidence import evidence_save, evidence_submit
from payments.staff.known import evidence_known
from payments.staff.metrics import desk
from payments.staff.models import Evidence, EvidenceReminder, EvidenceState
from payments.staff.tasks import staff_look, staff_remind
from streams.models import ViewerSession
from tests.payments.stripe.test_sandbox import DISPUTED

PLACE = "/admin/payments/chargeback/"


@pytest.fixture
def dispute(sandbox, buy, give, bob, live_stream):
    """Of an order whose coins were given away in a stream that the buyer watched."""
    order = buy()
    now = timezone.now()
    ViewerSession.objects.create(
        id=order.pk,
        stream=live_stream,
        viewer_id=f"u:{bob.pk}",
        party_id=bob.party_id,
        joined_at=now,
        last_seen_at=now + timedelta(minutes=25),
        media_seen_at=now,
        seconds_watched=1500,
    )
    give("rocket", 2)
    with sandbox.account.store.lock:
        sandbox.account.dispute_open(sandbox.account.store.all("charge", status="succeeded")[0])
    follow(sandbox)
    return Chargeback.objects.get()


def follow(sandbox):
    assert set(sandbox.tell()) <= {200}
    while events_handle():
        pass


def theirs(sandbox):
    return sandbox.account.store.all("dispute")[0]


def submit(dispute, who, text="It was them."):
    return evidence_submit(
        chargeback_id=dispute.pk, fields={"uncategorized_text": text}, actor_party_id=who.party_id
    )


class TestOnThePage:
    def test_it_is_filled_in_with_what_we_know(self, staff, dispute, bob):
        page = staff.get(f"{PLACE}{dispute.pk}/evidence/").text
        order = dispute.payment.order
        for told in (
            str(order.pk),
            Receipt.objects.get().code,
            "bob@example.com",
            "Cello in the rain",
            "for 25 min",
            "spent 40 of these coins (gift)",
            "fraudulent",
            "in 6 days",
        ):
            assert told in page, told
        assert order.placed_from
        assert order.placed_from not in page

    def test_saved_then_handed_in_then_only_read(self, staff, fiona, dispute, sandbox):
        page = f"{PLACE}{dispute.pk}/evidence/"
        assert (
            "Saved. It is not handed in yet."
            in staff.post(page, {"uncategorized_text": "They watched.", "save": "yes"}, follow=True).text
        )
        assert theirs(sandbox)["evidence"]["uncategorized_text"] == "They watched."
        assert theirs(sandbox)["status"] == "needs_response"
        assert "They watched." in staff.get(page).text
        said = {"uncategorized_text": "They watched it all.", "customer_name": "Bob", "submit": "yes"}
        assert "Handed in." in staff.post(page, said, follow=True).text
        assert theirs(sandbox)["evidence"]["uncategorized_text"] == "They watched it all."
        assert theirs(sandbox)["status"] == "under_review"
        kept, dispute = Evidence.objects.get(), Chargeback.objects.get()
        assert kept.sent is not None
        assert (kept.state, kept.sent_by_id, kept.sent["customer_name"]) == ("sent", fiona.party_id, "Bob")
        assert dispute.status == "under_review"
        shown = staff.get(page).text
        assert "<textarea" not in shown
        assert "They watched it all." in shown
        answer = staff.post(page, {"uncategorized_text": "One thing more.", "submit": "yes"})
        assert "<textarea" not in answer.text
        assert theirs(sandbox)["evidence_details"]["submission_count"] == 1
        Evidence.objects.get(sent__uncategorized_text="They watched it all.")
        actions = AuditEvent.objects.filter(action__startswith="dispute.evidence").order_by("id")
        assert [(event.action, event.actor_party_id) for event in actions] == [
            ("dispute.evidence_saved", fiona.party_id),
            ("dispute.evidence_submitted", fiona.party_id),
        ]

    def test_who_may(self, make_user, browser_of, dispute):
        support = browser_of(make_user("supporter", is_staff=True))
        page = f"{PLACE}{dispute.pk}/evidence/"
        assert support.get(page).status_code == 403
        assert support.post(page, {"submit": "yes"}).status_code == 403
        assert not Evidence.objects.exists()

    def test_disputes_are_listed_by_their_deadline(self, staff, sandbox, dispute, bobs):
        """Overdue, soon, later; those that are over come last."""
        now = timezone.now()
        for days, provider_id in ((-1, "du_late"), (1, "du_soon"), (30, "du_later")):
            Chargeback.objects.create(
                payment=dispute.payment, provider_id=provider_id, status="needs_response", reason="general",
                amount=1, currency="usd", due_by=now + timedelta(days=days), opened_at=now,
            )  # fmt: skip
        Chargeback.objects.create(
            payment=dispute.payment, provider_id="du_over", status="lost", reason="general", amount=1,
            currency="usd", due_by=now - timedelta(days=9), opened_at=now, closed_at=now,
        )  # fmt: skip
        page = staff.get(PLACE).text
        order = ["du_late", "du_soon", dispute.provider_id, "du_later", "du_over"]
        assert sorted(order, key=page.index) == order
        assert page.count("OVERDUE") == page.count("DUE SOON") == 1
        only = staff.get(PLACE, {"evidence": "late"}).text
        assert "du_late" in only
        assert "du_soon" not in only


class TestHandingIn:
    @pytest.mark.parametrize(("text", "state"), [("winning_evidence", "won"), ("losing_evidence", "lost")])
    def test_what_the_bank_decides_is_booked(self, sandbox, dispute, fiona, text, state):
        submit(dispute, fiona, text)
        follow(sandbox)
        assert Dispute.objects.get().state == state
        won = state == DisputeState.WON
        assert Wallet.objects.get().frozen == ("" if won else Wallet.Frozen.DISPUTE)
        assert Wallet.objects.get().balance_coins == (960 if won else 0)
        with pytest.raises(EvidenceClosed):
            submit(dispute, fiona)

    @pytest.mark.parametrize("fault", ["lose", 500])
    def test_a_provider_that_is_away_gets_it_later_and_once(self, sandbox, dispute, fiona, fault):
        sandbox.faults = [fault] * 3
        kept = submit(dispute, fiona)
        assert kept.state == EvidenceState.SENDING
        with pytest.raises(EvidenceClosed):
            submit(dispute, fiona, "Something else.")
        staff_look()
        kept.refresh_from_db()
        assert kept.state == EvidenceState.SENT
        assert theirs(sandbox)["evidence_details"]["submission_count"] == 1
        assert theirs(sandbox)["evidence"]["uncategorized_text"] == "It was them."

    def test_an_answer_that_got_lost_so_long_ago_that_its_key_is_forgotten(self, sandbox, dispute, fiona):
        sandbox.faults = ["lose"] * 3
        kept = submit(dispute, fiona)
        sandbox.account.store.answers.clear()
        staff_look()
        kept.refresh_from_db()
        assert kept.state == EvidenceState.SENT, "the provider has it, and says so when it is asked"

    def test_what_the_provider_refuses_is_a_draft_again(self, sandbox, dispute, fiona):
        theirs(sandbox)["evidence_details"]["due_by"] = 1
        with pytest.raises(GatewayError):
            submit(dispute, fiona)
        kept = Evidence.objects.get()
        assert (kept.state, kept.sent, kept.sent_by) == (EvidenceState.DRAFT, None, None)
        assert AuditEvent.objects.get(action="dispute.evidence_refused").reason == "dispute_past_due"

    def test_a_draft_that_the_provider_did_not_get_is_kept_here(self, sandbox, dispute, fiona):
        sandbox.faults = ["lose"] * 3
        _kept, problem = evidence_save(
            chargeback_id=dispute.pk, fields={"customer_name": "Bob"}, actor_party_id=fiona.party_id
        )
        assert problem == "APIConnectionError"
        assert Evidence.objects.get().fields["customer_name"] == "Bob"

    def test_too_late(self, dispute, fiona):
        with (
            time_machine.travel(timezone.now() + timedelta(days=8)),
            pytest.raises(EvidenceClosed) as refused,
        ):
            submit(dispute, fiona)
        assert refused.value.details["reason"] == "late"
        assert not Evidence.objects.exists()

    def test_what_we_know_takes_few_queries(self, dispute, django_assert_max_num_queries):
        with django_assert_max_num_queries(10):
            evidence_known(Chargeback.objects.get())


class TestReminding:
    def remind(self, caplog, dispute, **left):
        caplog.clear()
        with time_machine.travel(dispute.due_by - timedelta(**left)):
            staff_remind()
            due = next(iter(desk())).samples[0].value
        return len([line for line in caplog.records if "is due by" in line.message]), due

    def test_three_days_and_one_day_before_once_each(self, caplog, dispute):
        assert self.remind(caplog, dispute, days=3, minutes=1) == (0, 0)
        assert self.remind(caplog, dispute, days=2, hours=23) == (1, 1)
        assert self.remind(caplog, dispute, days=2) == (0, 1)
        assert self.remind(caplog, dispute, hours=23) == (1, 1)
        assert self.remind(caplog, dispute, hours=1) == (0, 1)
        assert self.remind(caplog, dispute, hours=-1) == (0, 0)
        assert AuditEvent.objects.filter(action="dispute.evidence_due").count() == 2
        assert set(EvidenceReminder.objects.values_list("days", flat=True)) == {1, 3}

    def test_who_hears_late_hears_once(self, caplog, dispute):
        assert self.remind(caplog, dispute, hours=20) == (1, 1)
        assert self.remind(caplog, dispute, hours=19) == (0, 1)

    def test_not_of_what_was_answered(self, caplog, dispute, fiona):
        submit(dispute, fiona)
        assert self.remind(caplog, dispute, hours=20) == (0, 0)

    def test_of_drafts_too(self, caplog, dispute, fiona):
        evidence_save(chargeback_id=dispute.pk, fields={}, actor_party_id=fiona.party_id)
        assert self.remind(caplog, dispute, hours=20) == (1, 1)


def test_a_dispute_at_once(sandbox, staff, buy):
    """Paid with the card that is disputed as it pays; nothing of the coins was used."""
    buy(card=DISPUTED)
    page = staff.get(f"{PLACE}{Chargeback.objects.get().pk}/evidence/")
    assert page.status_code == 200
    assert "paid by visa ending in 0259" in page.text
