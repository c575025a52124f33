"""A frame of what is on air."""

import subprocess
from uuid import UUID

import msgspec

from core.errors import NotFound

from . import timeline
from .ffmpeg import INIT_NAME, SEGMENT_PATTERN, binary, polite
from .stages import stream_directory

_PATIENCE_SECONDS = 10
_SIZE = r"scale=min(1280\,iw):min(720\,ih):force_original_aspect_ratio=decrease"


def grab(stream_id: UUID) -> bytes:
    """The first picture of the newest second, as JPEG of at most 1280 x 720. Raises: NotFound when there is none."""
    directory = stream_directory(stream_id)
    try:
        slots = timeline.load(directory).slots
    except msgspec.DecodeError:
        slots = ()
    if not slots:
        raise NotFound(what="frame")
    folder = directory / f"run-{slots[-1].run}" / next(iter(slots[-1].pieces))
    try:
        second = (folder / INIT_NAME).read_bytes() + (
            folder / (SEGMENT_PATTERN % slots[-1].index)
        ).read_bytes()
    except FileNotFoundError:  # this moment's segment went while we looked
        raise NotFound(what="frame")
    command = [
        *polite(), binary(), "-hide_banner", "-nostdin", "-loglevel", "error",
        "-protocol_whitelist", "pipe", "-f", "mp4", "-i", "pipe:0",
        "-map", "0:v:0", "-frames:v", "1", "-vf", _SIZE, "-f", "image2pipe", "-c:v", "mjpeg", "-q:v", "3", "pipe:1",
    ]  # fmt: skip
    try:
        done = subprocess.run(  # noqa: S603 - our own words, none of them from outside
            command, input=second, capture_output=True, timeout=_PATIENCE_SECONDS, check=True
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        raise NotFound(what="frame")
    return done.stdout
