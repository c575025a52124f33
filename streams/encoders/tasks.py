"""What is done for encoders by the clock, or after something happened. Each task is only a door to a service."""

import uuid

from celery import shared_task
from django.conf import settings

from streams.encoders import rtmp


@shared_task
def rtmp_point(address_id: str) -> None:
    rtmp.rtmp_point(address_id=uuid.UUID(address_id))


@shared_task
def rtmp_sweep() -> None:
    """What a task missed or LiveKit refused, and what creators left behind."""
    if settings.LIVEKIT_URL:
        rtmp.rtmp_sweep()
