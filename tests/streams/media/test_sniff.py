"""A recording's header says what it is; its name is not asked."""

import subprocess

import pytest

from streams.media.relay import ffmpeg
from streams.media.relay.sniff import HEADER_BYTES, UnsupportedMedia, sniff


@pytest.mark.parametrize(
    ("codec", "size", "audio", "copyable"),
    [
        ("h264", (640, 360), True, True),
        ("vp8", (640, 360), True, False),
        ("vp9", (360, 640), False, False),
    ],
)
def test_matroska_headers_are_read(record, codec, size, audio, copyable):
    found = sniff(record(codec=codec, size=size, audio=audio, seconds=1).data[:4096])
    assert found is not None
    assert (found.container, found.video_codec, found.width, found.height) == ("matroska", codec, *size)
    assert (found.has_audio, found.copyable) == (audio, copyable)


def as_chromium_writes_it(data: bytes) -> bytes:
    """The same recording with its description in front of the pictures instead of in the header."""
    command = [ffmpeg.binary(), "-v", "error", "-f", "matroska", "-i", "pipe:0", "-c", "copy", "-an"]
    command += ["-bsf:v", "h264_mp4toannexb", "-f", "h264", "pipe:1"]
    pictures = subprocess.run(command, input=data, stdout=subprocess.PIPE, check=True).stdout
    # The EBML header, a segment of unknown size, one video track without CodecPrivate, a cluster with the pictures.
    video = b"\xe0\x88\xb0\x82\x02\x80\xba\x82\x01\x68"
    codec = b"\x86\x8fV_MPEG4/ISO/AVC"
    entry = codec + video
    tracks = b"\xae" + bytes([0x80 | len(entry)]) + entry
    segment = b"\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff"
    header = b"\x1a\x45\xdf\xa3\x80" + segment + b"\x16\x54\xae\x6b" + bytes([0x80 | len(tracks)]) + tracks
    return (
        header
        + b"\x1f\x43\xb6\x75\x01\xff\xff\xff\xff\xff\xff\xff"
        + b"\xa3\x41\x00\x81\x00\x00\x80"
        + pictures
    )


def test_a_description_among_the_pictures_is_found(record):
    data = as_chromium_writes_it(record(seconds=1).data)
    found = sniff(data[:4096])
    assert found is not None
    assert (found.video_codec, found.width, found.height, found.copyable) == ("h264", 640, 360, True)
    assert sniff(data[:90]) is None, "the pictures have not come yet"


def test_pictures_that_never_describe_themselves_are_drawn_anew(record):
    data = as_chromium_writes_it(record(seconds=1).data)[:90] + bytes(HEADER_BYTES)
    found = sniff(data)
    assert found is not None
    assert not found.copyable


def test_mp4_headers_are_read(record):
    command = [
        ffmpeg.binary(),
        "-v",
        "error",
        "-f",
        "matroska",
        "-i",
        "pipe:0",
        "-c",
        "copy",
        "-strict",
        "-2",
    ]
    command += ["-f", "mp4", "-movflags", "frag_keyframe+empty_moov+default_base_moof", "pipe:1"]
    data = subprocess.run(command, input=record(seconds=1).data, stdout=subprocess.PIPE, check=True).stdout
    found = sniff(data[:8192])
    assert found is not None
    assert (found.container, found.video_codec, found.width, found.height) == ("mp4", "h264", 640, 360)
    assert found.has_audio
    assert found.copyable


def test_each_beginning_of_a_header_asks_for_more(record):
    data = record(seconds=1).data
    whole = next(size for size in range(1, 4096) if sniff(data[:size]) is not None)
    assert 100 < whole < 2000
    assert all(sniff(data[:size]) is None for size in range(whole))


def test_ten_bit_pictures_are_not_passed_on(record):
    data = bytearray(record(seconds=1).data[:4096])
    # The profile is the second byte of avcC, which starts with version 1 and Constrained Baseline.
    at = data.index(bytes([1, 66, 192]))
    data[at + 1] = 110
    found = sniff(bytes(data))
    assert found is not None
    assert not found.copyable


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"RIFF....WEBP....", "container"),
        (b"\x1a\x45\xdf\xa3" + bytes(HEADER_BYTES), "header"),
        (b"\x00\x00\x00\x14ftypisom" + bytes(HEADER_BYTES), "header"),
    ],
)
def test_what_is_no_recording_is_refused(data, reason):
    with pytest.raises(UnsupportedMedia) as refusal:
        sniff(data)
    assert refusal.value.details == {"reason": reason}


def test_sound_alone_is_refused():
    command = [ffmpeg.binary(), "-v", "error", "-f", "lavfi", "-i", "sine", "-t", "1", "-c:a", "libopus"]
    data = subprocess.run([*command, "-f", "webm", "pipe:1"], stdout=subprocess.PIPE, check=True).stdout
    with pytest.raises(UnsupportedMedia) as refusal:
        sniff(data)
    assert refusal.value.details == {"reason": "no_video"}
