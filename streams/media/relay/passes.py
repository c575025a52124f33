"""What the relay puts into URLs: ingest passes, playlist passes and segment keys. All are signed, none is stored.

An ingest pass is good for a minute and one use. A playlist pass belongs to one viewer session at one stream, for
as long as a stream may last; what ends it sooner is the gate. A segment key is the same for all viewers of a
stream, so that caches can serve them all: it changes every 30 s and whenever somebody is kicked, for the segments that
are published from then on.
"""

import base64
import hmac
import re
import secrets
import time
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from math import ceil
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.core.cache import caches

from realtime.passes import PassRefused

INGEST_SECONDS = 60
KEY_SECONDS = 30
# How long a key outlives its time, or a kick: a player asks for what its last playlist named.
KEY_GRACE_SECONDS = 10
_MAC_BYTES = 15
_INGEST_SALT = "streams.media.relay.ingest"
_KEY = re.compile(r"([0-9a-f]{1,10})-([0-9a-f]{1,6})-([\w-]{20})")


@dataclass(frozen=True)
class IngestPass:
    """``order`` is when it was issued, in milliseconds: the holder of the newest pass has the stage.

    ``login`` names the sign-in it was issued to.
    """

    stream_id: UUID
    order: int
    login: str


def ingest_pass_issue(*, stream_id: UUID, login: str = "") -> str:
    """Queries: none; one cache call."""
    ticket = secrets.token_urlsafe(12)
    caches["tickets"].set(f"ingest:{ticket}", 1, timeout=INGEST_SECONDS)
    content = [str(stream_id), time.time_ns() // 1_000_000, ticket, login]
    return signing.dumps(content, salt=_INGEST_SALT)


def ingest_pass_claim(token: str, *, stream_id: UUID) -> IngestPass:
    """Use up a pass. Queries: none; one cache call. Raises: PassRefused."""
    try:
        stream, order, ticket, login = signing.loads(token, salt=_INGEST_SALT, max_age=INGEST_SECONDS)
    except signing.BadSignature:
        raise PassRefused()
    # Only one of several claimants is told that it deleted the ticket.
    if UUID(stream) != stream_id or not caches["tickets"].delete(f"ingest:{ticket}"):
        raise PassRefused()
    return IngestPass(stream_id=stream_id, order=order, login=login)


@dataclass(frozen=True)
class PlaylistPass:
    """Times are Unix time."""

    session_id: UUID
    issued_at: float
    expires_at: int


def playlist_pass(
    *,
    stream_id: UUID,
    session_id: UUID,
    lifetime_seconds: int,
    asked_at: datetime | None = None,
    until: datetime | None = None,
) -> tuple[str, PlaylistPass]:
    """The text for the URL, and what it says. ``asked_at`` is from before it was decided who may have it, else now.

    With ``until`` it is good for no longer, up to the full second.
    """
    issued_ms = int(asked_at.timestamp() * 1000) if asked_at else time.time_ns() // 1_000_000
    expires_at = issued_ms // 1000 + lifetime_seconds
    if until is not None:
        expires_at = min(expires_at, ceil(until.timestamp()))
    entry = PlaylistPass(session_id, issued_ms / 1000, expires_at)
    content = session_id.bytes + issued_ms.to_bytes(6, "big") + entry.expires_at.to_bytes(5, "big")
    return _text(content + _mac(b"playlist", stream_id, content)), entry


def playlist_pass_read(token: str, *, stream_id: UUID, now: float) -> PlaylistPass | None:
    """What a pass says; None for one that is forged, over or another stream's."""
    try:
        data = base64.urlsafe_b64decode(token)
    except ValueError:
        return None
    content, mac = data[:-_MAC_BYTES], data[-_MAC_BYTES:]
    if len(content) != 27 or not hmac.compare_digest(mac, _mac(b"playlist", stream_id, content)):
        return None
    session, issued_ms, expires_at = content[:16], content[16:22], content[22:]
    entry = PlaylistPass(
        UUID(bytes=session), int.from_bytes(issued_ms, "big") / 1000, int.from_bytes(expires_at, "big")
    )
    return entry if now <= entry.expires_at else None


@dataclass(frozen=True)
class SegmentKey:
    """``bucket`` counts periods of 30 s since 1970, ``kicks`` what had shut viewers out when it was made."""

    bucket: int
    kicks: int

    @property
    def expires_at(self) -> float:
        return (self.bucket + 1) * KEY_SECONDS + KEY_GRACE_SECONDS


def segment_key(*, stream_id: UUID, kicks: int, at: float) -> str:
    """The key of segments that were published at that time (Unix time), after so many kicks."""
    bucket = int(at // KEY_SECONDS)
    return f"{bucket:x}-{kicks:x}-{_text(_mac(b'segment', stream_id, _numbers(bucket, kicks)))}"


def segment_key_read(token: str, *, stream_id: UUID) -> SegmentKey | None:
    """What a key says; None if we did not make it for this stream. Whether it still opens is the gate's."""
    found = _KEY.fullmatch(token)
    if found is None:
        return None
    bucket, kicks = int(found[1], 16), int(found[2], 16)
    expected = _text(_mac(b"segment", stream_id, _numbers(bucket, kicks)))
    return SegmentKey(bucket, kicks) if hmac.compare_digest(found[3], expected) else None


def _numbers(bucket: int, kicks: int) -> bytes:
    return bucket.to_bytes(5, "big") + kicks.to_bytes(3, "big")


def _mac(kind: bytes, stream_id: UUID, content: bytes) -> bytes:
    return hmac.digest(_signing_key(settings.SECRET_KEY), kind + stream_id.bytes + content, "sha256")[
        :_MAC_BYTES
    ]


@lru_cache(maxsize=4)
def _signing_key(secret: str) -> bytes:
    return sha256(b"streams.media.relay" + secret.encode()).digest()


def _text(data: bytes) -> str:
    """URL-safe; every length here is a multiple of three, so there is no padding."""
    return base64.urlsafe_b64encode(data).decode()
