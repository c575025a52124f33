"""From a studio's socket to segments over HTTP, with the real ffmpeg."""

import itertools
import json
import re
import subprocess
from functools import partial
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from streams.media import backend
from streams.models import MediaState, Stream, StreamStatus

from .conftest import Studio, Watcher, wait_until


def probe(path: str, *entries: str) -> Any:
    """What ffprobe reads out of a playlist, a file or a URL."""
    command = ["ffprobe", "-v", "error", *entries, "-of", "json", path]
    done = subprocess.run(command, capture_output=True, check=True, timeout=60)
    assert done.stderr == b""
    return json.loads(done.stdout)


def play(watcher, *, rendition: str, tmp_path) -> list[Any]:
    """Downloads what a playlist lists, run by run as a player would, and returns ffprobe's view of each run."""
    text = watcher.playlist(rendition).text
    runs: dict[str, bytes] = {}
    for line in text.splitlines():
        if init := re.fullmatch(r'#EXT-X-MAP:URI="(.*)"', line):
            current = init[1]
            runs[current] = watcher.server.get(current)
        elif line.startswith("/seg/"):
            runs[current] += watcher.server.get(line)
    seen = []
    for number, content in enumerate(runs.values()):
        file = tmp_path / f"{rendition}-{number}.mp4"
        file.write_bytes(content)
        entries = "stream=codec_name,width,height,start_time:packet=pts_time,duration_time,stream_index"
        seen.append(probe(str(file), "-show_entries", entries))
    return seen


def holes(packets: list[dict[str, Any]], stream_index: int) -> list[float]:
    """Steps between packets of a stream that are longer than three frames of a 30 Hz picture."""
    times = sorted(float(packet["pts_time"]) for packet in packets if packet["stream_index"] == stream_index)
    return [round(b - a, 3) for a, b in itertools.pairwise(times) if b - a > 0.11]


@pytest.mark.parametrize("codec", ["h264", "vp8"])
def test_a_recording_becomes_playlists_that_play(studio, watcher, record, stream, codec, tmp_path):
    studio.record(record(codec=codec, seconds=5, size=(1280, 720)))
    wait_until(lambda: watcher.server.status(watcher.master_path) == 200)
    studio.hang_up()
    wait_until(lambda: len(watcher.playlist().segments) == 5)
    for rendition, size in {"source": (1280, 720), "480p": (854, 480)}.items():
        (run,) = play(watcher, rendition=rendition, tmp_path=tmp_path)
        video, audio = run["streams"]
        assert (video["codec_name"], video["width"], video["height"]) == ("h264", *size)
        assert audio["codec_name"] == "aac"
        # Sound and picture start together and have no hole: browsers stall at either.
        assert abs(float(video["start_time"]) - float(audio["start_time"])) < 0.05
        assert holes(run["packets"], 0) == holes(run["packets"], 1) == []
    master = watcher.server.get(watcher.master_path).decode()
    assert re.findall(r"RESOLUTION=(\S+)", master) == ["1280x720", "854x480"]
    assert re.findall(r'CODECS="(avc1\.[0-9a-f]{6}),mp4a.40.2"', master)[1:] == ["avc1.4d401f"]


def test_a_player_reads_the_stream_to_its_end(studio, watcher, record):
    studio.record(record(seconds=4))
    wait_until(lambda: watcher.server.status(watcher.master_path) == 200)
    url = f"http://127.0.0.1:{watcher.server.port}{watcher.master_path}"
    command = [
        "ffmpeg",
        "-v",
        "error",
        "-nostdin",
        "-live_start_index",
        "0",
        "-i",
        url,
        "-t",
        "2",
        "-f",
        "null",
        "-",
    ]
    done = subprocess.run(command, capture_output=True, timeout=60, check=True)
    assert done.stderr == b""


def test_the_first_segment_puts_the_stream_live(studio, watcher, record, stream):
    studio.start(record())
    stream.refresh_from_db()
    assert stream.status == StreamStatus.SCHEDULED
    assert watcher.server.status(watcher.master_path) == 410
    studio.record(record())
    stream.refresh_from_db()
    assert (stream.status, stream.media_state) == (StreamStatus.LIVE, MediaState.FLOWING)
    state = wait_until(lambda: studio.last("ingest:state", state="live"))
    assert state["bitrate_bps"] >= 0


def test_a_studio_that_hangs_up_is_lost_and_comes_back_into_the_same_stream(studio, watcher, record, stream):
    studio.record(record())
    wait_until(lambda: watcher.server.status(watcher.master_path) == 200)
    studio.hang_up()
    wait_until(lambda: _media_state(stream) == MediaState.LOST)
    Studio(studio.server, stream.pk).connect().record(record())
    wait_until(lambda: _media_state(stream) == MediaState.FLOWING)
    assert stream.status == StreamStatus.LIVE


def _media_state(stream: Stream) -> str:
    stream.refresh_from_db()
    return stream.media_state


def test_other_sizes_and_cuts_play_on_in_the_same_playlist(studio, watcher, record, stream, tmp_path):
    """640x360, a cut, 1280x720, and two cuts: nothing a player knows changes, each run is its own discontinuity."""
    known: dict[int, str] = {}
    sizes = [(640, 360), (1280, 720), (1280, 720), (1280, 720)]
    for turn, size in enumerate(sizes, start=1):
        studio.record(record(size=size, seconds=2.5))
        studio.cut()
        wait_until(partial(_lists, watcher, f"run-{turn}/source/000002.m4s"))
        playlist = watcher.playlist()
        for number, name in playlist.numbered.items():
            assert known.setdefault(number, name) == name
        assert watcher.playlist("480p").numbered == {
            number: name.replace("source", "480p") for number, name in playlist.numbered.items()
        }
        assert playlist.text.count("#EXT-X-DISCONTINUITY\n") == turn - 1 - playlist.tag(
            "DISCONTINUITY-SEQUENCE"
        )
        assert "ENDLIST" not in playlist.text
        if turn < len(sizes):
            studio = Studio(watcher.server, stream.pk).connect()
    assert sorted(known) == list(range(12))
    seen = [(run["streams"][0]["width"], run["streams"][0]["height"]) for run in _play(watcher, tmp_path)]
    assert seen == sizes


def _lists(watcher: Watcher, name: str) -> bool:
    return name in watcher.playlist().names


def _play(watcher, tmp_path):
    return play(watcher, rendition="source", tmp_path=tmp_path)


def test_a_second_recording_on_the_same_socket_is_a_new_run(studio, watcher, record):
    studio.record(record(seconds=2))
    studio.record(record(seconds=2, size=(1280, 720)))
    wait_until(lambda: any(name.startswith("run-2/") for name in watcher.playlist().names))
    names = watcher.playlist().names
    assert names[:2] == ["run-1/source/000000.m4s", "run-1/source/000001.m4s"]


def test_a_recording_without_sound_gets_silence(studio, watcher, record, tmp_path):
    studio.record(record(seconds=3, audio=False))
    studio.hang_up()
    wait_until(lambda: len(watcher.playlist().segments) >= 3)
    (run,) = _play(watcher, tmp_path)
    assert [stream["codec_name"] for stream in run["streams"]] == ["h264", "aac"]
    assert holes(run["packets"], 1) == []


def test_sound_that_begins_late_is_there_from_the_start(studio, watcher, record, tmp_path):
    studio.record(record(seconds=3, late_audio=0.7))
    studio.hang_up()
    wait_until(lambda: len(watcher.playlist().segments) >= 3)
    (run,) = _play(watcher, tmp_path)
    video, audio = run["streams"]
    assert abs(float(video["start_time"]) - float(audio["start_time"])) < 0.05
    assert holes(run["packets"], 1) == []


def test_a_thumbnail_is_a_frame_of_the_newest_second(studio, watcher, record, stream):
    studio.record(record(seconds=2, size=(1280, 720)))
    wait_until(lambda: watcher.server.status(watcher.master_path) == 200)
    with Image.open(BytesIO(backend().frame(stream_id=stream.pk))) as picture:
        assert picture.size == (1280, 720)
        # The test picture's bars, and no grey of a frame that could not be decoded.
        assert len(picture.getcolors(maxcolors=2**24) or []) > 1000
