"""Playlists and segments, served before Django: ``/hls/<stream>/<pass>/...`` and ``/seg/<stream>/<key>/...``.

- ``/hls/<stream>/<pass>/master.m3u8``: once per player; never cached
- ``/hls/<stream>/<pass>/<rendition>.m3u8``: each second, per player; never cached
- ``/seg/<stream>/<key>/run-<n>/<rendition>/<name>``: the same for all viewers; cacheable while the key opens
"""

import json
import re
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings

from core.errors import Busy
from streams.sessions import media_seen

from . import playlists, timeline
from .ffmpeg import INIT_NAME
from .gate import Gate, Gates, gates
from .passes import playlist_pass_read, segment_key, segment_key_read
from .segments import HotFiles
from .timeline import Timeline

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

# Full matches of plain names: nothing that could climb out of a stream's folder gets past them.
_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_PLAYLIST = re.compile(rf"/hls/({_UUID})/([\w-]{{20,80}})/([a-z0-9]{{1,10}})\.m3u8")
_SEGMENT = re.compile(
    rf"/seg/({_UUID})/([\w-]{{20,60}})/(run-[0-9]{{1,9}}/[a-z0-9]{{1,10}}/(?:init\.mp4|[0-9]{{6,9}}\.m4s))"
)
_PLACE = re.compile(r"run-([0-9]{1,9})/[a-z0-9]{1,10}/([0-9]{6,9})\.m4s")
_M3U8, _MP4 = b"application/vnd.apple.mpegurl", b"video/mp4"
_NO_STORE = b"no-store"


class Refusal(Exception):
    """An answer that is not the file: status and code of the one error shape."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code


class RelayFiles:
    """The ASGI application. ``clock`` is Unix time; ``seen`` is told of each session that takes a media playlist."""

    def __init__(
        self,
        *,
        work_dir: Path | None = None,
        gates: Gates = gates,
        clock: Callable[[], float] = time.time,
        seen: Callable[[UUID], None] = media_seen,
        files: HotFiles | None = None,
    ) -> None:
        self._work_dir = work_dir
        self._gates = gates
        self._clock = clock
        self._seen = seen
        self._files = files or HotFiles()
        self._timelines: dict[UUID, tuple[int, int, Timeline]] = {}
        self._texts: dict[tuple[UUID, str], tuple[Timeline, bytes]] = {}

    async def __call__(self, scope: Scope, receive: object, send: Send) -> None:
        try:
            if scope["method"] not in {"GET", "HEAD"}:
                raise Refusal(405, "method_not_allowed")
            body, kind, caching = await self._answer(scope["path"])
            status = 200
        except Refusal as refusal:
            status, kind, caching = refusal.status, b"application/json", _NO_STORE
            body = json.dumps({"code": refusal.code, "details": {}}).encode()
        headers = [
            (b"content-type", kind),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", caching),
            (b"x-content-type-options", b"nosniff"),
        ]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    async def _answer(self, path: str) -> tuple[bytes, bytes, bytes]:
        if found := _SEGMENT.fullmatch(path):
            return await self._segment(UUID(found[1]), found[2], found[3])
        if found := _PLAYLIST.fullmatch(path):
            return await self._playlist(UUID(found[1]), found[2], found[3]), _M3U8, _NO_STORE
        raise Refusal(404, "not_found")

    async def _playlist(self, stream_id: UUID, token: str, name: str) -> bytes:
        now = self._clock()
        entry = playlist_pass_read(token, stream_id=stream_id, now=now)
        if entry is None:
            raise Refusal(403, "pass_refused")
        gate = await self._gate(stream_id)
        if not gate.live:
            raise Refusal(410, "stream_ended")
        if not gate.admits(entry):
            raise Refusal(403, "forbidden")
        state = self._timeline(stream_id)
        if name == "master":
            return playlists.master(state).encode()
        if all(variant.name != name for variant in state.variants):
            raise Refusal(404, "not_found")
        self._seen(entry.session_id)
        return self._text(stream_id, name, state, gate)

    async def _segment(self, stream_id: UUID, token: str, name: str) -> tuple[bytes, bytes, bytes]:
        key = segment_key_read(token, stream_id=stream_id)
        if key is None:
            raise Refusal(403, "key_refused")
        gate, now = await self._gate(stream_id), self._clock()
        if name.endswith(INIT_NAME):
            opens = gate.opens_init(now=now)
        else:
            opens = gate.opens(
                key,
                now=now,
                offered_since=lambda: self._timeline(stream_id).slots[0].published_at,
                published_at=lambda: _published_at(self._timeline(stream_id), name),
            )
        if not opens:
            raise Refusal(403, "key_refused")
        path = self._folder / str(stream_id) / name
        content = self._files.hot(path)
        if content is None:
            try:
                content = await self._files.read(path)
            except FileNotFoundError:
                raise Refusal(404, "not_found")
        # Caches on the way must not keep it longer than the key would open it here.
        return content, _MP4, b"public, max-age=%d, immutable" % max(1, key.expires_at - now)

    async def _gate(self, stream_id: UUID) -> Gate:
        try:
            return await self._gates.get(stream_id)
        except Busy:
            raise Refusal(503, "busy")

    def _timeline(self, stream_id: UUID) -> Timeline:
        """The stream's state as its owner, in whichever process, wrote it last. Read again only when it changed."""
        path = self._folder / str(stream_id) / timeline.STATE_NAME
        try:
            stat = path.stat()
            known = self._timelines.get(stream_id)
            if known is None or known[:2] != (stat.st_mtime_ns, stat.st_ino):
                state = timeline.load(path.parent)
                if len(self._timelines) > 1_000:
                    self._timelines.clear()
                    self._texts.clear()
                known = self._timelines[stream_id] = stat.st_mtime_ns, stat.st_ino, state
        except (FileNotFoundError, msgspec.DecodeError):
            raise Refusal(404, "not_found")
        if not known[2].slots:
            raise Refusal(404, "not_found")
        return known[2]

    def _text(self, stream_id: UUID, rendition: str, state: Timeline, gate: Gate) -> bytes:
        """The same text for all viewers of a second, so it is composed once."""

        def prefix(published_at: float) -> str:
            kicks = gate.kicks_before(published_at)
            return f"/seg/{stream_id}/{segment_key(stream_id=stream_id, kicks=kicks, at=published_at)}/"

        known = self._texts.get((stream_id, rendition))
        if known is None or known[0] is not state:
            text = playlists.media(state, rendition, prefix=prefix).encode()
            known = self._texts[stream_id, rendition] = state, text
        return known[1]

    @property
    def _folder(self) -> Path:
        return self._work_dir or Path(settings.MEDIA_WORK_DIR)


def _published_at(state: Timeline, name: str) -> float:
    """When a segment was published, of those that playlists offer; others are older."""
    found = _PLACE.fullmatch(name)
    assert found, "the address was looked at before"
    run, index = int(found[1]), int(found[2])
    for slot in reversed(state.slots):
        if (slot.run, slot.index) == (run, index):
            return slot.published_at
    return 0.0


app = RelayFiles()


def relay_app(inner: App) -> App:
    """Answers what is the relay's and hands everything else to ``inner``."""

    async def with_relay(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(("/hls/", "/seg/")):
            await app(scope, receive, send)
        else:
            await inner(scope, receive, send)

    return with_relay
