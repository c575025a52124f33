"""ISO BMFF (MP4) boxes, as far as tracks, picture sizes and codec strings need them.

Source: ISO/IEC 14496-12 (boxes, sample entries) and 14496-15 (avcC).
"""

from collections.abc import Iterator
from dataclasses import dataclass

_CONTAINERS = (b"moov", b"trak", b"mdia", b"minf", b"stbl")
# A video sample entry: 8 bytes common to all, 16 predefined, then width and height; its boxes follow at 78.
_WIDTH_AT, _VIDEO_BOXES_AT = 24, 78


@dataclass(frozen=True)
class Track:
    """``format`` is the sample entry's name, such as avc1; ``avc_config`` the avcC box's content, or b""."""

    kind: str  # "video", "audio" or "other"
    format: str
    width: int = 0
    height: int = 0
    avc_config: bytes = b""


def boxes(data: bytes, start: int = 0, end: int | None = None) -> Iterator[tuple[bytes, int, int]]:
    """Each box between two offsets as (type, start of its content, end), up to the first that is not whole."""
    end = len(data) if end is None else end
    while start + 8 <= end:
        size, kind, content = (
            int.from_bytes(data[start : start + 4], "big"),
            data[start + 4 : start + 8],
            start + 8,
        )
        if size == 1:
            size, content = int.from_bytes(data[start + 8 : start + 16], "big"), start + 16
        if size < content - start or start + size > end:
            return
        yield kind, content, start + size
        start += size


def tracks(data: bytes) -> list[Track] | None:
    """The tracks of a file that starts with ``data``; None while its moov box is not whole."""
    for kind, start, end in boxes(data):
        if kind == b"moov":
            return [_track(data, *trak) for name, *trak in boxes(data, start, end) if name == b"trak"]
    return None


def codec_string(track: Track) -> str:
    """What CODECS says of an H.264 track. Source: RFC 6381, section 3.3."""
    return f"avc1.{track.avc_config[1:4].hex()}"


def _track(data: bytes, start: int, end: int) -> Track:
    found = {kind: (content, stop) for kind, content, stop in _descend(data, start, end)}
    handler, entries = found.get(b"hdlr"), found.get(b"stsd")
    if handler is None or entries is None:
        return Track(kind="other", format="")
    kind = {b"vide": "video", b"soun": "audio"}.get(data[handler[0] + 8 : handler[0] + 12], "other")
    for name, content, stop in boxes(data, entries[0] + 8, entries[1]):
        sample_format = name.decode("latin-1")
        if kind != "video":
            return Track(kind=kind, format=sample_format)
        size = data[content + _WIDTH_AT : content + _WIDTH_AT + 4]
        inner = {box: data[at:until] for box, at, until in boxes(data, content + _VIDEO_BOXES_AT, stop)}
        return Track(
            kind=kind,
            format=sample_format,
            width=int.from_bytes(size[:2], "big"),
            height=int.from_bytes(size[2:], "big"),
            avc_config=inner.get(b"avcC", b""),
        )
    return Track(kind=kind, format="")


def _descend(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    for kind, content, stop in boxes(data, start, end):
        yield kind, content, stop
        if kind in _CONTAINERS:
            yield from _descend(data, content, stop)
