"""A look costs the same however many are there, changes nothing when nothing changed, and is one at a time."""

import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from prometheus_client import REGISTRY
from pytest_django.fixtures import Settings

from accounts.models import User
from realtime.calls import call
from streams.media.livekit import locks, reconcile
from streams.media.livekit.rooms import room_name
from streams.media.livekit.wake import wake
from streams.metrics import livekit_up
from streams.models import MediaState, Seat, Stream, StreamStatus, ViewerSession
from streams.services import stream_create
from streams.sessions import SILENT_SECONDS
from tests.concurrency.racing import at_once
from tests.livekit.sockets import Socket
from tests.streams.livekit.reconcile.site import Site, seat_of
from tests.streams.livekit.reconcile.tasks import Queue
from tests.streams.test_sessions import joined, presence

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def on_air(site: Site, stream: Stream) -> Stream:
    site.goes_live(stream)
    return stream


def queries_of(work: object) -> int:
    assert callable(work)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        work()
    return len(captured)


@pytest.mark.parametrize("people", [1, 40])
def test_one_room_costs_the_same_whatever_is_in_it(site: Site, on_air: Stream, people: int) -> None:
    guests = [site.watches(on_air, f"a:{number}") for number in range(people)]
    # Taking the lock, streams, seats, who came, who left, sessions, counts, pictures, events, giving the lock back.
    assert queries_of(lambda: site.looks_at(on_air)) == 10, "they came"
    assert queries_of(lambda: site.looks_at(on_air)) == 9, "nothing changed"
    for guest in guests:
        site.enters(guest)
    assert queries_of(lambda: site.looks_at(on_air)) == 9, "they are copies, and go"


@pytest.mark.parametrize("streams", [1, 10])
def test_all_rooms_cost_as_much_as_one(site: Site, alice: User, settings: Settings, streams: int) -> None:
    settings.STREAMS_PER_CREATOR = 20
    made = [stream_create(creator=alice, title=f"Number {number}")[0] for number in range(streams)]
    for stream in made:
        site.goes_live(stream)
        site.watches(stream)
    site.looks()
    site.stub.calls.clear()
    # Which are on, which have rooms, and those of one.
    assert queries_of(site.looks) == 11
    assert len(site.stub.called("ListRooms")) == 1
    assert len(site.stub.called("ListParticipants")) == streams


def test_who_is_there_is_noted_once_and_who_left_too(site: Site, on_air: Stream) -> None:
    guest = site.watches(on_air)
    site.looks_at(on_air)
    first = seat_of(guest)
    assert first.participant_sid
    assert first.seen_at is not None
    assert first.left_at is None
    site.looks_at(on_air)
    assert seat_of(guest).seen_at == first.seen_at
    site.stub.leave(guest.room, guest.identity)
    site.looks_at(on_air)
    assert seat_of(guest).left_at is not None


async def test_only_who_has_pictures_takes_pictures(site: Site, on_air: Stream) -> None:
    def look() -> list[str]:
        site.looks_at(on_air)
        fresh = ViewerSession.objects.filter(media_seen_at__gt=timezone.now() - timedelta(seconds=5))
        return [session.viewer_id for session in fresh]

    for viewer in ("a:one", "a:waits", "a:elsewhere"):
        await call(joined, presence(on_air, viewer))
    await call(site.watches, on_air, "a:one")
    waiting = await call(site.viewer, on_air, "a:waits")
    async with Socket(site.stub.url, waiting.given.token):  # it is in, and its media has not come up
        with time_machine.travel(timezone.now() + timedelta(seconds=SILENT_SECONDS)):
            assert await call(look) == ["a:one"]
    assert (await call(seat_of, waiting)).seen_at is not None


def test_what_is_done_is_counted(site: Site, on_air: Stream) -> None:
    def value(name: str, **labels: str) -> float:
        return REGISTRY.get_sample_value(name, labels) or 0

    looks, unknown = (
        value("busk_livekit_reconcile_seconds_count"),
        value("busk_livekit_put_out_total", reason="unknown"),
    )
    site.stub.join(room_name(on_air.pk), "somebody")
    site.looks_at(on_air)
    assert value("busk_livekit_reconcile_seconds_count") == looks + 1
    assert value("busk_livekit_put_out_total", reason="unknown") == unknown + 1


def test_whether_it_answers_is_measured(site: Site, settings: Settings) -> None:
    def up() -> list[float]:
        return [gauge.samples[0].value for gauge in livekit_up()]

    site.looks()
    assert up() == [1]
    site.stub.stop()
    for _ in range(2):
        site.looks()
    assert up() == [0]
    settings.LIVEKIT_URL = ""
    assert up() == []


class TestWaking:
    def test_is_at_once_and_once_more_at_the_end(self, site: Site, queue: Queue) -> None:
        stream_id = uuid.uuid4()
        with time_machine.travel(timezone.now(), tick=False) as clock:
            for _ in range(50):
                wake(stream_id)
            first, second = queue.waiting
            assert first[0] == time.time()
            assert second[0] == time.time() + 1
            clock.shift(1.01)
            queue.run_due()
            for _ in range(50):
                wake(stream_id)
            assert len(queue.waiting) == 2, "what is said after a look needs another one"

    def test_a_promised_look_that_was_lost_is_promised_again(self, queue: Queue) -> None:
        stream_id = uuid.uuid4()
        with time_machine.travel(timezone.now(), tick=False) as clock:
            wake(stream_id)
            wake(stream_id)
            queue.waiting.clear()
            clock.shift(11)
            wake(stream_id)
            wake(stream_id)
            assert len(queue.waiting) == 2


@contextmanager
def held_open(
    monkeypatch: pytest.MonkeyPatch, gate: threading.Event, begun: threading.Event
) -> Iterator[None]:
    """The first look waits, with what it saw in hand, until the gate opens."""
    real, calls = reconcile._note, []

    def slowly(rooms: list[reconcile._Room]) -> None:
        calls.append(rooms)
        if len(calls) == 1:
            begun.set()
            assert gate.wait(10)
        real(rooms)

    with monkeypatch.context() as patch:
        patch.setattr(reconcile, "_note", slowly)
        yield


def look_elsewhere(stream: Stream) -> None:
    try:
        reconcile.room_reconcile(stream.pk)
    finally:
        connections.close_all()


@pytest.mark.concurrency
class TestTwoLooksAtOnce:
    def overtaken(self, site: Site, stream: Stream, monkeypatch: pytest.MonkeyPatch) -> None:
        """While one look has seen the creator in the room, the creator leaves and another look begins."""
        gate, begun = threading.Event(), threading.Event()
        creator = next(iter(site.inside(stream)))
        with held_open(monkeypatch, gate, begun), ThreadPoolExecutor(2) as pool:
            first = pool.submit(look_elsewhere, stream)
            assert begun.wait(10)
            site.stub.leave(room_name(stream.pk), creator)
            second = pool.submit(look_elsewhere, stream)
            second.result(10)
            gate.set()
            first.result(10)
        stream.refresh_from_db()

    def test_the_later_one_is_not_lost_and_the_older_one_does_not_win(
        self, site: Site, on_air: Stream, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        Stream.objects.filter(pk=on_air.pk).update(media_state=MediaState.LOST, media_lost_at=timezone.now())
        self.overtaken(site, on_air, monkeypatch)
        assert on_air.media_state == MediaState.LOST
        assert not Seat.objects.filter(left_at=None).exists()

    def test_without_the_lock_the_older_one_would_win(
        self, site: Site, on_air: Stream, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        Stream.objects.filter(pk=on_air.pk).update(media_state=MediaState.LOST, media_lost_at=timezone.now())

        @contextmanager
        def unheld(stream_ids: list[uuid.UUID]) -> Iterator[list[uuid.UUID]]:
            yield list(stream_ids)

        monkeypatch.setattr(reconcile, "rooms_held", unheld)
        self.overtaken(site, on_air, monkeypatch)
        assert on_air.media_state == MediaState.FLOWING

    def test_rows_that_somebody_else_writes_are_not_waited_for(self, site: Site, on_air: Stream) -> None:
        """Heartbeats and kicks write the same rows, in orders of their own: who waits for none is in no deadlock."""
        guests = [site.watches(on_air, viewer) for viewer in ("a:one", "a:two")]
        for viewer in ("a:one", "a:two"):
            joined(presence(on_air, viewer))
        long_ago = timezone.now() - timedelta(seconds=20)
        ViewerSession.objects.update(media_seen_at=long_ago)
        with transaction.atomic():
            ViewerSession.objects.select_for_update().get(viewer_id="a:one")
            Seat.objects.select_for_update().get(viewer_id="a:one")
            assert at_once(1, lambda _: site.looks_at(on_air)) == [None]
        assert ViewerSession.objects.get(viewer_id="a:one").media_seen_at == long_ago
        assert ViewerSession.objects.get(viewer_id="a:two").media_seen_at > long_ago
        assert [seat_of(guest).seen_at is None for guest in guests] == [True, False]
        site.looks_at(on_air)
        assert [seat_of(guest).seen_at is None for guest in guests] == [False, False]

    def test_a_stream_that_somebody_holds_keeps_us_from_no_other(
        self, site: Site, stream: Stream, alice: User
    ) -> None:
        other = stream_create(creator=alice, title="Another")[0]
        for each in (stream, other):
            creator = site.broadcaster(each)
            site.enters(creator)
            site.stub.publish(creator.room, creator.identity)
        with transaction.atomic():
            Stream.objects.select_for_update().get(pk=min(stream.pk, other.pk))
            assert at_once(1, lambda _: site.looks()) == [True]
        assert Stream.objects.get(status=StreamStatus.LIVE).pk == max(stream.pk, other.pk)
        site.looks()
        assert Stream.objects.filter(status=StreamStatus.LIVE).count() == 2

    def test_many_at_once_are_one(self, site: Site, stream: Stream) -> None:
        creator = site.broadcaster(stream)
        site.enters(creator)
        site.stub.publish(creator.room, creator.identity)
        outcomes = at_once(6, lambda number: site.looks() if number % 2 else site.looks_at(stream))
        assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
        stream.refresh_from_db()
        assert (stream.status, stream.media_state) == (StreamStatus.LIVE, MediaState.FLOWING)
        with locks.rooms_held([stream.pk]) as mine:
            assert mine == [stream.pk], "all locks are given back"

    def test_a_look_that_fails_gives_its_lock_back(
        self, site: Site, stream: Stream, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(*args: object) -> None:
            raise RuntimeError

        with monkeypatch.context() as patch:
            patch.setattr(reconcile, "_note", broken)
            with pytest.raises(RuntimeError):
                site.looks_at(stream)
        outcomes = at_once(1, lambda _: _taken(stream))
        assert outcomes == [True]


def _taken(stream: Stream) -> bool:
    cache.clear()
    with locks.rooms_held([stream.pk]) as mine:
        return bool(mine)
