"""However joins, leaves, kicks, webhooks, looks, crashes and the end fall together, it all comes to the same."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from streams import ending, services, sessions
from streams.media.livekit import presence, reconcile
from streams.media.livekit.client import Engine
from streams.media.livekit.rooms import room_name
from streams.media.livekit.webhooks import events_sweep
from streams.models import (
    EndReason,
    EngineEvent,
    MediaState,
    Seat,
    SeatRole,
    Stream,
    StreamStatus,
    ViewerSession,
)
from streams.services import stream_create, stream_end
from streams.sessions import viewer_revoke
from tests.livekit.stub import SignedHook
from tests.streams.livekit.reconcile.site import Guest, Site
from tests.streams.livekit.reconcile.tasks import Queue
from tests.streams.test_sessions import joined, left
from tests.streams.test_sessions import presence as presence_of

pytestmark = pytest.mark.django_db(transaction=True)

# Half a second each where nothing else runs; BUSK_EXAMPLES=500 looks further.
EXAMPLES = int(os.environ.get("BUSK_EXAMPLES", "40"))
VIEWERS = ("a:one", "a:two")
# Where a process may die in the midst of it, before or after the step.
STEPS: tuple[tuple[Any, str], ...] = (
    (Engine, "list_participants"),
    (Engine, "remove_participants"),
    (Engine, "delete_room"),
    (Engine, "create_room"),
    (presence, "seats_present"),
    (presence, "seats_left"),
    (presence, "seats_put_out"),
    (sessions, "pictures_taken"),
    (sessions, "close_all"),
    (sessions, "recount"),
    (services, "media_arrived"),
    (services, "media_lost"),
    (services, "media_seen_in"),
    (reconcile, "seats_recount"),
)


class Crash(Exception):
    """The process dies here."""


@contextmanager
def crashing(part: Any, name: str, *, after: bool) -> Iterator[None]:
    real = getattr(part, name)

    def dies(*args: Any, **kwargs: Any) -> None:
        if after:
            real(*args, **kwargs)
        raise Crash

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(part, name, dies)
        with suppress(Crash):
            yield


class World:
    """One stream, its people, and what travels between LiveKit and the site."""

    def __init__(self, site: Site, queue: Queue, stream: Stream) -> None:
        self.site, self.queue, self.stream = site, queue, stream
        self.room = room_name(stream.pk)
        self.creator: Guest | None = None
        self.seats: dict[str, Guest] = {}
        self.sockets: set[str] = set()
        self.came: set[str] = set()
        self.kicked: set[str] = set()
        self.mail: list[SignedHook] = []
        self.over = False

    # --- what people do ---

    def creator_publishes(self) -> None:
        if self.over:
            return
        self.creator = self.site.broadcaster(self.stream)
        self.site.enters(self.creator)
        self.site.stub.publish(self.room, self.creator.identity)

    def creator_stops(self) -> None:
        if self.creator and self.creator.identity in self.inside:
            self.site.stub.unpublish(self.room, self.creator.identity)

    def creator_leaves(self) -> None:
        if self.creator and self.creator.identity in self.inside:
            self.site.stub.leave(self.room, self.creator.identity)

    def viewer_joins(self, viewer: str) -> None:
        if self.over or viewer in self.kicked or self.room not in self.site.rooms():
            return
        if viewer not in self.sockets:
            joined(presence_of(self.stream, viewer))
            self.sockets.add(viewer)
            self.came.add(viewer)
        old = self.seats.get(viewer)
        self.seats[viewer] = self.site.viewer(self.stream, viewer, leaving=old.identity if old else "")
        self.site.enters(self.seats[viewer])

    def viewer_leaves(self, viewer: str) -> None:
        if viewer in self.sockets:
            left(presence_of(self.stream, viewer))
            self.sockets.discard(viewer)
        if viewer in self.seats and self.seats[viewer].identity in self.inside:
            self.site.stub.leave(self.room, self.seats[viewer].identity)

    def viewer_copies(self, viewer: str) -> None:
        if viewer in self.seats and self.room in self.site.rooms():
            self.site.enters(self.seats[viewer])

    def viewer_kicked(self, viewer: str) -> None:
        if not self.over:
            viewer_revoke(stream_id=self.stream.pk, viewer_id=viewer)
            self.kicked.add(viewer)
            self.sockets.discard(viewer)

    def ends(self) -> None:
        stream_end(stream_id=self.stream.pk, reason=EndReason.CREATOR)
        self.over = True
        self.sockets.clear()

    # --- what the machines do ---

    def looks(self) -> None:
        self.site.looks_at(self.stream)

    def looks_at_all(self) -> None:
        self.site.looks()

    def sweeps(self) -> None:
        with time_machine.travel(timezone.now() + timedelta(seconds=6)):
            ending.sweep()

    def tasks_run(self) -> None:
        self.queue.run()

    def hooks_come(self) -> None:
        self._deliver(self._mail())

    def hooks_come_twice(self) -> None:
        mail = self._mail()
        self._deliver([*mail, *mail])

    def hooks_come_backwards(self) -> None:
        self._deliver(self._mail()[::-1])

    def hooks_come_late(self) -> None:
        self.mail += self.site.stub.take_hooks()

    def hooks_are_lost(self) -> None:
        self.mail = []
        self.site.stub.take_hooks()

    def tasks_are_lost(self) -> None:
        self.queue.waiting.clear()

    def _mail(self) -> list[SignedHook]:
        mail, self.mail = [*self.mail, *self.site.stub.take_hooks()], []
        return mail

    def _deliver(self, mail: list[SignedHook]) -> None:
        for hook in mail:
            answer = Client().post(
                "/webhooks/livekit",
                data=hook.body,
                content_type=hook.content_type,
                headers={"Authorization": hook.authorization},
            )
            assert answer.status_code == 200

    # --- what is so ---

    @property
    def inside(self) -> set[str]:
        return self.site.inside(self.stream)

    def comes_to_rest(self) -> None:
        """A few rounds of what beat does, with nobody doing anything."""
        for _ in range(2):
            self.tasks_run()
            self.looks_at_all()
            self.sweeps()
            with time_machine.travel(timezone.now() + timedelta(seconds=15)):
                events_sweep()
        self.tasks_run()

    def state(self) -> dict[str, Any]:
        self.stream.refresh_from_db()
        sessions.recount([self.stream.pk])
        self.stream.refresh_from_db()
        seats = Seat.objects.filter(stream=self.stream).order_by("pk")
        return {
            "status": self.stream.status,
            "media": self.stream.media_state,
            "settled": self.stream.settled_at is not None,
            "counts": (self.stream.viewers_current, self.stream.viewers_total),
            "open sessions": set(
                ViewerSession.objects.filter(stream=self.stream, left_at=None).values_list(
                    "viewer_id", flat=True
                )
            ),
            "rooms": self.site.rooms(),
            "inside": {
                identity: found.sid for identity, found in self.site.stub.participants(self.room).items()
            },
            "seats": [
                (seat.identity, seat.participant_sid, seat.left_at is None, seat.revoked_at is None)
                for seat in seats
            ],
        }

    def must_be_in_line(self) -> None:
        state = self.state()
        assert state["counts"] == (len(self.sockets), len(self.came))
        assert state["open sessions"] == self.sockets
        assert not EngineEvent.objects.filter(handled_at=None).exists()
        if self.over:
            assert state["status"] in {StreamStatus.ENDED, StreamStatus.CANCELLED}
            assert state["settled"]
            assert state["rooms"] == []
            assert not any(unrevoked for *_, unrevoked in state["seats"])
            return
        assert state["rooms"] == [self.room]
        # A studio that the newest one replaced goes with the next look, if the newest one is still there then.
        publishing = any(
            found.tracks
            for identity, found in self.site.stub.participants(self.room).items()
            if identity.startswith(SeatRole.BROADCASTER)
        )
        assert (state["media"] == MediaState.FLOWING) == publishing
        assert (state["status"] == StreamStatus.SCHEDULED) == (state["media"] == MediaState.NONE)
        good = {
            identity: sid for identity, sid, here, unrevoked in state["seats"] if here and unrevoked and sid
        }
        assert state["inside"] == good, "who is there has a seat, and who has one is there"
        kicked = Seat.objects.filter(stream=self.stream, viewer_id__in=self.kicked, role=SeatRole.VIEWER)
        assert not set(kicked.values_list("identity", flat=True)) & set(state["inside"])


Act = Callable[[World], None]


def named(name: str, act: Act) -> Act:
    act.__name__ = act.__qualname__ = name
    return act


def does(name: str, *arguments: str) -> Act:
    def act(world: World) -> None:
        getattr(world, name)(*arguments)

    return named(" ".join([name, *arguments]), act)


def plain(*names: str) -> list[Act]:
    return [does(name) for name in names]


def of_viewers(*names: str) -> list[Act]:
    return [does(name, viewer) for name in names for viewer in VIEWERS]


def interrupted(*names: str) -> list[Act]:
    return [killed(name, step, after=after) for name in names for step in STEPS for after in (False, True)]


def killed(name: str, step: tuple[Any, str], *, after: bool) -> Act:
    def act(world: World) -> None:
        with crashing(*step, after=after):
            getattr(world, name)()
        if name == "ends":
            world.over = True
            world.sockets.clear()

    return named(f"{name}, killed {'after' if after else 'before'} {step[1]}", act)


PEOPLE = [
    *plain("creator_publishes", "creator_publishes", "creator_stops", "creator_leaves"),
    *of_viewers("viewer_joins", "viewer_joins", "viewer_joins", "viewer_leaves", "viewer_leaves"),
    *of_viewers("viewer_copies", "viewer_kicked"),
]
MACHINES = plain(
    *("hooks_come", "hooks_come_twice", "hooks_come_backwards", "hooks_come_late", "hooks_are_lost"),
    *("looks", "looks", "looks_at_all", "sweeps", "tasks_run", "tasks_run", "tasks_are_lost"),
)
KILLED = interrupted("looks", "looks_at_all", "sweeps", "tasks_run")

# Chosen by kind first, or the many ways to be killed would leave no room for people.
ANY = st.sampled_from([PEOPLE, PEOPLE, MACHINES, MACHINES, KILLED]).flatmap(st.sampled_from)
END = st.sampled_from([*plain("ends"), *interrupted("ends")])
ACTS = st.tuples(
    st.lists(ANY, min_size=8, max_size=40),
    # Half of them end.
    st.one_of(st.just([]), st.tuples(END, st.lists(ANY, max_size=8)).map(lambda end: [end[0], *end[1]])),
).map(lambda parts: [*parts[0], *parts[1]])


@given(acts=ACTS)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_all_comes_to_the_same_in_the_end(site: Site, queue: Queue, alice: User, acts: list[Act]) -> None:
    site.stub.take_hooks()
    world = World(site, queue, stream_create(creator=alice, title="Any order")[0])
    try:
        world.looks()
        for act in acts:
            act(world)
        world.comes_to_rest()
        world.must_be_in_line()
        before = world.state()
        world.comes_to_rest()
        assert world.state() == before, "at rest nothing changes any more"
    finally:
        queue.waiting.clear()
        EngineEvent.objects.all().delete()
        for name in site.rooms():
            site.stub.delete_room(name)
        Stream.objects.all().delete()
