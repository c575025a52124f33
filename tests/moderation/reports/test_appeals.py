"""One appeal a decision, decided by somebody else, which undoes what can be undone; and strikes."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.services import avatar_set, profile_update
from chat.models import ChatMessage
from core.errors import InvalidInput, NotFound, RateLimited
from moderation.errors import Decided
from moderation.reports.appeals import appeal_decide, appeal_make
from moderation.reports.deciding import case_decide, stream_stop
from moderation.reports.errors import Appealed, AppealLate
from moderation.reports.models import Appeal, CaseState, Decision, GoLiveHold, Statement, Strike
from moderation.reports.strikes import strikes_in_force
from payments.staff.errors import SecondPersonNeeded
from streams.models import Stream
from streams.services import stream_create
from streams.thumbnails import thumbnail_set
from tests.moderation.reports.conftest import report, say
from tests.streams.test_thumbnail import picture

pytestmark = pytest.mark.django_db(transaction=True)

TEXT = "That was a quotation, and everybody there knew it."
ANSWER = "You are right, it was a quotation."


def decide(actor, case, action):
    return case_decide(
        actor=actor, case_id=case.pk, action=action, category="spam", reason="It is an advert."
    )


def appealed(person, decision):
    return appeal_make(party=person.party, decision_id=decision.pk, text=TEXT)


def granted(omar, person, decision):
    return appeal_decide(actor=omar, appeal_id=appealed(person, decision).pk, grant=True, answer=ANSWER)


class TestMaking:
    def test_by_the_person_concerned_once(self, case, nora, bob):
        decision = decide(nora, case, "warn")
        appealed(bob, decision)
        case.refresh_from_db()
        assert case.state == CaseState.APPEALED
        with pytest.raises(Appealed):
            appealed(bob, decision)

    def test_by_nobody_else(self, case, nora, alice, charlie):
        decision = decide(nora, case, "warn")
        for person in (alice, charlie, nora):
            with pytest.raises(NotFound):
                appealed(person, decision)

    def test_not_after_half_a_year(self, case, nora, bob, time_machine):
        decision = decide(nora, case, "warn")
        time_machine.move_to(timezone.now() + timedelta(days=184))
        with pytest.raises(AppealLate):
            appealed(bob, decision)
        time_machine.move_to(timezone.now() - timedelta(days=2))
        appealed(bob, decision)

    def test_with_words_and_not_too_often(self, case, nora, bob):
        decision = decide(nora, case, "warn")
        for _ in range(5):
            with pytest.raises(InvalidInput):
                appeal_make(party=bob.party, decision_id=decision.pk, text="No.")
        with pytest.raises(RateLimited):
            appealed(bob, decision)


class TestDeciding:
    def test_of_two_stops_the_one_that_stands_holds_on(self, alice, bob, omar, live_stream, staff_of):
        paula = staff_of("paula", "streams.stop_stream")
        second = stream_create(creator=alice, title="Second")[0]
        cases = [report(bob, "stream", stream).case for stream in (live_stream, second)]
        first, other = [decide(paula, case, "stop_stream") for case in cases]
        granted(omar, alice, first)
        assert GoLiveHold.objects.get().released_at is None
        granted(omar, alice, other)
        assert GoLiveHold.objects.get().released_at is not None

    def test_never_by_who_decided_first_says_the_service_and_the_database(self, case, nora, omar, bob):
        appeal = appealed(bob, decide(nora, case, "warn"))
        with pytest.raises(SecondPersonNeeded):
            appeal_decide(actor=nora, appeal_id=appeal.pk, grant=False, answer=ANSWER)
        with pytest.raises(IntegrityError), transaction.atomic():
            Appeal.objects.filter(pk=appeal.pk).update(state="refused", decided_by=nora.party_id)
        assert appeal_decide(actor=omar, appeal_id=appeal.pk, grant=False, answer=ANSWER).state == "refused"

    def test_refused_changes_nothing_and_says_why(self, case, nora, omar, bob):
        decision = decide(nora, case, "suspend")
        appeal_decide(actor=omar, appeal_id=appealed(bob, decision).pk, grant=False, answer=ANSWER)
        bob.refresh_from_db()
        case.refresh_from_db()
        assert not bob.is_active
        assert case.state == CaseState.CLOSED
        assert strikes_in_force(bob.party_id) == 1
        told = Statement.objects.get(party=bob.party_id, kind="appeal")
        assert told.title == "Your appeal was refused"
        assert ANSWER in told.text

    def test_once(self, case, nora, omar, admin, bob):
        appeal = granted(omar, bob, decide(nora, case, "warn"))
        with pytest.raises(Decided):
            appeal_decide(actor=admin, appeal_id=appeal.pk, grant=False, answer=ANSWER)


class TestGranted:
    def test_opens_the_account_and_takes_the_strike_back(self, case, nora, omar, bob):
        decision = decide(nora, case, "suspend")
        granted(omar, bob, decision)
        bob.refresh_from_db()
        decision.refresh_from_db()
        assert bob.is_active
        assert decision.undone_at is not None
        assert strikes_in_force(bob.party_id) == 0
        assert Statement.objects.get(party=bob.party_id, kind="appeal").title == "Your appeal was granted"

    def test_leaves_an_account_closed_that_another_decision_closed(
        self, alice, bob, charlie, nora, omar, case
    ):
        other = report(charlie, "message", say(bob, Stream.objects.get(), "another one")).case
        first = decide(nora, case, "suspend")
        # Both were open when the first one suspended; the second is of the same kind by now.
        Decision.objects.create(
            case=other,
            about=bob.party,
            action="suspend",
            category="spam",
            reason="x",
            by=nora.party,
            at=first.at,
        )
        granted(omar, bob, first)
        bob.refresh_from_db()
        assert not bob.is_active

    def test_releases_who_was_stopped(self, alice, nora, omar, live_stream):
        decision = stream_stop(actor=nora, stream_id=live_stream.pk, reason="It was a concert.")
        granted(omar, alice, decision)
        assert GoLiveHold.objects.get().released_by_id == omar.party_id
        stream_create(creator=alice, title="Again")

    def test_shows_a_message_again(self, case, nora, omar, bob, message, live_stream, api_of, charlie):
        decision = decide(nora, case, "take_down")
        assert ChatMessage.objects.get(pk=message.pk).removed_at is not None
        granted(omar, bob, decision)
        shown = api_of(charlie).get(f"/api/streams/{live_stream.pk}/messages").json()["results"]
        assert message.text in str(shown)

    def test_shows_a_stream_again(self, alice, bob, charlie, nora, omar, live_stream, browser_of):
        thumbnail_set(stream_id=live_stream.pk, image=picture(), chosen=True)
        decision = decide(nora, report(charlie, "stream", live_stream).case, "take_down")
        assert browser_of(bob).get(f"/stream/{live_stream.pk}").status_code == 404
        granted(omar, alice, decision)
        live_stream.refresh_from_db()
        assert live_stream.visibility == "public"
        assert (Path(settings.MEDIA_ROOT) / live_stream.thumbnail / "large.webp").is_file()
        assert browser_of(bob).get(f"/stream/{live_stream.pk}").status_code == 200

    def test_puts_a_profile_back_but_for_what_was_written_since(self, bob, charlie, nora, omar):
        avatar_set(user=bob, image=picture())
        profile_update(user=bob, display_name="Bob", bio="I play", links=[])
        decision = decide(nora, report(charlie, "user", bob).case, "take_down")
        bob.refresh_from_db()
        profile_update(user=bob, display_name="Bobby", bio="", links=[])
        granted(omar, bob, decision)
        bob.refresh_from_db()
        assert (bob.display_name, bob.bio) == ("Bobby", "I play")
        assert (Path(settings.MEDIA_ROOT) / bob.avatar / "medium.webp").is_file()


class TestStrikes:
    def strike(self, nora, bob, charlie, stream, number):
        case = report(charlie, "message", say(bob, stream, f"advert number {number}")).case
        return decide(nora, case, "take_down")

    def test_three_in_force_suspend_by_rule_with_a_statement(self, nora, bob, charlie, live_stream):
        for number in range(2):
            self.strike(nora, bob, charlie, live_stream, number)
        bob.refresh_from_db()
        assert bob.is_active
        self.strike(nora, bob, charlie, live_stream, 2)
        bob.refresh_from_db()
        assert not bob.is_active
        by_rule = Decision.objects.get(action="suspend")
        assert by_rule.by_id is None
        told = Statement.objects.get(decision=by_rule)
        assert "automatically, by a rule" in told.text
        assert "3 strikes" in told.text
        assert Strike.objects.count() == 3, "what follows by rule does not count again"

    def test_old_ones_do_not_count(self, nora, bob, charlie, live_stream):
        for number in range(2):
            self.strike(nora, bob, charlie, live_stream, number)
        Strike.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
        self.strike(nora, bob, charlie, live_stream, 2)
        bob.refresh_from_db()
        assert bob.is_active

    def test_what_followed_by_rule_falls_with_the_strike(self, nora, omar, bob, charlie, live_stream):
        decisions = [self.strike(nora, bob, charlie, live_stream, number) for number in range(3)]
        granted(omar, bob, decisions[0])
        bob.refresh_from_db()
        assert bob.is_active
        assert strikes_in_force(bob.party_id) == 2

    def test_who_was_suspended_by_rule_appeals_too(self, nora, bob, charlie, live_stream):
        for number in range(3):
            self.strike(nora, bob, charlie, live_stream, number)
        by_rule = Decision.objects.get(action="suspend")
        appeal = appealed(bob, by_rule)
        appeal_decide(actor=nora, appeal_id=appeal.pk, grant=True, answer=ANSWER)
        bob.refresh_from_db()
        assert bob.is_active
