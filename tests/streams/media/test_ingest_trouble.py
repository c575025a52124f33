"""What can go wrong between a studio and ffmpeg, and who is told."""

import os
import signal
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.utils import timezone
from websockets.exceptions import ConnectionClosed

from streams.media import backend
from streams.media.relay import consumer, stage
from streams.media.relay.limits import BUFFER_BYTES
from streams.media.relay.passes import ingest_pass_issue
from streams.media.relay.stages import stages
from streams.models import EndReason, MediaState, Stream, StreamStatus
from streams.services import stream_create, stream_end

from .conftest import Studio, wait_until


def encoders(stream_id) -> list[int]:
    """The ffmpeg processes that write into this stream's folder, not counting those that only wait to be reaped."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if str(stream_id).encode() in words and b"ffmpeg" in words:
            found.append(int(process.name))
    return found


@pytest.fixture
def on_air(studio, record, watcher):
    """alice's studio, whose recording is being watched."""
    studio.record(record(seconds=2))
    wait_until(lambda: watcher.server.status(watcher.master_path) == 200)
    return studio


def media_state(stream) -> str:
    return Stream.objects.values_list("media_state", flat=True).get(pk=stream.pk)


# --- ffmpeg ---------------------------------------------------------------------------------------


def test_a_killed_ffmpeg_is_told_and_replaced(on_air, record, watcher, stream):
    (pid,) = encoders(stream.pk)
    on_air.start(record(seconds=4))
    on_air.send(record(seconds=4).data[:30_000])
    wait_until(lambda: encoders(stream.pk) not in ([pid], []))
    (pid,) = encoders(stream.pk)
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: encoders(stream.pk) == [])
    on_air.send(record(seconds=4).data[30_000:40_000])
    on_air.send(record(seconds=4).data[40_000:50_000])
    wait_until(lambda: on_air.last("ingest:restart", reason="encoder_failed"))
    on_air.record(record(seconds=2))
    wait_until(lambda: any(name.startswith("run-3/") for name in watcher.playlist().names))


def test_a_stalled_ffmpeg_stops_the_acks_and_no_more_than_the_buffer_is_held(on_air, record, stream):
    long = record(seconds=4, size=(1280, 720))
    on_air.start(long)
    on_air.send(long.data[:30_000])
    wait_until(lambda: len(encoders(stream.pk)) == 1)
    wait_until(lambda: on_air.last("ingest:ack", bytes=30_000))
    (pid,) = encoders(stream.pk)
    os.kill(pid, signal.SIGSTOP)
    frame, sent = bytes(32_000), 0
    while sent < BUFFER_BYTES - 64_000:
        on_air.send(frame)
        sent += len(frame)
    time.sleep(0.3)
    acked = max(message["bytes"] for message in on_air.heard if message["type"] == "ingest:ack")
    # What a pipe and its writer hold is taken; the rest waits here, unacknowledged.
    assert acked < 400_000
    assert on_air.last("ingest:restart") is None
    for _ in range(20):
        on_air.send(frame)
    wait_until(lambda: on_air.last("ingest:restart", reason="too_slow"))
    wait_until(lambda: encoders(stream.pk) == [])


def test_a_recording_without_key_frames_must_start_again(studio, record, monkeypatch, stream):
    monkeypatch.setattr(stage, "NO_SEGMENT_SECONDS", 1.0)
    studio.start(record(seconds=2))
    studio.send(record(seconds=2).data[:20_000])
    wait_until(lambda: studio.last("ingest:restart", reason="no_segments"))


# --- the recording and the protocol ---------------------------------------------------------------


def test_an_unplayable_recording_is_refused_and_the_next_one_taken(studio, record, watcher):
    studio.start(record(seconds=2))
    studio.send(b"GIF89a, and not at all a recording")
    refusal = wait_until(lambda: studio.last("error", code="unsupported_media"))
    assert refusal["details"] == {"reason": "container"}
    studio.record(record(seconds=2))
    wait_until(lambda: watcher.server.status(watcher.master_path) == 200)


@pytest.mark.parametrize(
    "message",
    ["{", '"ingest:start"', '{"type":"ingest:stop"}', '{"type":"ingest:start","epoch":"1"}', "[]" * 9000],
)
def test_a_malformed_message_is_answered_and_the_socket_kept(studio, record, message):
    studio.send(message)
    assert wait_until(lambda: studio.last("error", code="invalid_input"))["details"]["message"]
    studio.start(record())
    assert studio.last("ingest:ready")


def test_a_frame_above_the_limit_breaks_the_recording_off(studio, record):
    studio.start(record())
    studio.send(bytes(32 * 1024 + 1))
    wait_until(lambda: studio.last("ingest:restart", reason="frame_too_large"))


def test_bytes_without_a_recording_are_not_taken_for_ever(studio):
    with suppress(ConnectionClosed):  # it may be hung up on between two of them
        for _ in range(BUFFER_BYTES // 32_000 + 2):
            studio.send(bytes(32_000))
    wait_until(lambda: studio.close_code == 4008)


def test_a_studio_in_a_loop_is_stopped(studio, record):
    for _ in range(13):
        studio.start(record())
    assert studio.last("error", code="rate_limited")
    wait_until(lambda: studio.close_code == 4429)


def test_a_silent_studio_is_hung_up_on(server, stream, record, monkeypatch):
    monkeypatch.setattr(consumer, "SILENT_SECONDS", 0.5)
    studio = Studio(server, stream.pk).connect()
    wait_until(lambda: studio.close_code == 4408)


# --- who may publish ------------------------------------------------------------------------------


def test_the_newest_studio_wins_and_the_older_one_is_told(on_air, record, stream):
    newer = Studio(on_air.server, stream.pk).connect()
    newer.start(record())
    wait_until(lambda: on_air.close_code == 4409)
    assert newer.close_code is None
    newer.record(record(seconds=2))


def test_an_older_pass_does_not_take_the_stage(server, stream, record):
    older, newer = Studio(server, stream.pk), Studio(server, stream.pk)
    older.connect()
    time.sleep(0.01)
    newer.connect().start(record())
    older.start(record())
    wait_until(lambda: older.close_code == 4409)
    assert newer.close_code is None


def test_a_pass_opens_once(server, stream):
    token = ingest_pass_issue(stream_id=stream.pk)
    first = Studio(server, stream.pk, token).connect()
    second = Studio(server, stream.pk, token).connect()
    wait_until(lambda: second.close_code == 4403)
    assert second.last("error", code="pass_refused")
    assert first.close_code is None


@pytest.mark.parametrize("token", ["", "forged", "a:b:c"])
def test_a_forged_pass_opens_nothing(server, stream, token):
    studio = Studio(server, stream.pk, token).connect()
    wait_until(lambda: studio.close_code == 4403)


def test_a_pass_is_one_streams(server, stream, alice):
    other, _ = stream_create(creator=alice, title="Another")
    studio = Studio(server, other.pk, ingest_pass_issue(stream_id=stream.pk)).connect()
    wait_until(lambda: studio.close_code == 4403)


def test_an_old_pass_opens_nothing(server, stream):
    with time_machine.travel(time.time() - 61):
        token = ingest_pass_issue(stream_id=stream.pk)
    studio = Studio(server, stream.pk, token).connect()
    wait_until(lambda: studio.close_code == 4403)


def test_a_stream_that_does_not_exist_cannot_be_published(server):
    studio = Studio(server, uuid4()).connect()
    wait_until(lambda: studio.close_code == 4404)


def test_an_ended_stream_cannot_be_published(server, stream):
    stream_end(stream_id=stream.pk, reason=EndReason.CREATOR)
    studio = Studio(server, stream.pk).connect()
    wait_until(lambda: studio.close_code == 4410)
    assert studio.last("error", code="stream_ended")


# --- the end --------------------------------------------------------------------------------------


def test_ending_the_stream_tells_the_studio_and_leaves_no_ffmpeg(on_air, record, stream, watcher, work_dir):
    stream_end(stream_id=stream.pk, reason=EndReason.CREATOR)
    wait_until(lambda: on_air.close_code == 4410, seconds=2)
    assert on_air.last("ingest:ended")
    assert watcher.server.status(watcher.master_path) == 410
    wait_until(lambda: encoders(stream.pk) == [], seconds=2)
    # The folder goes once the last key is dead.
    backend().tidy()
    assert (work_dir / str(stream.pk)).exists()
    Stream.objects.update(ended_at=timezone.now() - timedelta(seconds=41))
    wait_until(lambda: stream.pk not in stages.owned())
    backend().tidy()
    assert not (work_dir / str(stream.pk)).exists()


def test_a_stream_that_another_process_ended_is_noticed(on_air, stream):
    Stream.objects.filter(pk=stream.pk).update(
        status=StreamStatus.ENDED, ended_at=timezone.now(), end_reason=EndReason.STAFF
    )
    wait_until(lambda: on_air.close_code == 4410, seconds=3)


def test_a_lost_lock_gives_the_stage_up_and_it_can_be_taken_again(on_air, stream, record):
    with connection.cursor() as cursor:
        # Of this test's database only: others run their tests beside it, in the same cluster.
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_database ON pg_database.oid = database"
            " WHERE locktype = 'advisory' AND datname = current_database()"
        )
    wait_until(lambda: on_air.close_code == 1012, seconds=5)
    wait_until(lambda: media_state(stream) == MediaState.LOST)
    wait_until(lambda: encoders(stream.pk) == [])
    Studio(on_air.server, stream.pk).connect().record(record(seconds=2))
    wait_until(lambda: media_state(stream) == MediaState.FLOWING)
