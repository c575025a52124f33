"""The composed playlists, seen as a player sees them: whatever happens to runs and servers, numbers only grow."""

import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.media.relay import ffmpeg, playlists, timeline
from streams.media.relay.packager import Packager
from streams.media.relay.timeline import WINDOW_SLOTS, Piece, Timeline, Variant

from .conftest import Recorded

RENDITIONS = ("source", "480p")
VARIANTS = (Variant("source", 1280, 720, "avc1.42c01f"), Variant("480p", 854, 480, "avc1.4d401f"))


@dataclass(frozen=True)
class Seen:
    """A segment as a player knows it."""

    uri: str
    discontinuity: int
    init: str
    at: str


def read(text: str) -> dict[int, Seen]:
    """What RFC 8216 makes of a media playlist, by media sequence number."""
    number = discontinuity = 0
    init = at = ""
    seen = {}
    for line in text.splitlines():
        name, _, value = line.partition(":")
        match name:
            case "#EXT-X-MEDIA-SEQUENCE":
                number = int(value)
            case "#EXT-X-DISCONTINUITY-SEQUENCE":
                discontinuity = int(value)
            case "#EXT-X-DISCONTINUITY":
                discontinuity, init = discontinuity + 1, ""
            case "#EXT-X-MAP":
                init = value
            case "#EXT-X-PROGRAM-DATE-TIME":
                at = value
            case _ if not line.startswith("#"):
                seen[number] = Seen(line, discontinuity, init, at)
                number += 1
    return seen


class Clock:
    """A second goes by whenever somebody looks."""

    now = 1_000_000.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


class Ffmpeg:
    """Writes a run's folder as ffmpeg does: a rendition's segment, then its playlist, which keeps a window."""

    def __init__(self, run: Path, init: bytes) -> None:
        self.run = run
        self.written = dict.fromkeys(RENDITIONS, 0)
        for rendition in RENDITIONS:
            (run / rendition / "init.mp4").write_bytes(init)

    def write(self, rendition: str, seconds: float = 1.0) -> None:
        index = self.written[rendition]
        self.written[rendition] += 1
        folder = self.run / rendition
        (folder / f"{index:06d}.m4s").write_bytes(b"x" * 100)
        listed = range(max(0, index - 29), index + 1)
        lines = [f"#EXTINF:{seconds:.6f},\n{at:06d}.m4s" for at in listed]
        # ffmpeg ends each list as if the stream were over, and begins each at 0.
        (folder / "index.m3u8").write_text("\n".join(["#EXTM3U", *lines, "#EXT-X-ENDLIST"]))


@pytest.fixture(scope="session")
def init_segment(record: Callable[..., Recorded], tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("init")
    command = [ffmpeg.binary(), "-v", "error", "-f", "matroska", "-i", "pipe:0", "-c", "copy"]
    command += ["-strict", "-2", "-f", "hls", "-hls_segment_type", "fmp4", str(folder / "index.m3u8")]
    subprocess.run(command, input=record(seconds=4).data, check=True)
    return (folder / "init.mp4").read_bytes()


# A studio's and a server's day: seconds that one rendition writes before the other, long stretches, drops, and kills.
events = st.lists(
    st.sampled_from(["source", "480p", "both", "both", "stretch", "look", "drop", "kill", "wait"]),
    max_size=40,
)


@settings(max_examples=60, deadline=None)
@given(events=events)
def test_numbers_only_grow_whatever_happens(init_segment, events):
    with TemporaryDirectory() as folder:
        _live_through(Path(folder), init_segment, events)


def _live_through(folder: Path, init_segment: bytes, events: list[str]) -> None:
    clock = Clock()
    packager = Packager(folder, renditions=RENDITIONS, clock=clock)
    encoder = Ffmpeg(packager.start_run(), init_segment)
    history: dict[str, dict[int, Seen]] = {rendition: {} for rendition in RENDITIONS}
    for event in events:
        match event:
            case "source" | "480p":
                encoder.write(event)
            case "both" | "stretch":
                for _ in range(1 if event == "both" else WINDOW_SLOTS // 2):
                    for rendition in RENDITIONS:
                        encoder.write(rendition)
            case "drop":
                encoder = Ffmpeg(packager.start_run(), init_segment)
            case "kill":
                packager = Packager(folder, renditions=RENDITIONS, clock=clock)
            case "wait":
                clock.now += 30
        packager.collect()
        for rendition, known in history.items():
            _look(timeline.load(folder), rendition, known)
    shared = history["source"].keys() & history["480p"].keys()
    assert shared == history["source"].keys() == history["480p"].keys()
    for number in shared:
        assert history["source"][number].discontinuity == history["480p"][number].discontinuity


def _look(state: Timeline, rendition: str, known: dict[int, Seen]) -> None:
    text = playlists.media(state, rendition, prefix=lambda at: "")
    assert "ENDLIST" not in text
    seen = read(text)
    if known and seen:
        # Nothing a player already knows has become something else, and it misses nothing between two looks.
        assert min(seen) >= min(known)
        assert min(seen) <= max(known) + 1
        assert max(seen) >= max(known)
    for number, segment in seen.items():
        assert known.setdefault(number, segment) == segment
        assert segment.init == f'URI="{segment.uri.rpartition("/")[0]}/init.mp4"'
        before = known.get(number - 1)
        if before is not None:
            same_run = before.init == segment.init
            assert segment.discontinuity == before.discontinuity + (0 if same_run else 1)
            assert segment.at >= before.at
    assert len(seen) <= WINDOW_SLOTS


def state_of(*runs: int, seconds: float = 1.0) -> Timeline:
    """One slot for each number, of that run."""
    state = Timeline()
    for number, run in enumerate(runs):
        pieces = dict.fromkeys(RENDITIONS, Piece(seconds, 250_000))
        state = state.with_slot(run=run, index=number, pieces=pieces, variants=VARIANTS, now=1_000.0 + number)
    return state


def test_a_new_run_is_marked_and_names_its_own_init_segment():
    text = playlists.media(state_of(1, 1, 2), "source", prefix=lambda at: f"/seg/{at:.0f}/")
    assert text.splitlines()[6:] == [
        '#EXT-X-MAP:URI="/seg/1000/run-1/source/init.mp4"',
        "#EXT-X-PROGRAM-DATE-TIME:1970-01-01T00:16:39.000Z",
        "#EXTINF:1.000000,",
        "/seg/1000/run-1/source/000000.m4s",
        "#EXT-X-PROGRAM-DATE-TIME:1970-01-01T00:16:40.000Z",
        "#EXTINF:1.000000,",
        "/seg/1001/run-1/source/000001.m4s",
        "#EXT-X-DISCONTINUITY",
        '#EXT-X-MAP:URI="/seg/1002/run-2/source/init.mp4"',
        "#EXT-X-PROGRAM-DATE-TIME:1970-01-01T00:16:41.000Z",
        "#EXTINF:1.000000,",
        "/seg/1002/run-2/source/000002.m4s",
    ]


def test_only_the_end_of_the_stream_ends_the_list():
    state = state_of(1, 1)
    assert "#EXT-X-ENDLIST" not in playlists.media(state, "source", prefix=lambda at: "")
    assert playlists.media(state.with_end(), "source", prefix=lambda at: "").endswith("#EXT-X-ENDLIST\n")


def test_the_target_covers_the_longest_segment():
    assert "#EXT-X-TARGETDURATION:3" in playlists.media(
        state_of(1, seconds=3.4), "source", prefix=lambda at: ""
    )


def test_the_master_names_each_rendition_with_what_it_needs():
    assert _attributes(playlists.master(state_of(1))) == [
        'BANDWIDTH=2000000,CODECS="avc1.42c01f,mp4a.40.2",RESOLUTION=1280x720',
        'BANDWIDTH=2000000,CODECS="avc1.4d401f,mp4a.40.2",RESOLUTION=854x480',
    ]


def _attributes(master: str) -> list[str]:
    return re.findall(r"#EXT-X-STREAM-INF:(.*)", master)


def test_an_unreadable_state_goes_on_above_all_it_had(tmp_path):
    (tmp_path / timeline.STATE_NAME).write_bytes(b'{"next_number": 12, "slo')
    state = timeline.load_or_restart(tmp_path, now=1_700_000_000.0)
    assert state.next_number == state.next_discontinuity == 1_700_000_000


def folders(directory: Path) -> Iterator[str]:
    return (path.name for path in directory.glob("run-*"))


def test_runs_that_no_playlist_names_are_deleted_after_their_keys_died(tmp_path, init_segment):
    clock = Clock()
    packager = Packager(tmp_path, renditions=RENDITIONS, clock=clock)
    packager.start_run()
    encoder = Ffmpeg(packager.start_run(), init_segment)
    for _ in range(WINDOW_SLOTS):
        for rendition in RENDITIONS:
            encoder.write(rendition)
        packager.collect()
    assert set(folders(tmp_path)) == {"run-1", "run-2"}
    clock.now += 40
    for rendition in RENDITIONS:
        encoder.write(rendition)
    packager.collect()
    assert set(folders(tmp_path)) == {"run-2"}
