"""LiveKit away, or dead and back; a creator without a network; rooms that a crash left: nothing ends by mistake."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
import time_machine
from django.conf import settings
from django.core.cache import cache
from django.utils import timezone

from accounts.models import User
from realtime.events import RoomEvent, event_tag
from streams import ending, sessions
from streams.media import backend
from streams.media.livekit import reconcile, watch
from streams.media.livekit.client import Engine
from streams.media.livekit.ghosts import ASK_EVERY_SECONDS
from streams.media.livekit.rooms import room_name, room_open
from streams.models import EndReason, MediaState, Stream, StreamStatus, ViewerSession
from streams.services import stream_create, stream_end
from streams.tasks import livekit_rooms
from tests.livekit.stub import LiveKitStub, TwirpError
from tests.streams.livekit.reconcile.site import Site, seat_of
from tests.streams.livekit.reconcile.tasks import Queue
from tests.streams.test_sessions import joined, presence

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def on_air(site: Site, stream: Stream) -> Stream:
    site.goes_live(stream)
    return stream


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the rooms are told of the stage, in its order."""
    told: list[str] = []

    def publish(room_id: object, *events: RoomEvent) -> None:
        told.extend(event_tag(type(event)) for event in events)

    monkeypatch.setattr(reconcile, "room_publish", publish)
    return told


def state(stream: Stream) -> tuple[str, str]:
    stream.refresh_from_db()
    return stream.status, stream.media_state


LIVE = (StreamStatus.LIVE, MediaState.FLOWING)
PAUSED = (StreamStatus.LIVE, MediaState.LOST)


class Life:
    """A site's tasks by the clock, while time is the test's."""

    def __init__(self, site: Site, clock: time_machine.Traveller) -> None:
        self.site, self.clock = site, clock

    def goes_on(self, seconds: float, *, step: float = 4) -> None:
        """Every few seconds a look and a sweep, as beat has them; heartbeats of whoever watches."""
        passed = 0.0
        while passed < seconds:
            self.clock.shift(timedelta(seconds=step))
            self.site.stub.pass_time(step)
            passed += step
            self.site.looks()
            ending.sweep()


class TestAway:
    def test_for_a_minute_nothing_ends_and_pages_are_told_once(
        self, site: Site, on_air: Stream, said: list[str]
    ) -> None:
        with time_machine.travel(timezone.now(), tick=False) as clock:
            life = Life(site, clock)
            site.stub.stop()
            site.looks()
            assert said == [], "one look that fails may be chance"
            life.goes_on(60)
            assert said == ["stage:away"]
            assert state(on_air) == LIVE
            site.stub.start()
            clock.shift(1)
            assert site.looks()
            assert said == ["stage:away", "stage:back"]
            assert state(on_air) == LIVE
            assert watch.away_since() is None

    def test_a_grace_that_ran_before_begins_anew_at_the_return(self, site: Site, on_air: Stream) -> None:
        with time_machine.travel(timezone.now(), tick=False) as clock:
            life = Life(site, clock)
            life.goes_on(settings.STREAM_GRACE_SECONDS + 20)
            assert state(on_air) == LIVE
            creator = next(iter(site.inside(on_air)))
            site.stub.leave(room_name(on_air.pk), creator)
            life.goes_on(settings.STREAM_GRACE_SECONDS - 20)
            assert state(on_air) == PAUSED
            site.stub.stop()
            life.goes_on(60)
            site.stub.start()
            life.goes_on(settings.STREAM_GRACE_SECONDS - 8)
            assert state(on_air) == PAUSED
            life.goes_on(24)
            assert state(on_air)[0] == StreamStatus.ENDED

    def test_so_it_does_after_a_time_in_which_nobody_looked(self, site: Site, on_air: Stream) -> None:
        """Worker and beat stood still, LiveKit did not: the creator may be back by now."""
        with time_machine.travel(timezone.now(), tick=False) as clock:
            site.stub.leave(room_name(on_air.pk), *site.inside(on_air))
            site.looks()
            assert state(on_air) == PAUSED
            clock.shift(timedelta(minutes=5))
            ending.sweep()
            assert state(on_air) == PAUSED
            creator = site.broadcaster(on_air)
            site.enters(creator)
            site.stub.publish(creator.room, creator.identity)
            site.looks()
            ending.sweep()
            assert state(on_air) == LIVE

    def test_it_is_looked_for_every_second(self, site: Site, queue: Queue) -> None:
        site.stub.stop()
        with time_machine.travel(timezone.now(), tick=False) as clock:
            for _ in range(5):
                livekit_rooms()
                livekit_rooms()
                clock.shift(1.01)
                assert queue.names() == ["streams.tasks.livekit_rooms"]
                queue.waiting.clear()
            site.stub.start()
            livekit_rooms()
        assert queue.waiting == []

    def test_not_every_thread_waits_with_it(self, site: Site, queue: Queue) -> None:
        cache.set("livekit:looking", 1)
        livekit_rooms()
        assert site.stub.called("ListRooms") == []
        cache.delete("livekit:looking")
        livekit_rooms()
        assert len(site.stub.called("ListRooms")) == 1
        livekit_rooms()
        assert len(site.stub.called("ListRooms")) == 2

    def test_the_counts_stay_while_the_sockets_do(self, site: Site, on_air: Stream) -> None:
        with time_machine.travel(timezone.now(), tick=False) as clock:
            joined(presence(on_air, "a:one"))
            watching = site.watches(on_air, "a:one")
            life = Life(site, clock)

            def takes_pictures_after_a_minute() -> bool:
                life.goes_on(60)
                last = ViewerSession.objects.get().media_seen_at
                return timezone.now() - last < timedelta(seconds=sessions.SILENT_SECONDS)

            assert takes_pictures_after_a_minute(), "watching in the room is watching"
            site.stub.stop()
            assert takes_pictures_after_a_minute(), "nobody can tell, so nobody is counted out"
            site.stub.start()
            site.stub.leave(watching.room, watching.identity)
            assert not takes_pictures_after_a_minute(), "a socket is not enough"

    def test_one_look_that_fails_is_told_to_nobody(self, site: Site, on_air: Stream, said: list[str]) -> None:
        site.stub.faults["ListRooms"] = TwirpError("unavailable", "no response from servers")
        assert not site.looks()
        site.stub.faults.clear()
        assert site.looks()
        assert said == []

    def test_a_room_of_which_it_cannot_tell_is_left_as_it_is(
        self, site: Site, on_air: Stream, said: list[str]
    ) -> None:
        guest = site.watches(on_air)
        site.looks()
        for method in ("ListParticipants", "UpdateSubscriptions"):
            site.stub.faults[method] = TwirpError("internal", "broken")
            with time_machine.travel(timezone.now() + timedelta(seconds=ASK_EVERY_SECONDS + 1)):
                assert site.looks()
            del site.stub.faults[method]
        assert state(on_air) == LIVE
        assert seat_of(guest).left_at is None
        assert said == []

    def test_a_wrong_secret_is_as_good_as_away(self, site: Site, on_air: Stream, said: list[str]) -> None:
        site.with_secret("another-secret-of-thirty-two-bytes!!")
        assert not site.looks()
        assert not site.looks()
        assert said == ["stage:away"]
        assert state(on_air) == LIVE


class TestTheEndMeanwhile:
    def test_is_final_at_once_and_settled_at_the_return(self, site: Site, on_air: Stream) -> None:
        joined(presence(on_air, "a:one"))
        with time_machine.travel(timezone.now(), tick=False) as clock:
            site.stub.stop()
            stream_end(stream_id=on_air.pk, reason=EndReason.CREATOR)
            assert state(on_air)[0] == StreamStatus.ENDED
            assert on_air.settled_at is None
            assert not ViewerSession.objects.filter(left_at=None).exists(), "nothing else waits for LiveKit"
            assert on_air.viewers_total == 1
            life = Life(site, clock)
            life.goes_on(20)
            site.stub.start()
            life.goes_on(12)
        assert is_settled(on_air)
        assert site.rooms() == []

    def test_what_cannot_be_closed_is_tried_again(self, site: Site, on_air: Stream) -> None:
        site.stub.faults["DeleteRoom"] = TwirpError("internal", "broken")
        stream_end(stream_id=on_air.pk, reason=EndReason.CREATOR)
        assert state(on_air)[0] == StreamStatus.ENDED
        with time_machine.travel(timezone.now() + timedelta(seconds=10)):
            ending.sweep()
            assert not is_settled(on_air)
            site.stub.faults.clear()
            ending.sweep()
        assert is_settled(on_air)

    @pytest.mark.parametrize(
        ("part", "step"),
        [(Engine, "list_egress"), (Engine, "delete_room"), (sessions, "close_all"), (sessions, "recount")],
    )
    def test_a_crash_at_any_step_leaves_nothing_for_good(
        self, site: Site, on_air: Stream, part: object, step: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        at = settled(on_air)
        with monkeypatch.context() as crash:
            crash.setattr(part, step, raising)
            with pytest.raises(RuntimeError):
                ending.stream_settle(stream_id=on_air.pk)
        assert at() is None
        room_open(stream_id=on_air.pk)  # and what came of a look that was under way
        with time_machine.travel(timezone.now() + timedelta(seconds=10)):
            ending.sweep()
        assert at() is not None
        assert site.rooms() == []


def is_settled(stream: Stream) -> bool:
    return Stream.objects.filter(pk=stream.pk, settled_at__isnull=False).exists()


def raising(*args: object, **kwargs: object) -> None:
    raise RuntimeError("killed here")


def settled(stream: Stream) -> Callable[[], datetime | None]:
    """End it without what follows, as a process that died right after its commit."""
    Stream.objects.filter(pk=stream.pk).update(
        status=StreamStatus.ENDED, ended_at=timezone.now(), end_reason=EndReason.CREATOR
    )

    def at() -> datetime | None:
        stream.refresh_from_db()
        return stream.settled_at

    return at


class TestRestart:
    @pytest.fixture
    def livekit_stub(self) -> Iterator[LiveKitStub]:
        """A server that keeps nothing."""
        with LiveKitStub(redis=False) as stub:
            yield stub

    def test_rooms_are_opened_anew_and_the_same_stream_goes_on(self, site: Site, on_air: Stream) -> None:
        guest = site.watches(on_air)
        site.looks()
        before = site.stub.room(room_name(on_air.pk))
        assert before is not None
        site.stub.restart()
        assert site.rooms() == []
        site.looks()
        after = site.stub.room(room_name(on_air.pk))
        assert after is not None
        assert after.sid != before.sid
        assert state(on_air) == PAUSED
        assert seat_of(guest).left_at is not None, "nobody said that they left"
        creator = site.broadcaster(on_air)
        site.enters(creator)
        site.stub.publish(creator.room, creator.identity)
        site.looks()
        assert state(on_air) == LIVE

    def test_a_prepared_stream_has_its_room_again_too(self, site: Site, stream: Stream) -> None:
        site.looks()
        assert site.rooms() == [room_name(stream.pk)]
        site.stub.restart()
        site.looks()
        assert site.rooms() == [room_name(stream.pk)]

    def test_a_stream_of_next_week_has_none(self, site: Site, stream: Stream) -> None:
        Stream.objects.filter(pk=stream.pk).update(scheduled_at=timezone.now() + timedelta(days=7))
        site.looks()
        assert site.rooms() == []
        with time_machine.travel(timezone.now() + timedelta(days=7, minutes=-10)):
            site.looks()
            assert site.rooms() == [room_name(stream.pk)]


class TestGhosts:
    """With Redis LiveKit goes on telling of everybody who was there when it died."""

    def test_a_creator_who_did_not_come_back_is_found_out(self, site: Site, on_air: Stream) -> None:
        with time_machine.travel(timezone.now(), tick=False) as clock:
            site.looks()
            site.stub.restart()
            room_open(stream_id=on_air.pk)
            site.looks()
            assert state(on_air) == LIVE, "as far as anybody can tell"
            clock.shift(ASK_EVERY_SECONDS + 1)
            site.looks()
            assert state(on_air) == PAUSED
            site.looks()
            assert state(on_air) == PAUSED, "and stays found out"
            creator = site.broadcaster(on_air)
            site.enters(creator)
            site.stub.publish(creator.room, creator.identity)
            site.looks()
            assert state(on_air) == LIVE

    def test_one_that_cannot_be_put_out_is_nobody(self, site: Site, on_air: Stream) -> None:
        guest = site.watches(on_air)
        site.looks()
        site.stub.restart()
        again = site.viewer(on_air, leaving=guest.identity)
        site.enters(again)
        site.looks()
        site.stub.calls.clear()
        site.looks()
        assert not site.stub.called("RemoveParticipant")
        assert watch.away_since() is None, "one call without an answer is not LiveKit away"
        assert seat_of(again).left_at is None


class TestACreatorWithoutANetwork:
    def test_is_gone_after_21_seconds_and_may_come_back(self, site: Site, on_air: Stream) -> None:
        with time_machine.travel(timezone.now(), tick=False) as clock:
            life = Life(site, clock)
            creator = next(iter(site.inside(on_air)))
            site.stub.vanish(room_name(on_air.pk), creator)
            life.goes_on(20)
            assert state(on_air) == LIVE
            life.goes_on(8)
            assert state(on_air) == PAUSED
            again = site.broadcaster(on_air)
            site.enters(again)
            site.stub.publish(again.room, again.identity)
            life.goes_on(4)
            assert state(on_air) == LIVE


class TestLeftovers:
    def test_a_room_that_a_crash_left_goes_with_the_next_look(self, site: Site, on_air: Stream) -> None:
        at = settled(on_air)
        Stream.objects.filter(pk=on_air.pk).update(settled_at=timezone.now())
        guest = site.viewer(on_air)
        site.enters(guest)
        site.looks()
        assert site.rooms() == []
        assert at() is not None

    def test_one_that_cannot_be_closed_is_not_livekit_away(
        self, site: Site, on_air: Stream, alice: User
    ) -> None:
        settled(on_air)
        site.stub.faults["DeleteRoom"] = TwirpError("unavailable", "no response from servers")
        other = stream_create(creator=alice, title="Another")[0]
        site.goes_live(other)
        assert site.looks()
        assert state(other) == LIVE

    def test_a_room_that_an_old_token_opened_again_too(self, site: Site, on_air: Stream) -> None:
        site.stub.set_auto_create(True)
        guest = site.watches(on_air)
        stream_end(stream_id=on_air.pk, reason=EndReason.CREATOR)
        site.enters(guest)
        assert site.rooms() == [room_name(on_air.pk)]
        site.looks()
        assert site.rooms() == []


def test_what_the_engine_sees_is_what_ending_goes_by(site: Site) -> None:
    assert backend().seeing_since() is None
    site.looks()
    assert backend().seeing_since() is not None
