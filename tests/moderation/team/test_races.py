"""Two changes of a team at the same moment, and what they do where nothing holds them apart."""

import time

import pytest
from django.db import DatabaseError

from accounts.models import User
from core.models import AuditEvent
from moderation.team import services
from moderation.team.models import TeamMember
from moderation.team.services import invitation_accept, member_invite, member_remove
from tests.concurrency.racing import at_once, locks_removed

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]


def slowly(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Hold the moment between looking and writing open."""
    real = getattr(services, name)

    def slow(*args: object, **kwargs: object) -> object:
        time.sleep(0.3)
        return real(*args, **kwargs)

    monkeypatch.setattr(services, name, slow)


class TestAcceptedWhileRemoved:
    def race(self, alice: User, bob: User, monkeypatch: pytest.MonkeyPatch) -> object:
        """What became of accepting, while the owner takes the invitation back."""
        member_invite(actor=alice, channel=alice, person=bob, role="moderator")
        slowly(monkeypatch, "_require_welcome")

        def work(number: int) -> object:
            if number:
                time.sleep(0.1)
                return member_remove(actor=alice, channel=alice, person=bob)
            return invitation_accept(person=bob, channel=alice)

        accepted, removed = at_once(2, work)
        assert removed is None
        assert not TeamMember.objects.exists()
        return accepted

    def test_one_comes_after_the_other(self, alice: User, bob: User, monkeypatch: pytest.MonkeyPatch) -> None:
        assert isinstance(self.race(alice, bob, monkeypatch), TeamMember)
        told = list(AuditEvent.objects.order_by("id").values_list("action", flat=True))
        assert told == ["team.invited", "team.accepted", "team.removed"]

    def test_without_the_lock_what_is_accepted_is_not_there(
        self, alice: User, bob: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with locks_removed(monkeypatch):
            assert isinstance(self.race(alice, bob, monkeypatch), DatabaseError)


class TestTheLastPlace:
    def invited(self, alice: User, people: list[User], monkeypatch: pytest.MonkeyPatch) -> int:
        monkeypatch.setattr(services, "MEMBERS_MOST", 1)
        slowly(monkeypatch, "publish_on_commit")
        at_once(
            2,
            lambda number: member_invite(actor=alice, channel=alice, person=people[number], role="vip"),
        )
        return TeamMember.objects.count()

    def test_it_is_given_once(
        self, alice: User, bob: User, charlie: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert self.invited(alice, [bob, charlie], monkeypatch) == 1

    def test_without_the_lock_it_is_given_twice(
        self, alice: User, bob: User, charlie: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with locks_removed(monkeypatch):
            assert self.invited(alice, [bob, charlie], monkeypatch) == 2


class TestALeadIsPutOutWhileInviting:
    def invited(self, alice: User, bob: User, charlie: User, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """The trail's last two events: what the lead did, and that the owner removed the lead."""
        member_invite(actor=alice, channel=alice, person=bob, role="lead")
        invitation_accept(person=bob, channel=alice)
        slowly(monkeypatch, "_require_welcome")

        def work(number: int) -> object:
            if number:
                time.sleep(0.1)
                return member_remove(actor=alice, channel=alice, person=bob)
            return member_invite(actor=bob, channel=alice, person=charlie, role="vip")

        at_once(2, work)
        events = AuditEvent.objects.order_by("id").values_list("action", flat=True)
        return list(events)[2:]

    def test_what_they_did_comes_first(
        self, alice: User, bob: User, charlie: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert self.invited(alice, bob, charlie, monkeypatch) == ["team.invited", "team.removed"]

    def test_without_the_lock_they_still_do_it_afterwards(
        self, alice: User, bob: User, charlie: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with locks_removed(monkeypatch):
            assert self.invited(alice, bob, charlie, monkeypatch) == ["team.removed", "team.invited"]
