"""The listener that egress sends to, met by the RTMP of a real ffmpeg and by what is none."""

import asyncio
import subprocess
from contextlib import asynccontextmanager

import pytest

from streams.media.livekit import rtmp
from streams.media.livekit.amf import NotAmf, Value, read, write
from streams.media.livekit.rtmp import FLV_HEADER, RtmpListener
from streams.media.relay import ffmpeg
from streams.media.relay.sniff import UnsupportedMedia, sniff

PUSH = [
    ffmpeg.binary(), "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=640x360:rate=30",
    "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000", "-t", "2", "-c:v", "libx264", "-preset", "ultrafast",
    "-g", "30", "-pix_fmt", "yuv420p", "-c:a", "aac",
]  # fmt: skip


class Kept:
    """A sink that remembers."""

    def __init__(self) -> None:
        self.flv = b""
        self.ended = asyncio.Event()

    def put(self, flv: bytes) -> None:
        self.flv += flv

    def end(self) -> None:
        self.ended.set()


@asynccontextmanager
async def listening():
    """A listener that knows one key, and what came by it."""
    sinks: list[Kept] = []

    def admit(key, connection):
        if key != "good":
            return None
        sinks.append(Kept())
        return sinks[-1]

    listener = RtmpListener(admit)
    port = await listener.listen("127.0.0.1", 0)
    try:
        yield port, sinks
    finally:
        await listener.close()


async def push(port: int, key: str, *more: str) -> int:
    command = [*PUSH, *more, "-f", "flv", f"rtmp://127.0.0.1:{port}/bridge/{key}"]
    process = await asyncio.create_subprocess_exec(
        *command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    return await asyncio.wait_for(process.wait(), 30)


async def test_what_is_pushed_comes_out_whole_as_flv(tmp_path):
    async with listening() as (port, sinks):
        assert await push(port, "good") == 0
        await asyncio.wait_for(sinks[0].ended.wait(), 5)
    recording = sniff(sinks[0].flv[:8000])
    assert recording is not None
    assert (recording.container, recording.width, recording.height) == ("flv", 640, 360)
    assert (recording.has_audio, recording.copyable) == (True, True)
    file = tmp_path / "out.flv"
    file.write_bytes(sinks[0].flv)
    entries = ["-show_entries", "stream=codec_name,nb_read_packets", "-count_packets", "-of", "csv=p=0"]
    done = subprocess.run(["ffprobe", "-v", "error", *entries, str(file)], capture_output=True, text=True)
    assert done.stdout.split()[0] == "h264,60"
    assert done.stdout.split()[1].startswith("aac,")
    assert done.stderr == ""


async def test_without_sound_it_says_so():
    async with listening() as (port, sinks):
        await push(port, "good", "-an")
        await asyncio.wait_for(sinks[0].ended.wait(), 5)
    recording = sniff(sinks[0].flv)
    assert recording is not None
    assert not recording.has_audio


async def test_nobody_comes_without_a_key_that_is_known():
    async with listening() as (port, sinks):
        assert await push(port, "guess") != 0
        assert sinks == []


async def hung_up_on(port: int, said: bytes) -> bool:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(said)
        while await asyncio.wait_for(reader.read(65536), 5):
            pass
    except ConnectionError:
        return True
    finally:
        writer.close()
    return True


HELLO = b"\x03" + bytes(1536) + bytes(1536)


@pytest.mark.parametrize(
    "said",
    [
        b"GET / HTTP/1.1\r\n\r\n" + bytes(3000),
        HELLO + b"\x02" + bytes(3) + b"\xff\xff\xff\x14" + bytes(4),  # a message of 16 MB
        HELLO
        + b"\x02"
        + bytes(3)
        + b"\x00\x00\x04\x01"
        + bytes(4)
        + b"\x00\x00\x00\x00",  # chunks of nothing
        HELLO + b"\x03" + bytes(3) + b"\x00\x00\x03\x14" + bytes(4) + b"\xff\xff\xff",  # a command in no AMF
    ],
)
async def test_what_is_no_publisher_is_hung_up_on(said):
    async with listening() as (port, _):
        assert await hung_up_on(port, said)


async def test_silence_ends_it(monkeypatch):
    monkeypatch.setattr(rtmp, "GREETING_SECONDS", 0.2)
    async with listening() as (port, _):
        assert await hung_up_on(port, b"\x03")


async def test_there_is_an_end_to_connections(monkeypatch):
    monkeypatch.setattr(rtmp, "MOST_CONNECTIONS", 1)
    async with listening() as (port, _):
        first = await asyncio.open_connection("127.0.0.1", port)
        first[1].write(b"\x03")
        assert await hung_up_on(port, b"")
        first[1].close()


def test_amf_reads_what_it_writes():
    values: list[Value] = ["connect", 1.0, {"app": "bridge", "tcUrl": "rtmp://x/y"}, None, True]
    assert read(write(*values)) == values


@pytest.mark.parametrize(
    "data", [b"\x02\x00\x09abc", b"\x00\x01", b"\x63", b"\x03\x00\x01a\x03" * 20, b"\x0a\xff\xff\xff\xff"]
)
def test_amf_that_is_broken_is_refused(data):
    with pytest.raises(NotAmf):
        read(data)


def test_pictures_that_are_not_h264_are_refused():
    vp6 = b"\x09\x00\x00\x02" + bytes(7) + b"\x14\x00" + bytes(4)
    with pytest.raises(UnsupportedMedia):
        sniff(FLV_HEADER + vp6)
