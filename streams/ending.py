"""What ends streams besides their creators, and the end itself in steps that a crash may interrupt anywhere."""

import logging
import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from streams import media, sessions
from streams.media.errors import MediaAway
from streams.models import OVER, EndReason, MediaState, Stream, StreamStatus
from streams.services import media_lost, stream_end

logger = logging.getLogger(__name__)

# The owner of an ingest writes every 2 s; after three misses it is gone, and its process cannot say so.
OWNER_SILENT_SECONDS = 7
# The process that ended a stream settles it at once; the sweep only helps one that died.
SETTLE_AFTER_SECONDS = 5


def stream_settle(*, stream_id: uuid.UUID) -> None:
    """Close the stage, close the sessions, fix the totals; then, and only then, the stream is settled.

    Each step may run any number of times. An engine that does not answer holds up nothing but the stage: the stream
    stays unsettled, and the sweep comes back. Must not run in a transaction: closing a stage talks to the engine.
    """
    closed = True
    try:
        media.backend().close_stage(stream_id=stream_id)
    except MediaAway as error:
        logger.warning("the stage of %s is not closed yet: %s", stream_id, error)
        closed = False
    sessions.close_all(stream_id=stream_id)
    sessions.recount([stream_id])
    if closed:
        Stream.objects.filter(pk=stream_id, settled_at=None).update(settled_at=timezone.now())


def sweep() -> None:
    """End what has to end, and settle what ended. Queries: 5, and those of each stream concerned.

    A stream that another process just moved is left to that process: every step checks again under its lock.
    """
    now = timezone.now()
    live = Stream.objects.filter(status=StreamStatus.LIVE)
    if media.backend().owns_ingest:
        silent_since = now - timedelta(seconds=OWNER_SILENT_SECONDS)
        for stream_id in _ids(live.filter(media_state=MediaState.FLOWING, media_seen_at__lt=silent_since)):
            media_lost(stream_id=stream_id)
    # An engine that was away shows nobody who came back meanwhile, so everybody has the whole grace from its return.
    seeing_since = media.backend().seeing_since()
    lost_since = now - timedelta(seconds=settings.STREAM_GRACE_SECONDS)
    if seeing_since is not None and seeing_since < lost_since:
        for stream_id in _ids(live.filter(media_state=MediaState.LOST, media_lost_at__lt=lost_since)):
            stream_end(stream_id=stream_id, reason=EndReason.LOST)
    for stream_id in _ids(live.filter(started_at__lt=now - timedelta(seconds=settings.STREAM_MAX_SECONDS))):
        stream_end(stream_id=stream_id, reason=EndReason.TOO_LONG)
    if seeing_since is not None:
        _cancel_forgotten(now)
    unsettled = Stream.objects.filter(
        status__in=OVER,
        settled_at=None,
        ended_at__lt=now - timedelta(seconds=SETTLE_AFTER_SECONDS),
    )
    for stream_id in _ids(unsettled):
        stream_settle(stream_id=stream_id)


def _cancel_forgotten(now: datetime) -> None:
    """What was prepared long ago and never began."""
    prepared = Stream.objects.filter(status=StreamStatus.SCHEDULED).annotate(
        due_at=Greatest(F("created_at"), Coalesce(F("scheduled_at"), F("created_at")))
    )
    for stream_id in _ids(
        prepared.filter(due_at__lt=now - timedelta(seconds=settings.STREAM_PREPARED_SECONDS))
    ):
        stream_end(stream_id=stream_id, reason=EndReason.NEVER_STARTED)


def _ids(streams: QuerySet[Stream]) -> list[uuid.UUID]:
    return list(streams.order_by("id").values_list("id", flat=True)[:500])
