"""What happens to encoders when something else does. Everything here may run twice."""

import uuid

from django.conf import settings

from accounts.events import UserSuspended
from accounts.models import User
from core.facts import handles
from streams.encoders import tasks
from streams.encoders.rtmp import rtmp_drop
from streams.encoders.seats import encoders_remove
from streams.events import MediaLost, StreamEnded, StreamKeyReset, StreamPrepared, StreamStarted
from streams.models import RtmpAddress, Seat, SeatRole, Stream


@handles(StreamKeyReset)
def on_stream_key_reset(fact: StreamKeyReset) -> None:
    """Whoever came with the old key is put out. Who pushes by RTMP showed another one, and stays."""
    if not settings.LIVEKIT_URL:
        return
    seats = Seat.objects.filter(
        user_id=uuid.UUID(fact.creator_id),
        role=SeatRole.ENCODER,
        stream__ended_at=None,
        revoked_at=None,
        issued_at__lt=fact.at,
    ).exclude(pk__in=RtmpAddress.objects.filter(seat__isnull=False).values("seat"))
    by_stream: dict[uuid.UUID, list[uuid.UUID]] = {}
    for seat, stream in seats.values_list("pk", "stream_id"):
        by_stream.setdefault(stream, []).append(seat)
    for stream, found in by_stream.items():
        encoders_remove(found, stream_id=stream)


def on_stream_moved(fact: StreamPrepared | StreamStarted | StreamEnded | MediaLost) -> None:
    """Where the creator's RTMP address leads may be another question now."""
    creator = Stream.objects.filter(pk=fact.stream_id).values("creator")
    for address in RtmpAddress.objects.filter(creator__in=creator, revoked_at=None).values_list(
        "pk", flat=True
    ):
        tasks.rtmp_point.delay(str(address))


handles(StreamPrepared)(on_stream_moved)
handles(StreamStarted)(on_stream_moved)
handles(StreamEnded)(on_stream_moved)
handles(MediaLost)(on_stream_moved)


@handles(UserSuspended)
def on_suspended(fact: UserSuspended) -> None:
    """Their address goes with the account; what they broadcast ends with it."""
    if settings.LIVEKIT_URL:
        for creator in User.objects.filter(pk=fact.user_id):
            rtmp_drop(creator=creator)
