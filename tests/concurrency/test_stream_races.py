import time

import pytest

from core import facts
from core.models import OutboxFact
from streams import services
from streams.errors import StreamOver, TooManyStreams
from streams.models import EndReason, MediaState, Stream, StreamKey, StreamStatus
from streams.services import media_arrived, stream_create, stream_end
from tests.concurrency.racing import at_once, locks_removed

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def slow_check(monkeypatch):
    """Hold the window between counting and creating open."""
    real = services._require_room_for_one_more

    def slowly(creator):
        real(creator)
        time.sleep(0.2)

    monkeypatch.setattr(services, "_require_room_for_one_more", slowly)


def create_many(alice) -> list[object]:
    return at_once(4, lambda number: stream_create(creator=alice, title=f"Stream {number}"))


def test_of_four_streams_at_once_two_are_made(alice, slow_check):
    outcomes = create_many(alice)
    assert Stream.objects.count() == 2
    assert sum(isinstance(outcome, TooManyStreams) for outcome in outcomes) == 2


def test_without_the_lock_more_would_be_made(alice, slow_check, monkeypatch):
    StreamKey.objects.create(creator=alice, key_hash="x", last_four="xxxx")
    with locks_removed(monkeypatch):
        create_many(alice)
    assert Stream.objects.count() > 2


def end_while_arriving(stream, monkeypatch) -> None:
    real = facts.publish_on_commit

    def slowly(fact):
        time.sleep(0.2)
        real(fact)

    monkeypatch.setattr(services, "publish_on_commit", slowly)

    def work(number):
        if number == 0:
            return stream_end(stream_id=stream.pk, reason=EndReason.CREATOR)
        return media_arrived(stream_id=stream.pk)

    at_once(2, work)


def test_an_end_and_an_arrival_at_once_never_leave_a_live_stream_without_end(live_stream, monkeypatch):
    Stream.objects.filter(pk=live_stream.pk).update(media_state=MediaState.LOST)
    end_while_arriving(live_stream, monkeypatch)
    live_stream.refresh_from_db()
    assert live_stream.status == StreamStatus.ENDED
    assert live_stream.ended_at is not None


def test_without_the_lock_an_arrival_could_revive_it_or_break_a_constraint(live_stream, monkeypatch):
    Stream.objects.filter(pk=live_stream.pk).update(media_state=MediaState.LOST)
    with locks_removed(monkeypatch):
        end_while_arriving(live_stream, monkeypatch)
    live_stream.refresh_from_db()
    # The arrival wrote back the status it had read, or was stopped by the constraint and lost its write.
    assert live_stream.status == StreamStatus.LIVE or live_stream.media_state == MediaState.LOST


def test_two_ends_at_once_announce_one(live_stream):
    at_once(2, lambda _: stream_end(stream_id=live_stream.pk, reason=EndReason.CREATOR))
    assert not OutboxFact.objects.exists()
    live_stream.refresh_from_db()
    assert live_stream.settled_at is not None
    with pytest.raises(StreamOver):
        media_arrived(stream_id=live_stream.pk)
