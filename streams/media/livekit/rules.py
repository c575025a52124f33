"""Who may be in a room, and who publishes there: decided over what is known, without asking anybody."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from django.conf import settings
from livekit.protocol.models import ParticipantInfo, TrackType

from streams.models import Seat, SeatRole, Stream

# LiveKit lets a token in for a minute after it expired; the rest is for clocks that differ.
LATE = timedelta(seconds=60 + 30)
# They come with keys of the server's, not with tokens of ours: recorders, and what an operator runs beside them.
_OWN_KINDS = {ParticipantInfo.Kind.EGRESS, ParticipantInfo.Kind.AGENT}


# Whose pictures are the stream's.
SENDERS = {SeatRole.BROADCASTER, SeatRole.ENCODER}


class Unwelcome(StrEnum):
    """Why somebody is put out of a room."""

    UNKNOWN = "unknown"
    OTHER_STREAM = "other_stream"
    OVER = "over"
    REVOKED = "revoked"
    COPY = "copy"
    AUDIENCE = "audience"
    LATE = "late"
    NOT_BY_THE_DOOR = "not_by_the_door"
    REPLACED = "replaced"


def unwelcome(
    found: ParticipantInfo,
    *,
    seat: Seat | None,
    stream: Stream,
    door: bool,
    shut_out_at: datetime | None = None,
) -> Unwelcome | None:
    """Why this participant has to go; None for who may stay. ``seat`` is the one of their identity.

    ``shut_out_at`` is when its viewer was, if ever: a seat that was asked for before may have been made after.
    Two tabs of one person have a seat each, so how many of somebody are there is no question.
    """
    if found.kind in _OWN_KINDS:
        return None
    if seat is None:
        return Unwelcome.UNKNOWN
    if seat.stream_id != stream.pk:
        return Unwelcome.OTHER_STREAM
    if stream.is_over:
        return Unwelcome.OVER
    if seat.revoked_at is not None or (shut_out_at is not None and seat.issued_at <= shut_out_at):
        return Unwelcome.REVOKED
    if found.kind == ParticipantInfo.Kind.INGRESS:
        # An encoder at LiveKit's own address comes again and again under the one identity that it was given.
        return None if seat.role == SeatRole.ENCODER else Unwelcome.UNKNOWN
    if seat.participant_sid and seat.participant_sid != found.sid:
        return Unwelcome.COPY
    if (
        seat.role == SeatRole.VIEWER
        and stream.audience_changed_at is not None
        and seat.issued_at < stream.audience_changed_at
    ):
        return Unwelcome.AUDIENCE
    if seat.admitted_at is None:
        # Encoders by WHIP come through an address of ours, which buys their token and uses it up itself.
        if door and seat.role != SeatRole.ENCODER:
            return Unwelcome.NOT_BY_THE_DOOR
        joined_at = datetime.fromtimestamp(found.joined_at, UTC)
        if not seat.participant_sid and joined_at > seat.expires_at + LATE:
            return Unwelcome.LATE
    return None


def publishes(found: ParticipantInfo, *, seat: Seat | None) -> bool:
    """Whether their pictures are the stream's: a broadcaster's or an encoder's, once there is a track of them."""
    return seat is not None and seat.role in SENDERS and has_pictures(found)


def has_pictures(found: ParticipantInfo) -> bool:
    return any(track.type == TrackType.VIDEO for track in found.tracks)


def joined_ms(found: ParticipantInfo) -> int:
    """When they came; older servers tell the second only."""
    return found.joined_at_ms or found.joined_at * 1000


def replaced(people: Sequence[tuple[ParticipantInfo, Seat]]) -> list[str]:
    """The identities of studios and encoders that another one of the creator's took over from: the newest one sends.

    Not before its pictures are there, or the stream would pause in between; and one that never sends puts out nobody.
    """
    studios = sorted(
        (joined_ms(found), found.identity)
        for found, seat in people
        if seat.role == SeatRole.BROADCASTER and has_pictures(found)
    )
    # By their seats: an encoder at LiveKit's own address comes again and again with the same one.
    encoders = [(seat.pk, found) for found, seat in people if seat.role == SeatRole.ENCODER]
    sending = [pk for pk, found in encoders if has_pictures(found)]
    older = [found.identity for pk, found in encoders if sending and pk < max(sending)]
    return [identity for _, identity in studios[:-1]] + older


def door_in_use() -> bool:
    """Whether browsers can reach LiveKit through this site only, so that nobody is there whom it did not let in."""
    return _host(settings.LIVEKIT_PUBLIC_URL) == _host(settings.PUBLIC_URL) != _host(settings.LIVEKIT_URL)


def _host(url: str) -> str:
    return urlsplit(url).netloc.lower()
