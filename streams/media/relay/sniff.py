"""What a recording really is, read from its first bytes.

The name a browser gives its recording is a wish (``video/webm;codecs=h264`` arrives as Matroska), and the size
it declares is that of the camera, not of the turned phone. The header knows.
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from core.errors import DomainError

from . import boxes

# Browsers' headers are below 1 KB; a recording that shows no tracks in this much is none.
HEADER_BYTES = 64 * 1024
_EBML_MAGIC = b"\x1a\x45\xdf\xa3"
# Matroska element ids. Source: RFC 9559, section 5.1.
_SEGMENT, _CLUSTER, _TRACKS, _TRACK_ENTRY = 0x18538067, 0x1F43B675, 0x1654AE6B, 0xAE
_CODEC_ID, _CODEC_PRIVATE, _VIDEO, _PIXEL_WIDTH, _PIXEL_HEIGHT = 0x86, 0x63A2, 0xE0, 0xB0, 0xBA
_MATROSKA_VIDEO = {
    "V_MPEG4/ISO/AVC": "h264",
    "V_MPEGH/ISO/HEVC": "hevc",
    "V_VP8": "vp8",
    "V_VP9": "vp9",
    "V_AV1": "av1",
}
_MP4_VIDEO = {
    "avc1": "h264",
    "avc3": "h264",
    "hvc1": "hevc",
    "hev1": "hevc",
    "vp08": "vp8",
    "vp09": "vp9",
    "av01": "av1",
}
# The sequence parameter set of H.264 as a byte stream; the byte after its type is the profile. Chromium describes
# its recordings only there. Source: ITU-T H.264, section 7.3.2.1.1 and annex B.
_SPS = re.compile(rb"\x00\x00\x01[\x07\x27\x47\x67](...)", re.DOTALL)
# Baseline, Main and High in 8 bits, 4:2:0: what every browser plays, so what may be passed on as it is.
_PLAYABLE_PROFILES = {66, 77, 100}
_LARGEST_SIDE = 7680


class UnsupportedMedia(DomainError):
    """The recording cannot be put on air; ``details.reason`` says why. The studio tries another format."""

    code = "unsupported_media"
    http_status = 415


# FLV: where tags begin, and tags by kind; H.264 among the codecs, and what is no picture but its description.
# Source: Adobe, "Video File Format Specification", annex E.
_FLV_MAGIC, _FLV_TAGS_AT, _FLV_TAG_HEADER = b"FLV\x01", 13, 11
_FLV_AUDIO, _FLV_VIDEO, _FLV_SCRIPT, _FLV_H264 = 8, 9, 18, 7


@dataclass(frozen=True)
class Recording:
    container: str  # ffmpeg's name of the demuxer
    video_codec: str
    width: int
    height: int
    has_audio: bool
    # Whether its pictures can go to viewers untouched.
    copyable: bool


def sniff(head: bytes) -> Recording | None:
    """The recording that starts with ``head``, or None when more bytes are needed. Raises: UnsupportedMedia."""
    if head.startswith(_EBML_MAGIC):
        found = _matroska(head)
    elif head.startswith(_FLV_MAGIC):
        found = _flv(head)
    elif len(head) < 12:
        return None
    elif head[4:8] == b"ftyp":
        found = _mp4(head)
    else:
        raise UnsupportedMedia(reason="container")
    if found is None and len(head) >= HEADER_BYTES:
        raise UnsupportedMedia(reason="header")
    return found


def _recording(
    *, container: str, codec: str | None, size: tuple[int, int], audio: bool, avc: bytes
) -> Recording:
    if codec is None:
        raise UnsupportedMedia(reason="no_video")
    if not all(16 <= side <= _LARGEST_SIDE for side in size):
        raise UnsupportedMedia(reason="picture_size")
    copyable = codec == "h264" and len(avc) > 3 and avc[1] in _PLAYABLE_PROFILES
    return Recording(container, codec, *size, has_audio=audio, copyable=copyable)


def _mp4(head: bytes) -> Recording | None:
    tracks = boxes.tracks(head)
    if tracks is None:
        return None
    video = next((track for track in tracks if track.kind == "video"), boxes.Track("video", ""))
    return _recording(
        container="mp4",
        codec=_MP4_VIDEO.get(video.format),
        size=(video.width, video.height),
        audio=any(track.kind == "audio" for track in tracks),
        avc=video.avc_config,
    )


def _flv(head: bytes) -> Recording | None:
    """The script tag, which comes first, says what there is; the first picture's tag describes H.264."""
    about, at, audio = b"", _FLV_TAGS_AT, False
    while at + _FLV_TAG_HEADER <= len(head):
        kind, start = head[at], at + _FLV_TAG_HEADER
        end = start + int.from_bytes(head[at + 1 : at + 4], "big")
        if end > len(head):
            return None
        if kind == _FLV_SCRIPT:
            about = head[start:end]
        elif kind == _FLV_AUDIO:
            audio = True
        elif kind == _FLV_VIDEO:
            described = head[start + 1] == 0
            return _recording(
                container="flv",
                codec="h264" if head[start] & 0x0F == _FLV_H264 and described else None,
                size=(_flv_number(about, b"width"), _flv_number(about, b"height")),
                audio=audio or b"audiocodecid" in about,
                avc=head[start + 5 : end],
            )
        at = end + 4
    return None


def _flv_number(about: bytes, name: bytes) -> int:
    """A property of the script tag: its name with its length, 0 for a number, and the number."""
    at = about.find(struct.pack(">H", len(name)) + name + b"\x00")
    value = about[at + 3 + len(name) :][:8] if at >= 0 else b""
    number = struct.unpack(">d", value)[0] if len(value) == 8 else 0.0
    return int(number) if 0 <= number <= _LARGEST_SIDE else 0


def _matroska(head: bytes) -> Recording | None:
    for element, start, end in _elements(head, 0, len(head), into=(_SEGMENT,)):
        if element == _CLUSTER:
            raise UnsupportedMedia(reason="no_tracks")
        if element == _TRACKS and end <= len(head):
            return _matroska_tracks(head, start, end, pictures=head[end:])
    return None


def _matroska_tracks(head: bytes, start: int, end: int, *, pictures: bytes) -> Recording | None:
    codec: str | None = None
    width, height, avc, audio = 0, 0, b"", False
    for element, entry_start, entry_end in _elements(head, start, end):
        if element != _TRACK_ENTRY:
            continue
        fields = {
            field: head[at:until]
            for field, at, until in _elements(head, entry_start, entry_end, into=(_VIDEO,))
        }
        name = fields.get(_CODEC_ID, b"").decode("latin-1").rstrip("\0")
        if codec is None and name in _MATROSKA_VIDEO:
            codec, avc = _MATROSKA_VIDEO[name], fields.get(_CODEC_PRIVATE, b"")
            width, height = (
                int.from_bytes(fields.get(side, b""), "big") for side in (_PIXEL_WIDTH, _PIXEL_HEIGHT)
            )
        audio = audio or name.startswith("A_")
    if codec == "h264" and not avc:
        if found := _SPS.search(pictures):
            avc = b"\x01" + found[1]
        elif len(head) < HEADER_BYTES:
            return None
    return _recording(container="matroska", codec=codec, size=(width, height), audio=audio, avc=avc)


def _elements(
    data: bytes, start: int, end: int, *, into: tuple[int, ...] = ()
) -> Iterator[tuple[int, int, int]]:
    """EBML elements as (id, start of content, end); those named in ``into`` are entered instead of passed over."""
    while start < end:
        element, start = _number(data, start, keep_marker=True)
        size, start = _number(data, start, keep_marker=False)
        if start > end or element == 0:
            return
        stop = end if size is None else start + size
        if element in into:
            yield from _elements(data, start, min(stop, end))
        else:
            yield element or 0, start, stop
        start = stop


def _number(data: bytes, at: int, *, keep_marker: bool) -> tuple[int | None, int]:
    """A variable-length number (None for "unknown size") and where it ends; past the end when it is not whole."""
    if at >= len(data) or data[at] == 0:
        return 0, len(data) + 1
    length = 9 - data[at].bit_length()
    value = int.from_bytes(data[at : at + length], "big")
    if not keep_marker:
        value &= (1 << 7 * length) - 1
        if value == (1 << 7 * length) - 1:
            return None, at + length
    return value, at + length
