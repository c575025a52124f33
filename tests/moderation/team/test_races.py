"""Two changes of a team at the same moment, and what they do where nothing holds them apart."""

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from django.db import DatabaseError

from accounts.models import User
from core.models import AuditEvent
from moderation import trail
from moderation.team import services
from moderation.team.models import TeamMember
from moderation.team.services import invitation_accept, member_invite, member_remove
from tests.concurrency.racing import at_once, locks_removed

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]


# Longer than whoever is not held up takes; who is held up costs the test as much.
HELD_SECONDS = 4


def meanwhile(
    monkeypatch: pytest.MonkeyPatch, act: Callable[[], object], other: Callable[[], object]
) -> list[Any]:
    """What ``act`` came to, and ``other``: begun when the first has looked, and waited for if it can end by then."""
    looked, ended = threading.Event(), threading.Event()
    real = services._require_welcome

    def hold(*args: Any) -> None:
        looked.set()
        ended.wait(HELD_SECONDS)
        real(*args)

    monkeypatch.setattr(services, "_require_welcome", hold)

    def work(number: int) -> object:
        if number == 0:
            return act()
        looked.wait(30)
        done = other()
        ended.set()
        return done

    return at_once(2, work)


def together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two who are not held apart by a lock wait here for each other, after they counted."""
    real, both = trail.acted, threading.Barrier(2)

    def meet(**kwargs: Any) -> object:
        with suppress(threading.BrokenBarrierError):
            both.wait(HELD_SECONDS)
        return real(**kwargs)

    monkeypatch.setattr(services, "acted", meet)


class TestAcceptedWhileRemoved:
    def race(self, alice: User, bob: User, monkeypatch: pytest.MonkeyPatch) -> object:
        """What became of accepting, while the owner takes the invitation back."""
        member_invite(actor=alice, channel=alice, person=bob, role="moderator")
        accepted, removed = meanwhile(
            monkeypatch,
            lambda: invitation_accept(person=bob, channel=alice),
            lambda: member_remove(actor=alice, channel=alice, person=bob),
        )
        assert removed is True
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
        together(monkeypatch)
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
        meanwhile(
            monkeypatch,
            lambda: member_invite(actor=bob, channel=alice, person=charlie, role="vip"),
            lambda: member_remove(actor=alice, channel=alice, person=bob),
        )
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
