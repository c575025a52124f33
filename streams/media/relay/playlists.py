"""HLS playlists as text: ffmpeg's read, Busk's written. Source: RFC 8216."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from .ffmpeg import INIT_NAME, SEGMENT_PATTERN
from .ladder import AUDIO_BPS
from .timeline import Slot, Timeline

AUDIO_CODEC = "mp4a.40.2"


@dataclass(frozen=True)
class Written:
    """A segment that ffmpeg has finished."""

    index: int
    seconds: float


def segments_written(playlist: str) -> Iterator[Written]:
    """What an ffmpeg playlist lists, oldest first. Segments are named by their index."""
    seconds = 0.0
    for line in playlist.splitlines():
        if line.startswith("#EXTINF:"):
            seconds = float(line.removeprefix("#EXTINF:").rstrip(","))
        elif line and not line.startswith("#"):
            yield Written(index=int(line.partition(".")[0]), seconds=seconds)


def master(timeline: Timeline) -> str:
    """The list of renditions. BANDWIDTH is the most that any second of the window took."""
    lines = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS"]
    for variant in timeline.variants:
        pieces = [slot.pieces[variant.name] for slot in timeline.slots if variant.name in slot.pieces]
        peak = max(
            (8 * piece.size_bytes / max(piece.seconds, 0.1) for piece in pieces), default=2 * AUDIO_BPS
        )
        lines.append(
            f'#EXT-X-STREAM-INF:BANDWIDTH={int(peak)},CODECS="{variant.codecs},{AUDIO_CODEC}",'
            f"RESOLUTION={variant.width}x{variant.height}"
        )
        lines.append(f"{variant.name}.m3u8")
    return "\n".join(lines) + "\n"


def media(timeline: Timeline, rendition: str, *, prefix: Callable[[float], str]) -> str:
    """The media playlist of one rendition.

    ``prefix`` says what goes before ``run-1/source/000001.m4s`` of a slot published at some time. It must say the same
    whenever it is asked: players refuse a list in which a known segment has another address.
    A discontinuity is marked between two slots of different runs. The oldest slot needs no mark: its number in
    EXT-X-DISCONTINUITY-SEQUENCE says the same.
    """
    slots = [slot for slot in timeline.slots if rendition in slot.pieces]
    longest = max((slot.pieces[rendition].seconds for slot in slots), default=1.0)
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        f"#EXT-X-TARGETDURATION:{max(1, round(longest))}",
        f"#EXT-X-MEDIA-SEQUENCE:{slots[0].number if slots else timeline.next_number}",
        f"#EXT-X-DISCONTINUITY-SEQUENCE:{slots[0].discontinuity if slots else timeline.next_discontinuity}",
        "#EXT-X-INDEPENDENT-SEGMENTS",
    ]
    before: Slot | None = None
    for slot in slots:
        folder = f"run-{slot.run}/{rendition}/"
        if before is None or before.run != slot.run:
            if before is not None:
                lines.append("#EXT-X-DISCONTINUITY")
            lines.append(f'#EXT-X-MAP:URI="{prefix(slot.run_published_at)}{folder}{INIT_NAME}"')
        lines.append(f"#EXT-X-PROGRAM-DATE-TIME:{_date(slot.at)}")
        lines.append(f"#EXTINF:{slot.pieces[rendition].seconds:.6f},")
        lines.append(f"{prefix(slot.published_at)}{folder}{SEGMENT_PATTERN % slot.index}")
        before = slot
    if timeline.ended:
        lines.append("#EXT-X-ENDLIST")
    return "\n".join(lines) + "\n"


def _date(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
