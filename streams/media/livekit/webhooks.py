"""What LiveKit tells by itself. It is verified, kept once, and makes us look; what is so, the look says.

So nothing depends on their order, their number, or on any of them coming at all.
Source: https://docs.livekit.io/home/server/webhooks/
"""

import binascii
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import jwt
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from google.protobuf.json_format import ParseError
from livekit import api
from livekit.protocol.webhook import WebhookEvent

from core.errors import DomainError, InvalidInput
from streams.media.livekit.rooms import stream_id_of
from streams.media.livekit.wake import wake
from streams.models import EngineEvent, Seat, Stream

KEPT_FOR = timedelta(days=7)
# The task that handles an event takes milliseconds; after this it was lost.
LATE = timedelta(seconds=10)
ROOMS_A_SWEEP = 200
ID_MOST = 60

# What is kept, by name: what LiveKit may add one day is left out, and with it every secret that it may add.
_KEPT: dict[str, Any] = {
    "event": None,
    "id": None,
    "createdAt": None,
    "numDropped": None,
    "roomEndReason": None,
    "room": dict.fromkeys(["sid", "name", "creationTime", "numParticipants", "numPublishers"]),
    "participant": dict.fromkeys(["sid", "identity", "state", "joinedAt", "kind", "disconnectReason"]),
    "track": dict.fromkeys(["sid", "type", "source", "muted", "width", "height", "simulcast", "mimeType"]),
    "egressInfo": dict.fromkeys(
        ["egressId", "roomId", "roomName", "status", "startedAt", "endedAt", "updatedAt", "errorCode"]
    ),
    "ingressInfo": dict.fromkeys(
        ["ingressId", "inputType", "roomName", "participantIdentity", "reusable", "enabled"]
    )
    | {"state": dict.fromkeys(["status", "roomId", "startedAt", "endedAt", "updatedAt"])},
}


class WebhookRefused(DomainError):
    """Not signed by the media server with the key it shares with us, or not this body."""

    code = "webhook_refused"
    http_status = 401


def webhook_receive(*, body: bytes, authorization: str) -> None:
    """Keep the event unless it is known, and look at its room soon after.

    What is not verified is never kept, else a forger could take a true event's id. Queries: 3.
    Raises: WebhookRefused, InvalidInput.
    """
    event = _verified(body, authorization)
    if not 0 < len(event.id) <= ID_MOST:
        raise InvalidInput(id=["An event has an id."])
    room = event.room.name or event.egress_info.room_name or event.ingress_info.room_name
    stream_id = stream_id_of(room)
    now = timezone.now()
    row = EngineEvent(
        id=event.id,
        name=event.event[:40],
        room_name=room[:100],
        payload=_without_the_rest(json.loads(body), _KEPT),
        # Rooms that are not ours are nothing to look at.
        handled_at=None if stream_id else now,
    )
    with transaction.atomic():
        # Of two that come at once the second waits here, and finds it known.
        EngineEvent.objects.bulk_create([row], ignore_conflicts=True)
        if stream_id is not None:
            transaction.on_commit(lambda: wake(stream_id))


def events_sweep() -> None:
    """Look again where an event was not followed by a look. Queries: 3."""
    now = timezone.now()
    late = EngineEvent.objects.filter(handled_at=None, received_at__lt=now - LATE).order_by()
    rooms = list(late.values_list("room_name", flat=True).distinct()[:ROOMS_A_SWEEP])
    by_stream = {stream_id: room for room in rooms if (stream_id := stream_id_of(room))}
    known = set(Stream.objects.filter(pk__in=by_stream).values_list("pk", flat=True))
    for stream_id in known:
        wake(stream_id)
    # Named as ours are, and yet another site's.
    others = [room for stream_id, room in by_stream.items() if stream_id not in known]
    late.filter(room_name__in=others).update(handled_at=now)


def old_forget() -> None:
    """Queries: 2."""
    now = timezone.now()
    EngineEvent.objects.filter(received_at__lt=now - KEPT_FOR).delete()
    # Who sat where is not kept longer than it can matter; who watched is in the sessions.
    Seat.objects.filter(stream__settled_at__lt=now - KEPT_FOR).delete()


def _verified(body: bytes, authorization: str) -> WebhookEvent:
    verifier = api.TokenVerifier(settings.LIVEKIT_API_KEY, settings.LIVEKIT_API_SECRET)
    try:
        # First the signature alone, whose errors have names.
        verifier.verify(authorization)
        return api.WebhookReceiver(verifier).receive(body.decode(), authorization)
    except ParseError as error:
        raise InvalidInput(body=["This is no event."]) from error
    # Claims of another shape than a webhook's, under our signature, are TypeError and AttributeError.
    except (jwt.InvalidTokenError, binascii.Error, UnicodeDecodeError, TypeError, AttributeError) as error:
        raise WebhookRefused() from error
    except Exception as error:
        # The receiver has no type of its own for "the hash is missing" and "the hash is another's".
        if type(error) is not Exception:
            raise
        raise WebhookRefused() from error


def _without_the_rest(value: Any, kept: Mapping[str, Any] | None) -> Any:
    """The parts of the payload that are named; texts cut to what such a part can be."""
    if isinstance(value, Mapping):
        wanted = kept or {}
        return {name: _without_the_rest(value[name], wanted[name]) for name in wanted if name in value}
    if isinstance(value, str):
        return value[:120]
    return value if isinstance(value, bool | int | float | None) else None
