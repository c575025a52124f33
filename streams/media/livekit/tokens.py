"""Tokens for LiveKit's rooms: who one is there, and what one may do. Whether one may come is decided before.

Source: https://docs.livekit.io/home/get-started/authentication/
"""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone
from livekit import api

from streams.models import Seat, SeatRole

# Looked at when connecting only, and with a minute of leeway; who is in stays in, with tokens that the server renews.
LIFETIME = timedelta(minutes=2)

_CAMERA_AND_SCREEN = ["camera", "microphone", "screen_share", "screen_share_audio"]


def token_for(seat: Seat, *, room: str, name: str = "") -> str:
    """A token that makes its holder the participant ``seat.identity`` of this room. ``name`` is what others read."""
    token = api.AccessToken(settings.LIVEKIT_API_KEY, settings.LIVEKIT_API_SECRET)
    left = max(seat.expires_at - timezone.now(), timedelta())
    token = token.with_identity(seat.identity).with_grants(_grants(seat.role, room)).with_ttl(left)
    return (token.with_name(name) if name else token).to_jwt()


def _grants(role: str, room: str) -> api.VideoGrants:
    """What is not granted is written out as False: LiveKit takes what is missing for allowed."""
    match role:
        case SeatRole.BROADCASTER:
            return _publishing(room, _CAMERA_AND_SCREEN, watches=True)
        case SeatRole.GUEST:
            return _publishing(room, ["camera", "microphone"], watches=True)
        case SeatRole.ENCODER:
            return _publishing(room, ["camera", "microphone"], watches=False)
        case _:
            # Hidden, or each arrival would be told to ten thousand others.
            return api.VideoGrants(
                room_join=True,
                room=room,
                can_publish=False,
                can_publish_data=False,
                can_subscribe=True,
                can_update_own_metadata=False,
                hidden=True,
            )


def _publishing(room: str, sources: list[str], *, watches: bool) -> api.VideoGrants:
    return api.VideoGrants(
        room_join=True,
        room=room,
        can_publish=True,
        can_publish_sources=sources,
        can_publish_data=False,
        can_subscribe=watches,
        can_update_own_metadata=False,
        hidden=False,
    )
