"""Notices by people without an account, counter-notices with their clock, and the yearly report."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from chat.models import ChatMessage
from core.errors import Forbidden, InvalidInput, NotFound
from moderation.legal.errors import NoticeImpossible
from moderation.legal.models import CounterNotice, LegalNotice, NoticeState
from moderation.legal.services import (
    counter_notice_send,
    counter_notices_restore,
    notice_mail,
    notice_refuse,
    notice_send,
    notice_take_down,
    notice_uphold,
)
from moderation.reports.appeals import appeal_decide, appeal_make
from moderation.reports.deciding import case_decide
from moderation.reports.models import Case, CaseState, Decision, Report, Statement
from moderation.reports.strikes import strikes_in_force
from streams.models import Stream
from tests.moderation.reports.conftest import report

pytestmark = pytest.mark.django_db(transaction=True)

SITE = "http://localhost:8000"
WHY = "The recording is the sender's own."


def sent(address, **other):
    said: dict[str, Any] = {
        "kind": "copyright",
        "name": "Lena Label",
        "email": "lena@label.example",
        "statement": "The song is ours, registered as number 12345.",
        "in_good_faith": True,
        "signature": "Lena Label",
        "network": "192.0.2.1",
    }
    return notice_send(address=address, **(said | other))


@pytest.fixture
def notice(live_stream):
    return sent(f"{SITE}/stream/{live_stream.pk}")


@pytest.fixture
def taken_down(notice, nora):
    return notice_take_down(actor=nora, notice_id=notice.pk, reason=WHY)


def counter(person, decision):
    return counter_notice_send(
        party=person.party,
        decision_id=decision.pk,
        name="Alice Example",
        contact="1 Some Street, telephone 555 0100",
        statement="I wrote this song myself, and nobody else has rights in it.",
        signature="Alice Example",
    )


def mailed(notice):
    mail.outbox.clear()
    for _ in range(2):
        notice_mail(notice_id=notice.pk)
    (one,) = mail.outbox
    return one


def visible(stream):
    return Stream.objects.get(pk=stream.pk).visibility == "public"


class TestForm:
    FIELDS = {
        "kind": "copyright",
        "statement": "The song is ours, registered as number 12345.",
        "name": "Lena Label",
        "email": "lena@label.example",
        "in_good_faith": "on",
        "signature": "Lena Label",
        "website": "",
    }

    def test_from_the_footer_to_a_case_and_a_mail_with_a_number(self, client, live_stream):
        assert "/legal/notice" in client.get("/live").text
        address = f"{SITE}/stream/{live_stream.pk}"
        assert address in client.get("/legal/notice", {"address": address}).text
        answer = client.post("/legal/notice", {**self.FIELDS, "address": address})
        assert answer["Location"] == "/legal/notice/sent"
        assert client.get(answer["Location"]).status_code == 200
        notice = LegalNotice.objects.get()
        assert notice.case is not None
        assert notice.case.subject_id == live_stream.pk
        told = mailed(notice)
        assert notice.reference in told.body
        assert told.to == ["lena@label.example"]

    def test_no_words_of_a_stranger_are_mailed_to_whomever_they_name(self, client, live_stream):
        """The answer goes to an address that nobody has shown to be theirs."""
        ours = f"{SITE}/stream/{live_stream.pk}"
        for address in (
            f"{ours}\n\nYou won! Go to evil",
            f"{ours} you won",
            "javascript://localhost/%0aalert(1)",
        ):
            refused = client.post("/legal/notice", {**self.FIELDS, "address": address})
            assert refused.status_code == 400, address
            assert "address of a page of this site" in refused.text
        assert not LegalNotice.objects.exists()
        client.post("/legal/notice", {**self.FIELDS, "address": ours, "name": "You won, go to evil"})
        assert "You won" not in mailed(LegalNotice.objects.get()).body

    def test_what_is_missing_is_said_at_its_field(self, client, live_stream):
        answer = client.post("/legal/notice", {"kind": "copyright", "address": "https://elsewhere.example/x"})
        assert answer.status_code == 400
        for words in ("full address of a page of this site", "declaration", "signature", "30 to 5,000"):
            assert words in answer.text
        assert not LegalNotice.objects.exists()

    def test_who_fills_in_everything_is_no_person(self, client, live_stream):
        said = {
            **self.FIELDS,
            "address": f"{SITE}/stream/{live_stream.pk}",
            "website": "https://spam.example",
        }
        assert client.post("/legal/notice", said).status_code == 302
        assert not LegalNotice.objects.exists()

    def test_five_an_hour_from_one_network(self, client, live_stream, time_machine):
        time_machine.move_to("2030-01-01T12:00:00Z", tick=False)
        said = {**self.FIELDS, "address": f"{SITE}/stream/{live_stream.pk}"}
        assert [client.post("/legal/notice", said).status_code for _ in range(6)] == [302] * 5 + [429]
        assert Case.objects.get().reports_count == 5


class TestCase:
    def test_joins_what_people_reported(self, charlie, live_stream):
        case = report(charlie, "stream", live_stream).case
        notice = sent(f"{SITE}/stream/{live_stream.pk}?from=mail")
        assert notice.case_id == case.pk
        case.refresh_from_db()
        assert case.reports_count == 2
        assert "Lena" not in str(case.evidence)

    def test_of_a_channel_and_of_a_message(self, alice, message, live_stream):
        assert sent(f"{SITE}/live/Alice").case.subject_id == alice.pk
        line = sent(f"{SITE}/stream/{live_stream.pk}#message={message.pk}", kind="illegal", signature="")
        assert (line.case.subject, line.case.subject_id) == ("message", message.pk)

    def test_of_nothing_waits_for_staff_to_find_it(self, nora, live_stream):
        notice = sent(f"{SITE}/nowhere")
        with pytest.raises(NoticeImpossible):
            notice_take_down(actor=nora, notice_id=notice.pk, reason=WHY)
        notice_take_down(
            actor=nora, notice_id=notice.pk, reason=WHY, address=f"{SITE}/stream/{live_stream.pk}"
        )
        assert not visible(live_stream)

    def test_the_database_wants_faith_and_a_signature(self, notice):
        for wrong in ({"in_good_faith": False}, {"signature": ""}):
            with pytest.raises(IntegrityError), transaction.atomic():
                LegalNotice.objects.filter(pk=notice.pk).update(**wrong)
        with pytest.raises(InvalidInput):
            sent(f"{SITE}/live", signature="")


class TestStaff:
    def test_take_down_tells_both_and_counts(self, notice, nora, alice, live_stream, browser_of):
        page = browser_of(nora).post(
            "/admin/moderation/legalnotice/",
            {"action": "take_down", "_selected_action": [str(notice.pk)], "confirmed": "1", "reason": WHY},
            follow=True,
        )
        assert "1 done" in page.text
        notice.refresh_from_db()
        assert notice.state == NoticeState.TAKEN_DOWN
        assert "removed it" in mailed(notice).body
        assert not visible(live_stream)
        assert WHY in Statement.objects.get(party=alice.party_id).text
        assert "Lena" not in Statement.objects.get(party=alice.party_id).text
        assert strikes_in_force(alice.party_id) == 1
        shown = browser_of(nora).get(f"/admin/moderation/legalnotice/{notice.pk}/change/")
        assert "lena@label.example" in shown.text
        assert (
            notice.reference in browser_of(nora).get(f"/admin/moderation/case/{notice.case_id}/change/").text
        )

    def test_refuse_ends_the_case_that_is_about_nothing_else(self, notice, nora, live_stream):
        notice_refuse(actor=nora, notice_id=notice.pk, reason="It is a quotation of ten seconds.")
        notice.refresh_from_db()
        assert notice.case.state == CaseState.CLOSED
        assert "ten seconds" in mailed(notice).body
        assert visible(live_stream)

    def test_refuse_leaves_what_people_reported(self, notice, charlie, nora, live_stream):
        report(charlie, "stream", live_stream)
        notice_refuse(actor=nora, notice_id=notice.pk, reason="It is a quotation of ten seconds.")
        assert Case.objects.get().state == CaseState.OPEN

    def test_what_is_decided_on_the_case_answers_its_notices(self, notice, nora):
        case_decide(actor=nora, case_id=notice.case_id, action="take_down", category="copyright", reason=WHY)
        notice.refresh_from_db()
        assert notice.state == NoticeState.TAKEN_DOWN
        with pytest.raises(NoticeImpossible):
            notice_refuse(actor=nora, notice_id=notice.pk, reason="Too late.")

    def test_nobody_else(self, notice, make_user):
        with pytest.raises(Forbidden):
            notice_take_down(actor=make_user("fred", is_staff=True), notice_id=notice.pk, reason=WHY)


class TestCounterNotice:
    def test_from_the_statement_by_mail_or_signed_in(self, taken_down, alice, notice, browser_of):
        statement = Statement.objects.get(decision=taken_down)
        browser, page = browser_of(alice), f"/account/notices/{statement.pk}"
        assert "Counter-notice" in browser.get(page).text
        said = {
            "counter": "1",
            "name": "Alice Example",
            "contact": "1 Some Street, telephone 555 0100",
            "statement": "I wrote this song myself, and nobody else has rights in it.",
            "signature": "Alice Example",
        }
        assert browser.post(page, said).status_code == 400, "not under penalty of perjury"
        assert browser.post(page, {**said, "perjury": "on"}).status_code == 302
        assert "Counter-notice" not in browser.get(page).text
        notice.refresh_from_db()
        assert notice.state == NoticeState.COUNTERED
        told = mailed(notice).body
        for part in ("Alice Example", "555 0100", "I wrote this song", "asked a court"):
            assert part in told

    def test_it_is_back_after_two_weeks_and_its_strike_is_gone(
        self, taken_down, notice, alice, live_stream, time_machine
    ):
        counter(alice, taken_down)
        now = timezone.now()
        time_machine.move_to(now + timedelta(days=14, seconds=-5))
        assert counter_notices_restore() == 0
        assert not visible(live_stream)
        time_machine.move_to(now + timedelta(days=14, seconds=5))
        assert counter_notices_restore() == 1
        assert counter_notices_restore() == 0
        assert visible(live_stream)
        assert strikes_in_force(alice.party_id) == 0
        notice.refresh_from_db()
        assert notice.state == NoticeState.RESTORED
        assert "is back" in mailed(notice).body
        assert Statement.objects.filter(party=alice.party_id, title="Something of yours is back").exists()

    def test_not_when_a_court_was_asked(self, taken_down, notice, alice, nora, live_stream, time_machine):
        counter(alice, taken_down)
        notice_uphold(actor=nora, notice_id=notice.pk, reason="District court, case 1 of 2030.")
        time_machine.move_to(timezone.now() + timedelta(days=15))
        assert counter_notices_restore() == 0
        assert not visible(live_stream)
        notice.refresh_from_db()
        assert notice.state == NoticeState.UPHELD
        with pytest.raises(NoticeImpossible):
            notice_uphold(actor=nora, notice_id=notice.pk, reason="Again.")

    def test_not_while_another_notice_keeps_it_down(self, live_stream, notice, alice, nora, time_machine):
        other = sent(f"{SITE}/stream/{live_stream.pk}", name="Otto Other", kind="illegal")
        decision = notice_take_down(actor=nora, notice_id=notice.pk, reason=WHY)
        other.refresh_from_db()
        assert other.state == NoticeState.TAKEN_DOWN
        counter(alice, decision)
        time_machine.move_to(timezone.now() + timedelta(days=15))
        assert counter_notices_restore() == 1
        assert not visible(live_stream)

    def test_only_by_the_person_concerned_and_once(self, taken_down, alice, charlie):
        with pytest.raises(NotFound):
            counter(charlie, taken_down)
        counter(alice, taken_down)
        with pytest.raises(NoticeImpossible):
            counter(alice, taken_down)
        assert CounterNotice.objects.count() == 1

    def test_not_against_what_the_law_forbids(self, message, bob, nora, live_stream):
        illegal = sent(f"{SITE}/stream/{live_stream.pk}#message={message.pk}", kind="illegal")
        decision = notice_take_down(actor=nora, notice_id=illegal.pk, reason="A threat, by section 241.")
        with pytest.raises(NoticeImpossible):
            counter(bob, decision)


def test_the_yearly_report_counts_and_names_nobody(
    alice, bob, charlie, message, notice, nora, omar, live_stream, settings, capsys
):
    settings.STRIKES_MOST = 1
    case = report(charlie, "message", message, "hate").case
    decision = case_decide(
        actor=nora, case_id=case.pk, action="take_down", category="hate", reason="It is hateful."
    )
    Case.objects.filter(pk=case.pk).update(created_at=decision.at - timedelta(seconds=100))
    appeal = appeal_make(party=bob.party, decision_id=decision.pk, text="It was meant as a joke, sorry.")
    appeal_decide(actor=omar, appeal_id=appeal.pk, grant=False, answer="It was not.")
    out = io.StringIO()
    call_command("transparency", str(timezone.now().year), stdout=out)
    rows = {
        (row["what"], row["by"], row["which"]): int(row["count"])
        for row in csv.DictReader(io.StringIO(out.getvalue()))
    }
    assert rows["reports", "all", ""] == 2
    assert rows["reports", "category", "hate"] == 1
    assert rows["notices", "kind", "copyright"] == 1
    assert rows["decisions", "action", "take_down"] == 1
    assert rows["decisions", "action", "suspend"] == 1
    assert rows["decisions", "by", "people"] == 1
    assert rows["decisions", "by", "rule"] == 1
    assert rows["median_seconds_to_decide", "all", ""] == 100
    assert rows["appeals", "state", "refused"] == 1
    assert rows["suspensions", "by", "rule"] == 1
    for name in ("alice", "bob", "charlie", "nora", "Lena"):
        assert name not in out.getvalue()
    out = io.StringIO()
    call_command("transparency", "2001", stdout=out)
    assert "reports,all,,0" in out.getvalue()
    assert Decision.objects.count() == 2
    assert ChatMessage.objects.filter(removed_at__isnull=False).count() == 1
    assert Report.objects.count() == 2
