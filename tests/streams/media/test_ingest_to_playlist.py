"""From a studio's socket to segments over HTTP, with the real ffmpeg."""

from streams.models import MediaState, StreamStatus

from .conftest import wait_until


def test_a_recording_becomes_a_playlist_that_plays(studio, watcher, record, stream):
    studio.record(record(seconds=4))
    playlist = wait_until(lambda: watcher.server.status(watcher.master_path) == 200 and watcher.playlist())
    assert len(playlist.segments) >= 3
    stream.refresh_from_db()
    assert (stream.status, stream.media_state) == (StreamStatus.LIVE, MediaState.FLOWING)
