"""Reporting: who may report what, what becomes one case, and what it keeps."""

from pathlib import Path

import pytest
from django.conf import settings

from accounts.services import avatar_set, profile_update
from chat.removals import message_remove
from core.errors import InvalidInput, NotFound, RateLimited
from core.ids import new_id
from core.models import AuditEvent
from moderation.errors import NotYourPlace
from moderation.reports import handlers
from moderation.reports.deciding import case_decide
from moderation.reports.models import Case, CaseState, Report
from moderation.reports.services import case_assign, report_make
from moderation.team.models import TeamMember
from streams.models import Stream, StreamVisibility
from streams.thumbnails import thumbnail_set
from tests.moderation.reports.conftest import report, say
from tests.streams.test_thumbnail import picture

pytestmark = pytest.mark.django_db


class TestEvidence:
    def test_of_a_message_are_its_words_and_ten_lines_around_it(self, alice, bob, charlie, live_stream):
        for number in range(12):
            say(alice if number % 2 else charlie, live_stream, f"before {number}")
        said = say(bob, live_stream, "what was reported")
        for number in range(12):
            say(alice if number % 2 else charlie, live_stream, f"after {number}")
        kept = report(charlie, "message", said).case.evidence
        assert kept["text"] == "what was reported"
        assert kept["author"] == {"id": str(bob.pk), "name": "bob"}
        texts = [line["text"] for line in kept["lines"]]
        assert texts[:10] == [f"before {number}" for number in range(2, 12)]
        assert texts[10:] == ["what was reported", *(f"after {number}" for number in range(10))]
        assert [line["reported"] for line in kept["lines"]].index(True) == 10

    def test_of_a_message_that_was_removed_is_what_it_said(self, alice, charlie, message, live_stream):
        message_remove(actor=alice, stream_id=live_stream.pk, message_id=message.pk)
        kept = report(charlie, "message", message).case.evidence
        assert kept["text"] == message.text
        assert kept["lines"][-1]["removed"] is True

    def test_of_a_stream_outlives_its_picture(self, alice, charlie, live_stream):
        thumbnail_set(stream_id=live_stream.pk, image=picture(), chosen=True)
        case = report(charlie, "stream", live_stream).case
        thumbnail_set(stream_id=live_stream.pk, image=picture(), chosen=True)
        live_stream.refresh_from_db()
        assert case.evidence["title"] == "Cello in the rain"
        assert case.evidence["started_at"]
        kept = Path(settings.PRIVATE_ROOT) / "evidence" / str(case.pk) / "thumbnail"
        assert sorted(file.stem for file in kept.iterdir()) == case.evidence["pictures"]["thumbnail"]
        assert case.evidence["pictures"]["thumbnail"] == ["large", "medium", "small"]

    @pytest.mark.parametrize("subject", ["user", "channel"])
    def test_of_a_person_outlives_the_profile(self, bob, charlie, subject):
        avatar_set(user=bob, image=picture())
        profile_update(user=bob, display_name="The real Alice", bio="send me coins", links=[])
        case = report(charlie, subject, bob, "impersonation").case
        profile_update(user=bob, display_name="", bio="", links=[])
        case.refresh_from_db()
        assert (case.evidence["display_name"], case.evidence["bio"]) == ("The real Alice", "send me coins")
        assert case.evidence["pictures"]["avatar"]
        assert case.about_id == bob.party_id


class TestOneCase:
    def test_what_is_about_the_same_thing_joins_under_the_gravest_name(self, alice, charlie, message):
        first = report(charlie, "message", message, "spam")
        second = report(alice, "message", message, "hate")
        third = report(charlie, "message", message, "other", "look at this")
        case = Case.objects.get()
        assert first.case_id == second.case_id == third.case_id == case.pk
        assert (case.category, case.reports_count) == ("hate", 2)
        assert third.pk == first.pk
        assert Report.objects.get(pk=first.pk).note == "look at this"

    def test_what_was_decided_is_not_joined(self, charlie, alice, message, nora):
        first = report(charlie, "message", message)
        case_decide(
            actor=nora, case_id=first.case_id, action="dismiss", category="spam", reason="It is an advert."
        )
        again = report(alice, "message", message)
        assert again.case_id != first.case_id
        assert Case.objects.get(pk=again.case_id).state == CaseState.OPEN

    def test_what_somebody_is_at_is_joined(self, charlie, alice, message, nora):
        first = report(charlie, "message", message)
        case_assign(actor=nora, case_id=first.case_id)
        assert report(alice, "message", message).case_id == first.case_id


class TestRefused:
    def test_oneself(self, bob, message):
        for subject, thing in (("message", message), ("user", bob), ("channel", bob)):
            with pytest.raises(NotYourPlace):
                report(bob, subject, thing)
        assert not Case.objects.exists()

    def test_what_one_may_not_see_as_if_it_were_not_there(self, bob, charlie, message, live_stream):
        Stream.objects.filter(pk=live_stream.pk).update(visibility=StreamVisibility.INVITED)
        for subject, thing_id in (
            ("message", message.pk),
            ("stream", live_stream.pk),
            ("user", new_id()),
            ("message", new_id()),
        ):
            with pytest.raises(NotFound):
                report_make(reporter=charlie, subject=subject, subject_id=thing_id, category="spam", note="")

    def test_more_than_ten_in_an_hour(self, charlie, make_user, time_machine):
        time_machine.move_to("2030-01-01T12:00:00Z", tick=False)
        for number in range(10):
            report(charlie, "user", make_user(f"person{number}"))
        one_more = make_user("one-more")
        with pytest.raises(RateLimited) as refused:
            report(charlie, "user", one_more)
        assert refused.value.details["retry_after_seconds"] == 3600
        time_machine.move_to("2030-01-01T13:00:00Z", tick=False)
        report(charlie, "user", one_more)

    def test_what_is_not_said_right(self, charlie, bob):
        with pytest.raises(InvalidInput) as refused:
            report_make(
                reporter=charlie, subject="planet", subject_id=bob.pk, category="ugly", note="x" * 1001
            )
        assert set(refused.value.details) == {"subject", "category", "note"}


@pytest.mark.django_db(transaction=True)
class TestTheTeam:
    @pytest.fixture
    def told(self, monkeypatch):
        events = []
        monkeypatch.setattr(handlers, "channel_publish", lambda channel, *those: events.extend(those))
        return events

    def test_hears_of_it_and_not_from_whom(self, alice, charlie, message, told):
        made = report(charlie, "message", message, "hate", "it is my cousin")
        (event,) = told
        assert (event.case_id, event.count, event.category) == (str(made.case_id), 1, "hate")
        assert "charlie" not in str(event)
        event = AuditEvent.objects.get(action="report.made")
        assert (event.actor_party_id, event.channel_party_id) == (charlie.party_id, None)

    def test_does_not_hear_what_is_about_its_own(self, alice, bob, charlie, live_stream, told):
        TeamMember.objects.create(
            channel=alice, person=bob, role="moderator", accepted_at=live_stream.started_at
        )
        report(charlie, "stream", live_stream)
        report(charlie, "message", say(bob, live_stream, "I delete what I like"))
        assert told == []
