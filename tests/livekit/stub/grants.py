"""Tokens as the server reads them. Source: pkg/service/auth.go and pkg/service/utils.go of livekit-server 1.11.0."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import jwt
from aiohttp import web
from livekit.protocol.models import ParticipantPermission, TrackSource

LEEWAY_SECONDS = 60
RENEWED_SECONDS = 600


class BadToken(Exception):
    """Answered with 401 and this text, whatever was asked for."""


@dataclass(frozen=True)
class Claims:
    identity: str
    video: Mapping[str, Any]
    name: str = ""
    metadata: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)

    def may(self, grant: str) -> bool:
        return bool(self.video.get(grant))

    @property
    def room(self) -> str:
        return str(self.video.get("room", ""))

    def permission(self) -> ParticipantPermission:
        """What the grants say is missing is allowed, for publishing and subscribing."""
        publishes = self.video.get("canPublish", True)
        sources: list[TrackSource | str] = [
            source.upper() for source in self.video.get("canPublishSources") or ()
        ]
        return ParticipantPermission(
            can_subscribe=self.video.get("canSubscribe", True),
            can_publish=publishes,
            can_publish_data=self.video.get("canPublishData", publishes),
            can_publish_sources=sources,
            hidden=bool(self.video.get("hidden")),
            recorder=bool(self.video.get("recorder")),
            can_update_metadata=bool(self.video.get("canUpdateOwnMetadata")),
        )


CLAIMS = web.RequestKey("claims", Claims)


def read_token(token: str, *, key: str, secret: str) -> Claims:
    """Raises: BadToken. Without ``sub`` the identity is ``jti``."""
    try:
        unverified = jwt.decode(token, options={"verify_signature": False})
    except jwt.InvalidTokenError:
        raise BadToken("invalid authorization token") from None
    if unverified.get("iss") != key:
        raise BadToken(f"invalid API key: {unverified.get('iss', '')}")
    try:
        claims = jwt.decode(token, secret, algorithms=["HS256"], leeway=LEEWAY_SECONDS)
    except jwt.InvalidTokenError as error:
        raise BadToken(f"invalid token: {token}, error: {error}") from None
    return Claims(
        identity=claims.get("sub") or claims.get("jti") or "",
        video=claims.get("video") or {},
        name=claims.get("name", ""),
        metadata=claims.get("metadata", ""),
        attributes=claims.get("attributes") or {},
    )


def renewed_token(claims: Claims, *, key: str, secret: str) -> str:
    """What the server sends to who is connected: the same person and grants, good for ten minutes more."""
    now = int(time.time())
    payload = {
        "exp": now + RENEWED_SECONDS,
        "nbf": now,
        "iss": key,
        "sub": claims.identity,
        "identity": claims.identity,
        "kind": "standard",
        "video": dict(claims.video),
    }
    named = {"name": claims.name, "metadata": claims.metadata, "attributes": dict(claims.attributes)}
    return jwt.encode(payload | {name: value for name, value in named.items() if value}, secret, "HS256")
