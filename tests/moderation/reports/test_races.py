"""Two people at the same moment: who report one thing, who decide one case. And what happens where nothing locks."""

import threading
import time

import pytest
from django.db import IntegrityError

from moderation.errors import Decided
from moderation.reports import deciding, services
from moderation.reports.deciding import case_decide, stream_stop
from moderation.reports.models import Case, Decision, Report, Statement, Strike
from moderation.reports.services import report_make
from tests.concurrency.racing import at_once, locks_removed
from tests.moderation.reports.conftest import report, say

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]


def slowly(monkeypatch, module, name):
    real = getattr(module, name)

    def slow(*args, **kwargs):
        time.sleep(0.3)
        return real(*args, **kwargs)

    monkeypatch.setattr(module, name, slow)


def meeting(monkeypatch, module, name):
    """Two who are not held apart by a lock wait here for each other, however slow the machine is."""
    real, both = getattr(module, name), threading.Barrier(2)

    def meet(*args, **kwargs):
        both.wait(20)
        return real(*args, **kwargs)

    monkeypatch.setattr(module, name, meet)


class TestTwoReport:
    def both(self, alice, charlie, message):
        people = (alice, charlie)
        return at_once(
            2,
            lambda number: report_make(
                reporter=people[number], subject="message", subject_id=message.pk, category="spam"
            ),
        )

    def test_it_is_one_case(self, alice, charlie, message, monkeypatch):
        slowly(monkeypatch, services, "_open")
        outcomes = self.both(alice, charlie, message)
        assert [type(one) for one in outcomes] == [Report, Report], outcomes
        assert Case.objects.get().reports_count == 2
        assert Report.objects.count() == 2

    def test_without_the_lock_one_of_them_is_refused(self, alice, charlie, message, monkeypatch):
        meeting(monkeypatch, services, "_open")
        monkeypatch.setattr(services, "lock_until_commit", lambda name: None)
        with locks_removed(monkeypatch):
            outcomes = self.both(alice, charlie, message)
        assert sorted(type(one).__name__ for one in outcomes) == ["IntegrityError", "Report"]
        assert any(isinstance(one, IntegrityError) for one in outcomes)


class TestTwoDecide:
    def both(self, case, nora, omar):
        people = (nora, omar)
        return at_once(
            2,
            lambda number: case_decide(
                actor=people[number],
                case_id=case.pk,
                action="take_down",
                category="spam",
                reason="It is an advert.",
            ),
        )

    def test_one_wins(self, case, nora, omar, monkeypatch):
        slowly(monkeypatch, deciding, "act")
        outcomes = self.both(case, nora, omar)
        assert sorted(type(one).__name__ for one in outcomes) == ["Decided", "Decision"], outcomes
        assert any(isinstance(one, Decided) for one in outcomes)
        assert Decision.objects.count() == Strike.objects.count() == 1
        assert Statement.objects.filter(kind="reasons").count() == 1

    def test_without_the_lock_both_do(self, case, nora, omar, monkeypatch):
        meeting(monkeypatch, deciding, "act")
        with locks_removed(monkeypatch):
            self.both(case, nora, omar)
        assert Decision.objects.count() == 2


class TestReportedWhileDecided:
    def test_whoever_comes_late_begins_another_case(self, alice, case, message, nora, monkeypatch):
        slowly(monkeypatch, deciding, "act")

        def work(number):
            if number:
                time.sleep(0.1)
                return report(alice, "message", message)
            return case_decide(
                actor=nora, case_id=case.pk, action="warn", category="spam", reason="It is an advert."
            )

        decision, late = at_once(2, work)
        assert isinstance(decision, Decision), decision
        assert late.case_id != case.pk
        assert Report.objects.get(case=case).answered_at is not None


class TestTwoStrikesAtOnce:
    def cases(self, bob, charlie, live_stream, nora):
        made = [report(charlie, "message", say(bob, live_stream, f"advert {n}")).case for n in range(3)]
        first, *others = made
        case_decide(actor=nora, case_id=first.pk, action="take_down", category="spam", reason="An advert.")
        return others

    def decide(self, others, nora, omar):
        people = (nora, omar)
        return at_once(
            2,
            lambda number: case_decide(
                actor=people[number],
                case_id=others[number].pk,
                action="take_down",
                category="spam",
                reason="An advert.",
            ),
        )

    def test_the_third_suspends(self, bob, charlie, live_stream, nora, omar, monkeypatch):
        others = self.cases(bob, charlie, live_stream, nora)
        slowly(monkeypatch, deciding, "strikes_in_force")
        outcomes = self.decide(others, nora, omar)
        assert all(isinstance(one, Decision) for one in outcomes), outcomes
        bob.refresh_from_db()
        assert not bob.is_active

    def test_without_the_lock_neither_sees_the_other(
        self, bob, charlie, live_stream, nora, omar, monkeypatch
    ):
        others = self.cases(bob, charlie, live_stream, nora)
        meeting(monkeypatch, deciding, "strikes_in_force")
        real = getattr(deciding, "strikes_in_force")  # noqa: B009 - the one that waits by now
        after = threading.Barrier(2)

        def counted(party_id):
            found = real(party_id)
            after.wait(20)
            return found

        monkeypatch.setattr(deciding, "strikes_in_force", counted)
        with locks_removed(monkeypatch):
            self.decide(others, nora, omar)
        bob.refresh_from_db()
        assert bob.is_active


@pytest.mark.parametrize("is_reported", [False, True])
def test_two_who_stop_a_stream_at_once_are_one_stop(bob, live_stream, staff_of, monkeypatch, is_reported):
    people = [staff_of(name, "streams.stop_stream") for name in ("paula", "quinn")]
    if is_reported:
        report(bob, "stream", live_stream)
        slowly(monkeypatch, deciding, "_decide")
    else:
        meeting(monkeypatch, deciding, "_person_lock")
    outcomes = at_once(
        2, lambda number: stream_stop(actor=people[number], stream_id=live_stream.pk, reason="It is a film.")
    )
    assert sorted(type(one).__name__ for one in outcomes) == ["Decision", "NoneType"], outcomes
    assert Strike.objects.count() == 1
