"""Join passes: what a page shows to open a room's socket, so that connecting asks the database nothing.

A pass is signed with the installation's key, good for 30 seconds and one use. It says what the holder may do as
of its issue; what was withdrawn since is in the hub's memory (``Hub.refuses``).
"""

import base64
import hmac
import secrets
import time
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Literal
from uuid import UUID

import msgspec
from django.conf import settings
from django.core.cache import caches

from core.errors import DomainError

LIFETIME_SECONDS = 30
# "me" is for the room of what concerns one person, whose id is theirs.
Role = Literal["viewer", "studio", "moderator", "me"]
# Who alone is told something: the sockets of a role, or of all who moderate the room.
Audience = Role | Literal["team"]


class PassRefused(DomainError):
    """The pass is not ours, too old, or was used before: ask for another."""

    code = "pass_refused"
    http_status = 403


class JoinPass(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    room_id: UUID
    session_id: UUID
    viewer_id: str
    role: Role
    user_id: UUID | None
    party_id: UUID | None
    # What others read beside this person's messages.
    name: str | None
    # The error code that a chat message would be refused with, whoever's stream it is; None for "may write".
    chat_refusal: str | None
    is_staff: bool
    # accounts.selectors.session_hash of the sign-in behind the pass.
    login: str | None
    # What the app above wants to know of the visit when the socket opens; not looked at here.
    about: dict[str, str]
    # When the pass was asked for, in milliseconds: what is withdrawn later beats it.
    epoch: int
    expires_at: int
    jti: str
    # May hear what only those hear who see to it that the room stays civil.
    moderates: bool = False

    def hears(self, audience: Audience) -> bool:
        return self.moderates if audience == "team" else self.role == audience


_encoder = msgspec.msgpack.Encoder(uuid_format="bytes")
_decoder = msgspec.msgpack.Decoder(JoinPass)


def join_pass_issue(
    *,
    room_id: UUID,
    session_id: UUID,
    viewer_id: str,
    role: Role = "viewer",
    user_id: UUID | None = None,
    party_id: UUID | None = None,
    name: str | None = None,
    chat_refusal: str | None = None,
    is_staff: bool = False,
    login: str | None = None,
    about: dict[str, str] | None = None,
    moderates: bool = False,
    asked_at: datetime | None = None,
) -> str:
    """A pass for one connect within 30 seconds. Queries: none; one cache call.

    ``asked_at`` is from before it was decided what the pass says; else what it says is as of now.
    """
    now = time.time()
    content = JoinPass(
        room_id=room_id,
        session_id=session_id,
        viewer_id=viewer_id,
        role=role,
        user_id=user_id,
        party_id=party_id,
        name=name,
        chat_refusal=chat_refusal if user_id is not None else "not_signed_in",
        is_staff=is_staff,
        login=login or None,
        about=about or {},
        epoch=int((asked_at.timestamp() if asked_at else now) * 1000),
        expires_at=int(now) + LIFETIME_SECONDS,
        jti=secrets.token_urlsafe(12),
        moderates=moderates,
    )
    payload = _encoder.encode(content)
    caches["tickets"].set(_ticket(content), 1, timeout=LIFETIME_SECONDS)
    return f"{_text(payload)}.{_text(_signature(payload, settings.SECRET_KEY))}"


def join_pass_claim(token: str) -> JoinPass:
    """Use up a pass. Queries: none; one cache call. Raises: PassRefused."""
    content = _verified(token)
    # Only one of several claimants is told that it deleted the ticket.
    if content.expires_at < time.time() or not caches["tickets"].delete(_ticket(content)):
        raise PassRefused()
    return content


def _verified(token: str) -> JoinPass:
    try:
        payload, signature = (_bytes(part) for part in token.split("."))
    except ValueError:
        raise PassRefused()
    keys = [settings.SECRET_KEY, *map(str, settings.SECRET_KEY_FALLBACKS)]
    if not any(hmac.compare_digest(signature, _signature(payload, key)) for key in keys):
        raise PassRefused()
    try:
        return _decoder.decode(payload)
    except msgspec.DecodeError:  # signed by another version of Busk
        raise PassRefused()


def _ticket(content: JoinPass) -> str:
    return f"join:{content.jti}"


@lru_cache(maxsize=8)
def _signing_key(secret: str) -> bytes:
    return sha256(b"realtime.passes" + secret.encode()).digest()


def _signature(payload: bytes, secret: str) -> bytes:
    return hmac.digest(_signing_key(secret), payload, "sha256")[:20]


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
