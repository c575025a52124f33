"""Seats of encoders. Nobody but this server ever holds their tokens, so they are let in when they are made."""

import uuid
from collections.abc import Iterable

from django.utils import timezone
from livekit.protocol.models import ParticipantInfo, TrackType

from accounts.models import User
from streams.media.livekit.client import engine
from streams.media.livekit.rooms import room_name
from streams.media.livekit.seats import seat_issue
from streams.media.port import Person
from streams.models import Seat, SeatRole


def encoder_seat(*, stream_id: uuid.UUID, creator: User) -> Seat:
    """A seat that is admitted already and opens no door: it is bound to nobody. Queries: 2."""
    person = Person(viewer_id=f"u:{creator.pk}", user_id=creator.pk, name=creator.name)
    seat = seat_issue(stream_id=stream_id, role=SeatRole.ENCODER, person=person)
    seat.admitted_at = seat.issued_at
    seat.save(update_fields=["admitted_at"])
    return seat


def seat_sent_by(*, seat: Seat, participant_sid: str) -> None:
    """The participant that the engine made of the seat. Queries: 1."""
    Seat.objects.filter(pk=seat.pk, participant_sid="").update(participant_sid=participant_sid)
    seat.participant_sid = participant_sid


def encoders_replaced() -> bool:
    """The newest encoder wins: once its pictures are there, those who came before it are put out.

    Not sooner, or the stream would pause in between; and one that never sends puts out nobody. Of two that came at once
    the older one goes. A seat that waits for an encoder which has not come yet stays. Returns whether more than one
    is left somewhere. Network, so not in a transaction. Queries: 1, and 2 for each stream concerned. Raises: MediaAway.
    """
    present = Seat.objects.filter(role=SeatRole.ENCODER, revoked_at=None, left_at=None, stream__ended_at=None)
    seats: dict[uuid.UUID, list[Seat]] = {}
    for seat in present.exclude(participant_sid="").order_by("-pk"):
        seats.setdefault(seat.stream_id, []).append(seat)
    several = {stream_id: found for stream_id, found in seats.items() if len(found) > 1}
    people = engine().list_participants([room_name(stream_id) for stream_id in several]) if several else {}
    for stream_id, found in several.items():
        sending = {one.identity for one in people.get(room_name(stream_id), []) if _has_pictures(one)}
        newest = next((seat for seat in found if seat.identity in sending), None)
        if newest is not None:
            older = [seat.pk for seat in found if seat.pk < newest.pk]
            encoders_remove(older, stream_id=stream_id)
    return bool(several)


def encoders_remove(seats: Iterable[uuid.UUID], *, stream_id: uuid.UUID) -> None:
    """Void these seats of one stream and put out who has them. Queries: 2. Raises: MediaAway."""
    found = dict(Seat.objects.filter(pk__in=list(seats)).values_list("pk", "identity"))
    if found:
        Seat.objects.filter(pk__in=found).update(revoked_at=timezone.now())
        engine().remove_participants(room=room_name(stream_id), identities=list(found.values()))


def _has_pictures(participant: ParticipantInfo) -> bool:
    return any(track.type == TrackType.VIDEO for track in participant.tracks)
