"""What is done for encoders by the clock, or after something happened. Each task is only a door to a service."""

import uuid
from contextlib import suppress

from celery import shared_task
from django.conf import settings

from streams.encoders import rtmp, seats
from streams.media.errors import MediaAway


@shared_task
def rtmp_point(address_id: str) -> None:
    rtmp.rtmp_point(address_id=uuid.UUID(address_id))


@shared_task
def encoders_replace(tries: int = 5) -> None:
    """The newest encoder's pictures may need a moment; what is left after some looks, the sweep looks after."""
    if seats.encoders_replaced() and tries > 1:
        encoders_replace.apply_async((tries - 1,), countdown=1)


@shared_task
def rtmp_sweep() -> None:
    """What a task missed or LiveKit refused, and what creators left behind."""
    if settings.LIVEKIT_URL:
        rtmp.rtmp_sweep()
        with suppress(MediaAway):
            seats.encoders_replaced()
