"""The ffmpeg command of one run, and where the program is."""

import shutil
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from django.conf import settings

from .ladder import AUDIO_BPS, Rendition
from .sniff import Recording

SEGMENT_SECONDS = 1
INIT_NAME, PLAYLIST_NAME, SEGMENT_PATTERN = "init.mp4", "index.m3u8", "%06d.m4s"
# Cut at any key frame that is this far on. Key frames come once a second, give or take: asking for a whole second
# would let one that came 20 ms early pass, and the segment grow to two. Far below it, too, every rendition cuts at
# the same key frames, though they measure from starts that differ by a few milliseconds.
_CUT_AFTER_SECONDS = 0.3
# ffmpeg deletes what is older, so a run's disk is bounded whatever becomes of this process.
_KEPT_SEGMENTS = 30
# More than this while someone sends a hostile picture helps nobody.
_LARGEST_SOURCE = 1080
_RATE = "30"


@cache
def binary() -> str:
    """The ffmpeg to run: ``FFMPEG_BINARY``, else the one in the imageio-ffmpeg wheel, else the system's."""
    if settings.FFMPEG_BINARY:
        return str(settings.FFMPEG_BINARY)
    try:
        from imageio_ffmpeg import get_ffmpeg_exe
    except ImportError:
        return shutil.which("ffmpeg") or "ffmpeg"
    return str(get_ffmpeg_exe())


def polite() -> list[str]:
    """What goes before the program so that pictures never take the processor from the rooms."""
    nice = shutil.which("nice")
    return [nice, "-n", "5"] if nice else []


def run_command(*, recording: Recording, renditions: Sequence[Rendition], directory: Path) -> list[str]:
    """Reads the recording on stdin and writes each rendition into its own folder of ``directory``.

    Ends by itself when stdin ends, so also when this process is killed; then the last segment is written whole.
    """
    command = [
        *polite(), binary(), "-hide_banner", "-nostdin", "-loglevel", "warning",
        # Names and sizes are in the header: ffmpeg need not study seconds of pictures before it starts.
        "-fflags", "+genpts", "-probesize", "128k", "-analyzeduration", "500000", "-fpsprobesize", "0",
        # A hostile recording can name no file and no host.
        "-protocol_whitelist", "pipe", "-f", recording.container, "-i", "pipe:0",
    ]  # fmt: skip
    sound = "0:a:0"
    if not recording.has_audio:
        # Silence, so that every run has the same tracks: players cannot drop one in the middle of a stream.
        command += ["-f", "lavfi", "-i", "anullsrc=channel_layout=stereo:sample_rate=48000"]
        sound = "1:a:0"
    for rendition in renditions:
        command += ["-map", "0:v:0", "-map", sound, *_video(recording, rendition), *_audio(recording)]
        command += _hls(directory / rendition.name)
    return command


def _video(recording: Recording, rendition: Rendition) -> list[str]:
    if rendition.height is None and recording.copyable:
        return ["-c:v", "copy"]
    if rendition.height is None:
        rendition = Rendition(name=rendition.name, height=_LARGEST_SOURCE, video_bps=rendition.video_bps)
    width, height = rendition.size(recording.width, recording.height)
    # Renditions must be cut at the same pictures, since they share their numbering.
    if recording.copyable:
        # At the pictures of the copied source, at their own times: cameras have no steady rate. x264 has to be told
        # one all the same: from times in milliseconds it concludes 1,000 pictures per second, gives each its share
        # of the bitrate, and after ten seconds has none left and draws grey.
        pace = ["-force_key_frames", "source", "-fps_mode", "vfr", "-enc_time_base:v", "demux"]
        pace += ["-x264-params", f"fps={_RATE}"]
    else:
        # A steady rate fills the gaps of a busy encoder, at whose ends browsers would stall.
        pace = [
            "-force_key_frames",
            f"expr:gte(t,n_forced*{SEGMENT_SECONDS})",
            "-fps_mode",
            "cfr",
            "-r",
            _RATE,
        ]
    return [
        # A fixed size: the camera of a call may change its own in the middle of a recording.
        "-vf", f"scale={width}:{height},setsar=1,format=yuv420p",
        *pace, "-c:v", "libx264", "-preset", "veryfast", "-tune", "zerolatency", "-profile:v", "main",
        "-g", "9999", "-sc_threshold", "0",
        "-crf", "23", "-maxrate", str(rendition.video_bps), "-bufsize", str(rendition.video_bps),
    ]  # fmt: skip


def _audio(recording: Recording) -> list[str]:
    sound = ["-c:a", "aac", "-b:a", str(AUDIO_BPS), "-ar", "48000", "-ac", "2"]
    if not recording.has_audio:
        return [*sound, "-shortest"]
    # Starts where the picture starts and fills holes: a gap or a late first sound stalls players for good.
    return ["-af", "aresample=async=1:first_pts=0", *sound]


def _hls(directory: Path) -> list[str]:
    return [
        "-f", "hls", "-hls_time", str(_CUT_AFTER_SECONDS), "-hls_list_size", str(_KEPT_SEGMENTS),
        "-hls_segment_type", "fmp4", "-hls_flags", "delete_segments+independent_segments+temp_file",
        "-hls_fmp4_init_filename", INIT_NAME, "-hls_segment_filename", str(directory / SEGMENT_PATTERN),
        str(directory / PLAYLIST_NAME),
    ]  # fmt: skip
