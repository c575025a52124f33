"""What staff decide, what it does, and who is told what."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core import mail
from django.db import DatabaseError, transaction
from django.utils import timezone

from accounts.erasure import account_erase
from accounts.models import User
from accounts.services import avatar_set, profile_update
from chat.models import ChatMessage
from core.errors import Forbidden, InvalidInput
from core.models import AuditEvent
from moderation.errors import Decided, NotYourPlace
from moderation.reports.deciding import case_decide
from moderation.reports.errors import CaseTaken, NotPossible
from moderation.reports.models import (
    Case,
    CaseState,
    Decision,
    GoLiveHold,
    Report,
    Statement,
    Strike,
)
from moderation.reports.retention import evidence_forget
from moderation.reports.services import case_assign, case_release
from moderation.reports.statements import statement_mail, statements_sweep
from streams.models import Stream, StreamStatus
from streams.selectors import streams_of
from streams.thumbnails import thumbnail_set
from tests.conftest import viewer_of
from tests.moderation.reports.conftest import report, say
from tests.streams.test_thumbnail import picture

pytestmark = pytest.mark.django_db(transaction=True)

WHY = "It asks people to pay somewhere else."


def decide(actor: User, case: Case, action: str, category: str = "spam", reason: str = WHY) -> Decision:
    return case_decide(actor=actor, case_id=case.pk, action=action, category=category, reason=reason)


def told(user: User) -> list[tuple[str, str]]:
    rows = Statement.objects.filter(party=user.party_id).order_by("id")
    return list(rows.values_list("kind", "title"))


class TestWhatItDoes:
    def test_dismiss_tells_only_who_reported(self, case, nora, bob, charlie):
        decide(nora, case, "dismiss")
        case.refresh_from_db()
        assert case.state == CaseState.CLOSED
        assert told(bob) == []
        assert [kind for kind, _ in told(charlie)] == ["report"]
        assert "nothing in it that breaks our rules" in Report.objects.get().answer
        assert not Strike.objects.exists()

    def test_warn_says_so_and_does_not_count(self, case, nora, bob):
        decide(nora, case, "warn")
        assert told(bob) == [("reasons", "You were warned")]
        assert not Strike.objects.exists()

    def test_take_down_of_a_message(self, case, nora, bob, charlie, message, api_of, live_stream):
        decide(nora, case, "take_down")
        assert ChatMessage.objects.get(pk=message.pk).removed_at is not None
        shown = api_of(charlie).get(f"/api/streams/{live_stream.pk}/messages").json()["results"]
        assert message.text not in str(shown)
        assert Strike.objects.get().party_id == bob.party_id

    def test_take_down_of_a_stream_hides_it_from_all_but_its_creator(
        self, alice, bob, charlie, nora, live_stream, api_of, browser_of
    ):
        thumbnail_set(stream_id=live_stream.pk, image=picture(), chosen=True)
        live_stream.refresh_from_db()
        shown = Path(settings.MEDIA_ROOT) / live_stream.thumbnail
        assert shown.is_dir()
        decide(nora, report(charlie, "stream", live_stream).case, "take_down")
        live_stream.refresh_from_db()
        assert (live_stream.status, live_stream.end_reason) == (StreamStatus.ENDED, "staff")
        assert not shown.exists()
        assert browser_of(bob).get(f"/stream/{live_stream.pk}").status_code == 404
        assert api_of(bob).get(f"/api/streams/{live_stream.pk}").status_code == 404
        assert api_of(bob).get(f"/api/streams/{live_stream.pk}/messages").status_code == 404
        assert not streams_of(viewer=viewer_of(bob), creator=alice).exists()
        assert browser_of(alice).get(f"/stream/{live_stream.pk}").status_code == 200

    def test_take_down_of_a_profile_empties_it(self, bob, charlie, nora):
        avatar_set(user=bob, image=picture())
        profile_update(user=bob, display_name="Alice", bio="I am Alice", links=[])
        folder = Path(settings.MEDIA_ROOT) / bob.avatar
        decide(nora, report(charlie, "user", bob).case, "take_down", "impersonation")
        bob.refresh_from_db()
        assert (bob.display_name, bob.bio, bob.avatar) == ("", "", "")
        assert not folder.exists()

    def test_stop_the_stream_holds_its_creator(self, alice, charlie, nora, live_stream):
        decide(nora, report(charlie, "stream", live_stream).case, "stop_stream")
        live_stream.refresh_from_db()
        assert live_stream.end_reason == "staff"
        assert GoLiveHold.objects.get().person == alice

    def test_suspend(self, case, nora, bob):
        decide(nora, case, "suspend")
        bob.refresh_from_db()
        assert not bob.is_active
        assert told(bob) == [("reasons", "Your account is suspended")]

    def test_all_of_it_or_nothing(self, case, nora, bob, monkeypatch):
        from moderation.reports import deciding

        def broken(*args, **kwargs):
            raise RuntimeError

        monkeypatch.setattr(deciding, "_answer_reports", broken)
        with pytest.raises(RuntimeError):
            decide(nora, case, "suspend")
        bob.refresh_from_db()
        assert bob.is_active
        assert not Decision.objects.exists()
        assert not Statement.objects.exists()


class TestWhoIsTold:
    def test_the_statement_has_what_the_law_asks_for(self, case, nora, bob):
        decide(nora, case, "take_down")
        text = Statement.objects.get(party=bob.party_id).text
        for part in (
            "removed",
            "shown to nobody any more",
            "which was reported to us",
            "buy my coins",
            "no program decided",
            "Spam or scam",
            WHY,
            "strike until",
            "appeal once",
            "court",
        ):
            assert part in text, part
        assert "charlie" not in text
        assert "nora" not in text

    def test_everybody_who_reported_has_an_answer_that_names_nobody(self, alice, case, nora, charlie):
        report(alice, "message", ChatMessage.objects.get(pk=case.subject_id))
        decide(nora, case, "suspend")
        for person in (alice, charlie):
            (row,) = Statement.objects.filter(party=person.party_id)
            for name in ("bob", "alice", "charlie", "nora"):
                assert name not in row.text
        assert Report.objects.filter(answered_at=None).count() == 0

    def test_mails_leave_once_with_a_link_that_needs_no_sign_in(self, case, nora, bob, client):
        decide(nora, case, "suspend")
        statement = Statement.objects.get(party=bob.party_id)
        for _ in range(2):
            statement_mail(statement_id=statement.pk)
        (sent,) = mail.outbox
        assert sent.to == ["bob@example.com"]
        link = next(line for line in sent.body.splitlines() if line.startswith("http"))
        page = client.get(link.removeprefix(settings.PUBLIC_URL))
        assert page.status_code == 200
        assert WHY in page.text

    def test_a_mail_that_was_lost_is_sent_later(self, case, nora, monkeypatch):
        decide(nora, case, "warn")
        asked: list[str] = []
        monkeypatch.setattr("moderation.reports.tasks.statement_mail.delay", asked.append)
        statements_sweep()
        assert asked == [], "not what was told just now"
        Statement.objects.update(created_at=timezone.now() - timedelta(minutes=11))
        statements_sweep()
        assert len(asked) == 2
        Statement.objects.update(mailed_at=timezone.now())
        statements_sweep()
        assert len(asked) == 2

    def test_who_is_erased_is_not_told(self, bob, charlie, nora, message):
        made = report(charlie, "message", message).case
        account_erase(user=bob)
        with pytest.raises(NotPossible):
            decide(nora, made, "suspend")
        decide(nora, made, "take_down")
        assert ChatMessage.objects.get(pk=message.pk).removed_at is not None
        assert not Statement.objects.filter(kind="reasons").exists()

    def test_it_is_in_the_audit_trail(self, case, nora, bob):
        decide(nora, case, "suspend")
        event = AuditEvent.objects.get(action="case.decided")
        assert (event.actor_party_id, event.whom_party_id, event.reason) == (
            nora.party_id,
            bob.party_id,
            WHY,
        )


class TestWhoMay:
    @pytest.mark.parametrize(
        ("action", "permission"), [("suspend", "accounts.suspend_user"), ("warn", None), ("dismiss", None)]
    )
    def test_each_act_needs_its_right(self, case, staff_of, make_user, action, permission):
        with pytest.raises(Forbidden):
            decide(make_user("ordinary"), case, action)
        plain = staff_of("plain")
        if permission:
            with pytest.raises(Forbidden):
                decide(plain, case, action)
            plain = staff_of("allowed", permission)
        decide(plain, case, action)

    def test_nobody_about_themselves(self, staff_of, charlie, live_stream):
        nina = staff_of("nina", "accounts.suspend_user")
        case = report(charlie, "message", say(nina, live_stream, "I decide")).case
        with pytest.raises(NotYourPlace):
            decide(nina, case, "dismiss")

    def test_about_staff_only_superusers(self, staff_of, nora, admin, charlie, live_stream):
        case = report(charlie, "message", say(staff_of("nina"), live_stream, "buy it")).case
        with pytest.raises(NotPossible):
            decide(nora, case, "suspend")
        decide(admin, case, "suspend")

    def test_what_somebody_else_is_at_is_theirs_until_it_is_taken_over(self, case, nora, omar):
        case_assign(actor=omar, case_id=case.pk)
        for refused in (
            lambda: decide(nora, case, "warn"),
            lambda: case_assign(actor=nora, case_id=case.pk),
            lambda: case_release(actor=nora, case_id=case.pk),
        ):
            with pytest.raises(CaseTaken):
                refused()
        case_assign(actor=nora, case_id=case.pk, take_over=True)
        assert decide(nora, case, "warn").by_id == nora.party_id
        assert AuditEvent.objects.filter(action="case.assigned").count() == 2

    def test_once(self, case, nora, omar):
        decide(nora, case, "warn")
        with pytest.raises(Decided):
            decide(omar, case, "suspend")

    def test_with_a_reason(self, case, nora):
        with pytest.raises(InvalidInput):
            decide(nora, case, "warn", reason=" x ")


def test_the_database_refuses_to_change_or_delete_a_decision(case, nora):
    decision = decide(nora, case, "warn")
    for change in (
        lambda: Decision.objects.filter(pk=decision.pk).update(reason="Another one."),
        lambda: Decision.objects.filter(pk=decision.pk).update(action="dismiss"),
        lambda: Decision.objects.filter(pk=decision.pk)._raw_delete("default"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    Decision.objects.filter(pk=decision.pk).update(undone_at=timezone.now(), before={})


def test_evidence_goes_a_year_after_the_decision(bob, charlie, nora, settings):
    avatar_set(user=bob, image=picture())
    case = report(charlie, "user", bob).case
    kept = Path(settings.PRIVATE_ROOT) / "evidence" / str(case.pk)
    decide(nora, case, "warn")
    assert evidence_forget() == 0
    Case.objects.update(decided_at=timezone.now() - timedelta(days=366))
    assert kept.is_dir()
    assert evidence_forget() == 1
    case.refresh_from_db()
    assert case.evidence == {}
    assert not kept.exists()
    assert evidence_forget() == 0


def test_a_stopped_stream_is_in_no_list(alice, bob, charlie, nora, live_stream, api_of):
    decide(nora, report(charlie, "stream", live_stream).case, "stop_stream")
    assert Stream.objects.get(pk=live_stream.pk).visibility == "public"
    found = api_of(bob).get("/api/streams/search?q=cello").json()["results"]
    assert found == []
    assert api_of(bob).get(f"/api/streams/creator/{alice.pk}").json()["results"] == []
    assert len(api_of(alice).get(f"/api/streams/creator/{alice.pk}").json()["results"]) == 1
