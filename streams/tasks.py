"""What runs by the clock. Each task is only a door to a service."""

import logging
import uuid

from celery import shared_task

from core.errors import DomainError
from realtime.events import ViewerCount
from realtime.publish import room_publish
from streams import ending, sessions
from streams.media import backend
from streams.models import MediaState, Stream, StreamStatus
from streams.thumbnails import thumbnail_set

logger = logging.getLogger(__name__)


@shared_task
def streams_sweep() -> None:
    """End streams without a broadcaster, too long or never started; finish ends that a crash interrupted."""
    ending.sweep()


@shared_task
def sessions_sweep() -> None:
    """Close silent sessions and tell rooms whose count changed by it."""
    for stream_id, viewers in sessions.sweep().items():
        room_publish(stream_id, ViewerCount(viewers=viewers))


@shared_task
def livekit_rooms() -> None:
    """Look at all of LiveKit's rooms; while it does not answer, every second."""
    from streams.media.livekit.wake import rooms_look  # LiveKit's libraries, only where they are used

    rooms_look()


@shared_task
def livekit_room(stream_id: str) -> None:
    """Look at one room. What this look misses, because LiveKit is away, the one by the clock finds."""
    from streams.media.livekit.wake import room_look

    room_look(uuid.UUID(stream_id))


@shared_task
def livekit_events_sweep() -> None:
    """Follow what LiveKit said and nobody followed."""
    from streams.media.livekit.webhooks import events_sweep

    events_sweep()


@shared_task
def livekit_old_forget() -> None:
    """Forget what LiveKit said, and who sat where, when it cannot matter any more."""
    from streams.media.livekit.webhooks import old_forget

    old_forget()


@shared_task
def media_tidy() -> None:
    """Let the media engine drop what ended streams left behind."""
    backend().tidy()


@shared_task
def thumbnails_refresh() -> None:
    """Give each live stream a frame of itself, unless its creator chose a picture."""
    live = Stream.objects.filter(
        status=StreamStatus.LIVE, media_state=MediaState.FLOWING, thumbnail_chosen=False
    )
    for stream_id in live.values_list("id", flat=True):
        thumbnail_refresh.delay(str(stream_id))


@shared_task
def thumbnail_refresh(stream_id: str) -> None:
    """One frame of one stream. A stream that has none yet is asked again at the next round."""
    key = uuid.UUID(stream_id)
    try:
        frame = backend().frame(stream_id=key)
        thumbnail_set(stream_id=key, image=frame, chosen=False)
    except DomainError as error:
        logger.info("no thumbnail of %s: %s", stream_id, error.code)
