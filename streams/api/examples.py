"""What requests and answers look like, for readers of the schema."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

_STREAM = "0199fc4c-6d1e-7a52-9c0b-2f6d1d1b7a10"
_SESSION = "5f0e2c1a-9b7d-8e3f-a1c4-0d9e8f7a6b5c"

_CARD: dict[str, Any] = {
    "id": _STREAM,
    "url": f"/stream/{_STREAM}",
    "title": "Cello in the rain",
    "status": "live",
    "visibility": "public",
    "tags": ["music", "cello"],
    "mature": False,
    "ticketed": False,
    "paused": False,
    "creator": {
        "id": "0199fc4c-0b7e-7c11-8a55-6f1a2b3c4d5e",
        "username": "alice",
        "display_name": "Alice",
        "avatar_url": None,
    },
    "viewers": {"current": 128, "peak": 301, "total": 940},
    "gifts_total_coins": 0,
    "scheduled_at": None,
    "started_at": "2026-11-20T19:00:04Z",
    "ended_at": None,
    "duration_seconds": None,
    "thumbnail": {
        "small": "/media/thumbnails/a/small.webp",
        "medium": "/media/thumbnails/a/medium.webp",
        "large": "/media/thumbnails/a/large.webp",
    },
}
_WHOLE = {
    **_CARD,
    "description": "An hour of Bach, and then whatever you ask for.",
    "room_name": f"stream-{_STREAM.replace('-', '')}",
    "end_reason": "",
}
_PREPARED = {
    **_WHOLE,
    "status": "scheduled",
    "viewers": {"current": 0, "peak": 0, "total": 0},
    "started_at": None,
    "thumbnail": None,
}
_HLS: dict[str, Any] = {
    "kind": "hls",
    "url": f"/hls/{_STREAM}/c2lnbmVk/master.m3u8",
    "token": None,
    "identity": None,
    "kinds": ["hls"],
}
_WEBRTC: dict[str, Any] = {
    "kind": "webrtc",
    "url": "wss://busk.example",
    "token": "eyJhbGci…",
    "identity": "viewer-0c7f2a9d41b86e35f0a1b2c3",
    "kinds": ["webrtc", "hls"],
}


def _asked(name: str, value: Any) -> OpenApiExample:
    return OpenApiExample(name, value=value, request_only=True)


def _answered(name: str, value: Any, status: str = "200") -> OpenApiExample:
    return OpenApiExample(name, value=value, response_only=True, status_codes=[status])


CREATE = [
    _asked(
        "A public stream", {"title": "Cello in the rain", "tags": ["music", "cello"], "visibility": "public"}
    ),
    _answered("The first stream", {**_PREPARED, "stream_key": "busk_live_4fJq…"}, "201"),
    _answered("Too many", {"code": "too_many_streams", "details": {"limit": 2, "streams": [_STREAM]}}, "409"),
]
STREAM = [_answered("On air", _WHOLE)]
CARDS = [_answered("One page", {"next": None, "previous": None, "results": [_CARD]})]
JOIN = [
    _asked("From somewhere", {"referrer": "https://example.org/tonight"}),
    _answered(
        "On air",
        {
            "session_id": _SESSION,
            "ws_url": f"/ws/streams/{_STREAM}/?pass=eyJyb29t…",
            "playback": _HLS,
            "admission": None,
            "stream": _WHOLE,
            "hidden_people": [],
        },
    ),
    _answered("For followers", {"code": "followers_only", "details": {"help": "follow"}}, "403"),
]
TOKEN = [
    _answered(
        "With LiveKit",
        {
            "playback": _WEBRTC,
            "expires_at": "2026-11-20T19:02:00Z",
            "token": _WEBRTC["token"],
            "wsUrl": _WEBRTC["url"],
            "admission": {"preview_ends_at": "2026-11-20T19:01:00Z"},
        },
    ),
    _answered(
        "With the relay",
        {
            "playback": _HLS,
            "expires_at": "2026-11-21T03:01:00Z",
            "token": None,
            "wsUrl": None,
            "admission": None,
        },
    ),
    _answered("Too often", {"code": "rate_limited", "details": {"retry_after_seconds": 17}}, "429"),
]
BROADCAST_TOKEN = [
    _answered(
        "The relay",
        {
            "ingest": {
                "url": f"/ws/ingest/{_STREAM}/?pass=eyJzdHJl…",
                "max_frame_bytes": 32768,
                "ack_window_seconds": 2.0,
                "bitrates": [2500000, 1500000, 800000],
            },
            "room": None,
            "expires_at": "2026-11-20T19:01:00Z",
            "token": None,
            "wsUrl": None,
        },
    ),
    _answered(
        "LiveKit",
        {
            "ingest": None,
            "room": {
                "url": "wss://busk.example",
                "token": "eyJhbGci…",
                "identity": "broadcaster-5b1e0f0a9c3d4e7f81a2b3c4",
                "height_most": 1080,
                "bitrate_most": 4500000,
            },
            "expires_at": "2026-11-20T19:02:00Z",
            "token": "eyJhbGci…",
            "wsUrl": "wss://busk.example",
        },
    ),
]
GUIDE_TOKEN = [
    _asked("To watch", {"roomName": _WHOLE["room_name"], "role": "viewer"}),
    _asked("To broadcast", {"roomName": _WHOLE["room_name"], "role": "broadcaster"}),
    _answered(
        "To watch",
        {
            "token": "eyJyb29t…",
            "wsUrl": f"wss://busk.example/ws/streams/{_STREAM}/?pass=eyJyb29t…",
            "playbackUrl": f"https://busk.example{_HLS['url']}",
        },
    ),
]
GUIDE_CREATE = [
    _asked("A stream", {"title": "Cello in the rain", "description": "An hour of Bach."}),
    _answered(
        "The first stream",
        {
            "id": _STREAM,
            "slug": "alice",
            "title": "Cello in the rain",
            "roomName": _WHOLE["room_name"],
            "active": False,
            "streamKey": "busk_live_4fJq…",
        },
        "201",
    ),
]
GUIDE_SWITCH = [
    _asked("On", {"active": True}),
    _asked("Off", {"active": False}),
    _answered("No pictures yet", {"id": _STREAM, "active": False, "state": "starting"}),
    _answered("Which one?", {"code": "which_stream", "details": {"streams": [_STREAM]}}, "409"),
]
GUIDE_SEARCH = [
    _asked("A creator's", {"slug": "alice"}),
    _asked("Around here", {"latitude": 48.2, "longitude": 16.4, "page": 1, "limit": 20}),
    _answered("None", {"streams": [], "total": 0, "totalPages": 0}),
]
