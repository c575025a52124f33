"""Seats of encoders. Nobody but this server ever holds their tokens, so they are let in when they are made."""

import uuid
from collections.abc import Iterable

from django.utils import timezone

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


def encoders_remove(seats: Iterable[uuid.UUID], *, stream_id: uuid.UUID) -> None:
    """Void these seats of one stream and put out who has them. Queries: 2. Raises: MediaAway."""
    found = dict(Seat.objects.filter(pk__in=list(seats)).values_list("pk", "identity"))
    if found:
        Seat.objects.filter(pk__in=found).update(revoked_at=timezone.now())
        engine().remove_participants(room=room_name(stream_id), identities=list(found.values()))
