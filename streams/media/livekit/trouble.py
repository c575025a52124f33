"""What is wrong with the LiveKit of the settings, as far as asking it shows. For checks and the start of a server."""

from enum import StrEnum

from django.conf import settings

from streams.media.errors import MediaAway
from streams.media.livekit.client import Engine, EngineRefused


class Trouble(StrEnum):
    """``value`` is a sentence for the operator."""

    AWAY = "LiveKit does not answer."
    KEYS = "LiveKit does not take LIVEKIT_API_KEY with LIVEKIT_API_SECRET."
    AUTO_CREATE = "LiveKit makes a room for any token, so an old one opens a room that was closed."


ADVICE = {
    Trouble.AWAY: "Start it, or correct LIVEKIT_URL. Busk works without it, and goes on asking.",
    Trouble.KEYS: "Give both what stands under `keys` in LiveKit's own configuration.",
    Trouble.AUTO_CREATE: "Set `room: {auto_create: false}` in LiveKit's own configuration.",
}


def trouble_find() -> Trouble | None:
    """Ask; takes some seconds where nobody answers. Not in a transaction. Queries: none."""
    engine = Engine(
        url=settings.LIVEKIT_URL, key=settings.LIVEKIT_API_KEY, secret=settings.LIVEKIT_API_SECRET
    )
    try:
        engine.list_rooms()
        return Trouble.AUTO_CREATE if engine.auto_create_is_on() else None
    except MediaAway:
        return Trouble.AWAY
    except EngineRefused as refused:
        return Trouble.KEYS if refused.status in {401, 403} else Trouble.AWAY
    finally:
        engine.close()
