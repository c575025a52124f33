"""What happens to encoders when something else does. Everything here may run twice."""

import uuid

from django.conf import settings

from core.facts import handles
from streams.encoders.seats import encoders_remove
from streams.events import StreamKeyReset
from streams.models import Seat, SeatRole


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
    )
    by_stream: dict[uuid.UUID, list[uuid.UUID]] = {}
    for seat, stream in seats.values_list("pk", "stream_id"):
        by_stream.setdefault(stream, []).append(seat)
    for stream, found in by_stream.items():
        encoders_remove(found, stream_id=stream)
