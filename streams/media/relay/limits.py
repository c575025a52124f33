"""What one ingest may take, and how long things may be silent."""

# Daphne and uvicorn close a socket at messages above 64 KB.
MAX_FRAME_BYTES = 32 * 1024
# Waiting for ffmpeg, per ingest; beyond it the recording starts again, at a lower bitrate.
BUFFER_BYTES = 4 * 1024 * 1024
# A studio that has more than this unacknowledged begins a new recording.
ACK_WINDOW_SECONDS = 2.0
# What the studio may try, best first.
BITRATES = (2_500_000, 1_500_000, 800_000)
# ffmpeg is fed no faster, so a flood fills this ingest's own buffer and no disk.
INGEST_BPS, INGEST_BURST_SECONDS = 20_000_000, 5.0
# Without a whole segment for this long the broadcast counts as lost...
LOST_AFTER_SECONDS = 6.0
# ...and with bytes arriving all the while, the recording has no key frames: it must start again.
NO_SEGMENT_SECONDS = 12.0
# A socket without a byte or a word for this long is dead.
SILENT_SECONDS = 20.0
# New recordings one socket may start in a minute.
STARTS_PER_MINUTE = 12
# How long ffmpeg may take to write its last segment once its input ended.
FINISH_SECONDS = 5.0
# How often ffmpeg's playlists are looked at, and the stream's state is told and asked.
COLLECT_SECONDS, REPORT_SECONDS = 0.1, 2.0
