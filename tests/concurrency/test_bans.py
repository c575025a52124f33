"""Bans at the same moment as each other, and as somebody who comes in; and what happens where nothing orders them."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone

from accounts.models import User
from core.errors import DomainError
from core.models import AuditEvent
from moderation.bans import services
from moderation.bans.evasion import seen
from moderation.bans.models import Ban
from moderation.bans.services import person_ban, person_time_out, person_unban
from moderation.errors import Banned
from moderation.team.models import TeamMember, TeamRole
from streams import access, watching
from streams.access import Action, StreamLike
from streams.media.port import Person
from streams.media.relay.gate import gate_load
from streams.media.relay.passes import playlist_pass_read
from streams.models import Stream
from streams.viewers import Viewer
from streams.watching import Entry, stream_enter
from tests.concurrency.racing import at_once, locks_removed

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def moderators(alice: User, make_user: Callable[..., User]) -> list[User]:
    people = [make_user("max"), make_user("mia")]
    for person in people:
        TeamMember.objects.create(
            channel=alice, person=person, role=TeamRole.MODERATOR, accepted_at=timezone.now()
        )
    return people


def trail_agrees(alice: User, bob: User) -> bool:
    """Whether each event begins where the one before it ended, and the last one ends with what is in force."""
    state: dict[str, Any] | None = None
    events = AuditEvent.objects.filter(channel_party_id=alice.party_id, whom_party_id=bob.party_id).order_by(
        "id"
    )
    for event in events:
        if event.before != state:
            return False
        state = event.after and {"until": event.after["until"], "reason": event.after["reason"]}
    ban = Ban.objects.filter(channel=alice, person=bob).first()
    return (ban and ban.reason) == (state and state["reason"])


class TestTwoModerators:
    """One bans, for another reason than before; the other unbans."""

    def race(self, alice: User, bob: User, moderators: list[User], monkeypatch: pytest.MonkeyPatch) -> None:
        person_ban(actor=alice, channel=alice, person=bob, reason="first")
        real = vars(services)["require"]

        def slowly(**asked: Any) -> None:
            """Hold the moment between looking and writing open, for who bans for longer."""
            real(**asked)
            time.sleep(0.5 if asked["actor"] == moderators[0] else 0.1)

        monkeypatch.setattr(services, "require", slowly)

        def work(number: int) -> object:
            if number:
                return person_unban(actor=moderators[1], channel=alice, person=bob)
            return person_ban(actor=moderators[0], channel=alice, person=bob, reason="second")

        assert not [found for found in at_once(2, work) if isinstance(found, Exception)]

    @pytest.mark.parametrize("on_air", [False, True])
    def test_one_comes_after_the_other(
        self,
        request: pytest.FixtureRequest,
        alice: User,
        bob: User,
        moderators: list[User],
        monkeypatch: pytest.MonkeyPatch,
        on_air: bool,
    ) -> None:
        if on_air:
            request.getfixturevalue("live_stream")
        self.race(alice, bob, moderators, monkeypatch)
        assert trail_agrees(alice, bob)

    def test_without_the_locks_the_trail_tells_what_was_not(
        self, alice: User, bob: User, moderators: list[User], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with locks_removed(monkeypatch):
            self.race(alice, bob, moderators, monkeypatch)
        assert not trail_agrees(alice, bob)


def test_many_at_once_leave_one_ban_and_a_trail_without_holes(
    alice: User, bob: User, moderators: list[User], live_stream: Stream
) -> None:
    acts: list[Callable[[User], object]] = [
        lambda actor: person_ban(actor=actor, channel=alice, person=bob, reason=actor.username),
        lambda actor: person_unban(actor=actor, channel=alice, person=bob),
        lambda actor: person_time_out(actor=actor, channel=alice, person=bob, seconds=60, reason="calm"),
        lambda actor: person_time_out(actor=actor, channel=alice, person=bob, seconds=1),
    ]
    for _ in range(5):
        found = at_once(8, lambda number: acts[number % 4](moderators[number // 4]))
        assert {type(error).__name__ for error in found if isinstance(error, Exception)} <= {"IsBanned"}
        assert trail_agrees(alice, bob)


class Arrival(threading.Thread):
    """Somebody who comes in, and is stopped between the decision that they may and what they are handed for it."""

    def __init__(self, stream: Stream, viewer: Viewer) -> None:
        super().__init__()
        self.stream, self.viewer = stream, viewer
        self.decided, self.go_on = threading.Event(), threading.Event()
        self.entry: Entry | None = None

    def gatekeeper(self, viewer: Viewer, stream: StreamLike, action: Action) -> DomainError | None:
        if viewer == self.viewer and action == Action.ENTER:
            self.decided.set()
            assert self.go_on.wait(10)
        return None

    def run(self) -> None:
        from django.db import connections

        person = Person(viewer_id=self.viewer.viewer_id, user_id=self.viewer.user_id, asked_at=timezone.now())
        try:
            self.entry = stream_enter(viewer=self.viewer, stream=self.stream, person=person, visit={})
        except Banned:
            pass
        finally:
            connections.close_all()

    def sees_pictures(self) -> bool:
        if self.entry is None:
            return False
        assert self.entry.playback is not None
        token = self.entry.playback.url.split("/")[3]
        entry = playlist_pass_read(token, stream_id=self.stream.pk, now=time.time())
        return entry is not None and gate_load(self.stream.pk).admits(entry)


@contextmanager
def arriving(stream: Stream, viewer: Viewer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Arrival]:
    """The body runs after it was decided that they may enter, and before they are handed anything."""
    arrival = Arrival(stream, viewer)
    monkeypatch.setattr(access, "_gatekeepers", [*access._gatekeepers, arrival.gatekeeper])
    arrival.start()
    try:
        assert arrival.decided.wait(10)
        yield arrival
    finally:
        arrival.go_on.set()
        arrival.join()


class TestBannedWhileJoining:
    def race(self, alice: User, bob: User, stream: Stream, monkeypatch: pytest.MonkeyPatch) -> Arrival:
        viewer = Viewer(user=bob, viewer_id=f"u:{bob.pk}")
        with arriving(stream, viewer, monkeypatch) as arrival:
            person_ban(actor=alice, channel=alice, person=bob)
        return arrival

    def test_what_they_are_handed_is_void(
        self, alice: User, bob: User, live_stream: Stream, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert not self.race(alice, bob, live_stream, monkeypatch).sees_pictures()

    def test_were_it_dated_when_it_is_handed_over_they_would_be_in(
        self, alice: User, bob: User, live_stream: Stream, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        late = lambda person, admission: replace(person, asked_at=timezone.now())  # noqa: E731
        monkeypatch.setattr(watching, "admitted", late)
        assert self.race(alice, bob, live_stream, monkeypatch).sees_pictures()


class TestNetworkBannedWhileJoining:
    """Somebody without an account, in the browser of the banned person."""

    def race(self, alice: User, bob: User, stream: Stream, monkeypatch: pytest.MonkeyPatch) -> Arrival:
        seen(Viewer(user=bob, viewer_id=f"u:{bob.pk}", browser="bobs"), stream)
        with arriving(stream, Viewer(user=None, viewer_id="a:bobs", browser="bobs"), monkeypatch) as arrival:
            person_ban(actor=alice, channel=alice, person=bob, with_networks=True)
        return arrival

    def test_who_was_about_to_come_in_is_known_to_come(
        self, alice: User, bob: User, live_stream: Stream, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert not self.race(alice, bob, live_stream, monkeypatch).sees_pictures()

    def test_were_they_noted_after_the_decision_they_would_be_in(
        self, alice: User, bob: User, live_stream: Stream, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(access, "_witnesses", [])
        arrival = self.race(alice, bob, live_stream, monkeypatch)
        cache.clear()
        seen(arrival.viewer, live_stream)
        assert arrival.sees_pictures()
