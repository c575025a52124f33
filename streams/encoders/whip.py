"""WHIP: an encoder shows the stream key, and we bring its offer to LiveKit with a token of our own.

The key never leaves this server, and the token never reaches the encoder.
Source: RFC 9725, https://docs.livekit.io/home/self-hosting/ (``/whip/v1`` of the server itself).
"""

import logging
from dataclasses import dataclass

from accounts.models import User
from core.errors import NotFound
from streams import tasks
from streams.encoders.admission import encoder_stream
from streams.encoders.errors import OfferRefused, OnAirFromBrowser
from streams.encoders.seats import encoder_seat, seat_sent_by
from streams.media.errors import MediaAway
from streams.media.livekit.client import EngineRefused, HttpAnswer, engine
from streams.media.livekit.rooms import room_name, room_open
from streams.media.livekit.seats import role_of
from streams.media.livekit.tokens import token_for
from streams.media.livekit.wake import wake
from streams.models import Seat, SeatRole, Stream

logger = logging.getLogger(__name__)

OFFER, FRAGMENT = "application/sdp", "application/trickle-ice-sdpfrag"
_PATH = "/whip/v1"
RETRY_SECONDS = 5
# From the answer until there are pictures, about: a good moment to look into the room.
MEDIA_SECONDS = 1
# What the server answers when the encoder is to blame.
_ENCODERS_FAULT = {400, 406, 412, 413, 415, 422, 428}


@dataclass(frozen=True)
class Session:
    """``resource`` names the session to change or end it; the rest is the server's answer."""

    resource: str
    answer: HttpAnswer


def whip_begin(*, creator: User, offer: bytes) -> Session:
    """Bring the creator's encoder into the stream that waits for it; one that is there goes when this one sends.

    Queries: 6, and those of ``access``. Raises: NothingPrepared, OnAirFromBrowser, OfferRefused, MediaAway, and the
    refusals of ``streams.access``; then an encoder that was there stays.
    """
    stream = encoder_stream(creator=creator)
    try:
        room_open(stream_id=stream.pk)
        _require_no_studio(stream)
        seat = encoder_seat(stream_id=stream.pk, creator=creator)
        answer = _ask("POST", seat, name=creator.name, kind=OFFER, body=offer)
        resource = answer.headers.get("Location", "").rpartition("/")[2]
        if answer.status != 201 or not resource:
            raise _refusal(answer)
        seat_sent_by(seat=seat, participant_sid=resource)
    except EngineRefused as refused:
        logger.warning("stream %s: no encoder let in: %s", stream.pk, refused)
        raise MediaAway() from refused
    tasks.livekit_room.apply_async((str(stream.pk),), countdown=MEDIA_SECONDS)
    logger.info("stream %s: an encoder comes by WHIP", stream.pk)
    return Session(resource=resource, answer=answer)


def whip_change(*, creator: User, resource: str, etag: str, fragment: bytes) -> HttpAnswer:
    """Candidates that came later, or a restart of the connection.

    Queries: 1. Raises: NotFound, OfferRefused, MediaAway.
    """
    seat = _seat_of(creator, resource)
    answer = _ask("PATCH", seat, resource=resource, kind=FRAGMENT, body=fragment, etag=etag)
    if answer.status == 404:
        raise NotFound()
    if answer.status not in {200, 204}:
        raise _refusal(answer)
    return answer


def whip_end(*, creator: User, resource: str) -> None:
    """The encoder stops. One that is gone already has stopped. Queries: 1. Raises: NotFound, MediaAway."""
    seat = _seat_of(creator, resource)
    answer = _ask("DELETE", seat, resource=resource)
    if answer.status not in {200, 204, 404}:
        raise _refusal(answer)
    wake(seat.stream_id)


def _require_no_studio(stream: Stream) -> None:
    """Raises: OnAirFromBrowser when the stream's studio sends."""
    room = room_name(stream.pk)
    people = engine().list_participants([room]).get(room, [])
    if any(one.tracks and role_of(one.identity) == SeatRole.BROADCASTER for one in people):
        raise OnAirFromBrowser(message="The stream is on air from a browser. End it there first.")


def _seat_of(creator: User, resource: str) -> Seat:
    seat = Seat.objects.filter(
        user=creator, role=SeatRole.ENCODER, participant_sid=resource, revoked_at=None
    ).first()
    if seat is None or not resource:
        raise NotFound()
    return seat


def _ask(
    method: str,
    seat: Seat,
    *,
    name: str = "",
    resource: str = "",
    kind: str = "",
    body: bytes = b"",
    etag: str = "",
) -> HttpAnswer:
    headers = {"Content-Type": kind} if kind else {}
    if etag:
        headers["If-Match"] = etag
    return engine().http(
        method,
        f"{_PATH}/{resource}" if resource else _PATH,
        token=token_for(seat, room=room_name(seat.stream_id), name=name),
        headers=headers,
        body=body,
    )


def _refusal(answer: HttpAnswer) -> Exception:
    if answer.status in _ENCODERS_FAULT:
        return OfferRefused(status=answer.status)
    # It is full, it has no node for the room, or it does not take our token: nothing that the encoder can change.
    logger.warning(
        "LiveKit's WHIP answered %s: %s", answer.status, answer.body[:200].decode(errors="replace")
    )
    return MediaAway()
