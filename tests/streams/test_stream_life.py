"""scheduled -> live -> ended: what moves a stream, and what cannot."""

from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from core.errors import Forbidden
from streams import ending
from streams.errors import StreamOver
from streams.models import EndReason, MediaState, Stream, StreamStatus
from streams.services import media_arrived, media_lost, media_seen, stream_create, stream_end, stream_update
from tests.conftest import viewer_of


def reload(stream: Stream) -> Stream:
    stream.refresh_from_db()
    return stream


def test_the_first_pictures_put_it_live(stream):
    media_arrived(stream_id=stream.pk)
    reload(stream)
    assert (stream.status, stream.media_state) == (StreamStatus.LIVE, MediaState.FLOWING)
    assert stream.started_at is not None


def test_a_break_and_a_return_keep_the_start(live_stream):
    started = live_stream.started_at
    media_lost(stream_id=live_stream.pk)
    assert reload(live_stream).media_state == MediaState.LOST
    media_arrived(stream_id=live_stream.pk)
    reload(live_stream)
    assert (live_stream.media_state, live_stream.started_at) == (MediaState.FLOWING, started)
    assert live_stream.media_lost_at is None


def test_nothing_revives_an_ended_stream(live_stream):
    stream_end(stream_id=live_stream.pk, reason=EndReason.CREATOR)
    with pytest.raises(StreamOver):
        media_arrived(stream_id=live_stream.pk)
    with pytest.raises(StreamOver):
        stream_update(stream_id=live_stream.pk, title="later")
    assert not media_seen(stream_id=live_stream.pk)
    media_lost(stream_id=live_stream.pk)
    assert reload(live_stream).status == StreamStatus.ENDED


def test_ending_twice_is_ending_once(live_stream):
    first = stream_end(stream_id=live_stream.pk, reason=EndReason.CREATOR)
    second = stream_end(stream_id=live_stream.pk, reason=EndReason.STAFF)
    assert (second.ended_at, second.end_reason) == (first.ended_at, EndReason.CREATOR)


def test_a_prepared_stream_is_cancelled_and_never_had_a_length(stream):
    ended = stream_end(stream_id=stream.pk, reason=EndReason.CREATOR)
    assert (ended.status, ended.duration_seconds) == (StreamStatus.CANCELLED, None)


def test_the_database_refuses_impossible_states(live_stream):
    for wrong in ({"started_at": None}, {"ended_at": timezone.now()}, {"viewers_current": 5}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Stream.objects.filter(pk=live_stream.pk).update(**wrong)


def test_settling_may_be_interrupted_anywhere_and_repeated(live_stream):
    stream_end(stream_id=live_stream.pk, reason=EndReason.CREATOR)
    assert reload(live_stream).settled_at is None
    ending.stream_settle(stream_id=live_stream.pk)
    settled = reload(live_stream).settled_at
    ending.stream_settle(stream_id=live_stream.pk)
    assert settled is not None
    assert reload(live_stream).settled_at == settled


class TestSweep:
    def test_a_broadcaster_who_stays_away_ends_the_stream_after_the_grace(self, live_stream):
        with time_machine.travel(timezone.now(), tick=False) as clock:
            media_lost(stream_id=live_stream.pk)
            clock.shift(settings.STREAM_GRACE_SECONDS - 1)
            ending.sweep()
            assert reload(live_stream).status == StreamStatus.LIVE
            clock.shift(2)
            ending.sweep()
        reload(live_stream)
        assert (live_stream.status, live_stream.end_reason) == (StreamStatus.ENDED, EndReason.LOST)

    def test_after_an_outage_of_the_server_the_grace_starts_anew(self, live_stream):
        with time_machine.travel(timezone.now() + timedelta(minutes=10), tick=False) as clock:
            ending.sweep()
            assert reload(live_stream).media_state == MediaState.LOST
            assert live_stream.status == StreamStatus.LIVE, "the creator may come back now"
            clock.shift(settings.STREAM_GRACE_SECONDS + 1)
            ending.sweep()
            assert reload(live_stream).status == StreamStatus.ENDED

    def test_eight_hours_are_the_longest(self, live_stream):
        now = timezone.now()
        with time_machine.travel(
            now + timedelta(seconds=settings.STREAM_MAX_SECONDS - 5), tick=False
        ) as clock:
            media_seen(stream_id=live_stream.pk)
            ending.sweep()
            assert reload(live_stream).status == StreamStatus.LIVE
            clock.shift(6)
            media_seen(stream_id=live_stream.pk)
            ending.sweep()
        assert reload(live_stream).end_reason == EndReason.TOO_LONG

    def test_a_stream_that_never_starts_is_cancelled(self, stream, alice):
        planned, _ = stream_create(
            creator=alice, title="tomorrow", scheduled_at=timezone.now() + timedelta(days=1)
        )
        with time_machine.travel(
            timezone.now() + timedelta(seconds=settings.STREAM_PREPARED_SECONDS + 1), tick=False
        ):
            ending.sweep()
        assert reload(stream).status == StreamStatus.CANCELLED
        assert reload(planned).status == StreamStatus.SCHEDULED

    def test_an_end_that_a_crash_interrupted_is_settled(self, live_stream):
        stream_end(stream_id=live_stream.pk, reason=EndReason.CREATOR)
        ending.sweep()
        assert reload(live_stream).settled_at is None, "its own process may be at it"
        with time_machine.travel(timezone.now() + timedelta(seconds=6)):
            ending.sweep()
        assert reload(live_stream).settled_at is not None


class TestDoors:
    def test_the_creator_ends_it(self, api_of, alice, live_stream):
        answer = api_of(alice).post(f"/api/streams/{live_stream.pk}/end")
        assert answer.status_code == 200
        assert (answer.json()["status"], answer.json()["end_reason"]) == ("ended", "creator")
        assert api_of(alice).post(f"/api/streams/{live_stream.pk}/end").status_code == 200

    def test_staff_stop_it(self, api_of, admin, live_stream):
        assert api_of(admin).post(f"/api/streams/{live_stream.pk}/end").json()["end_reason"] == "staff"

    def test_a_stranger_does_not(self, api_of, charlie, live_stream):
        answer = api_of(charlie).post(f"/api/streams/{live_stream.pk}/end")
        assert (answer.status_code, answer.json()["code"]) == (403, Forbidden.code)
        assert reload(live_stream).status == StreamStatus.LIVE

    def test_nobody_gets_a_token_for_an_ended_stream(self, api_of, alice, bob, live_stream):
        stream_end(stream_id=live_stream.pk, reason=EndReason.CREATOR)
        for client, path in ((bob, "token"), (alice, "broadcast-token")):
            answer = api_of(client).get(f"/api/streams/{live_stream.pk}/{path}")
            assert (answer.status_code, answer.json()["code"]) == (410, "stream_ended")
        assert api_of(bob).post(f"/api/streams/{live_stream.pk}/join").status_code == 410

    def test_staff_stop_streams_in_the_admin(self, browser_of, admin, live_stream):
        chosen = {"action": "stop", "_selected_action": [str(live_stream.pk)]}
        said = {"reason": "spam in every room", "confirmed": "yes"}
        browser_of(admin).post("/admin/streams/stream/", {**chosen, **said})
        assert reload(live_stream).end_reason == EndReason.STAFF

    def test_a_change_is_seen_by_the_creator_only(self, api_of, alice, bob, stream):
        url = f"/api/streams/{stream.pk}"
        assert api_of(bob).patch(url, {"title": "mine"}, format="json").status_code == 403
        assert api_of(alice).patch(url, {"title": "Rain"}, format="json").json()["title"] == "Rain"
        assert viewer_of(alice).user_id == reload(stream).creator_id
