"""Streams that staff take down: in no list, and for nobody to see but their creator."""

import uuid
from typing import Any

from django.db import transaction
from django.utils import timezone

from core.facts import publish_on_commit
from core.pictures import folder_drop
from streams.events import AudienceChanged, StreamChanged
from streams.models import EndReason, Guest, Stream, StreamVisibility
from streams.services import stream_end


@transaction.atomic
def stream_take_down(*, stream_id: uuid.UUID, by: uuid.UUID | None, why: str) -> dict[str, Any]:
    """End the stream if it is not over, and hide it and its picture. Returns what ``stream_put_back`` wants to know.

    Locks: the stream. Emits: StreamEnded, AudienceChanged, StreamChanged.
    """
    stream = Stream.objects.select_for_update().get(pk=stream_id)
    if not stream.is_over:
        stream_end(stream_id=stream_id, reason=EndReason.STAFF, by=by, why=why)
        stream.refresh_from_db()
    before = {"visibility": stream.visibility, "had_thumbnail": bool(stream.thumbnail)}
    folder = stream.thumbnail
    stream.visibility, stream.thumbnail = StreamVisibility.INVITED, ""
    stream.audience_changed_at = timezone.now()
    stream.save(update_fields=["visibility", "thumbnail", "audience_changed_at"])
    Guest.objects.filter(stream=stream).delete()
    publish_on_commit(AudienceChanged(stream_id=str(stream_id)))
    publish_on_commit(StreamChanged(stream_id=str(stream_id)))
    transaction.on_commit(lambda: folder_drop(folder))
    return before


@transaction.atomic
def stream_put_back(*, stream_id: uuid.UUID, before: dict[str, Any], thumbnail: str) -> None:
    """Let the stream be seen as it was, with this folder of pictures. It stays over. Emits: StreamChanged."""
    stream = Stream.objects.select_for_update().get(pk=stream_id)
    stream.visibility, stream.thumbnail = before.get("visibility", stream.visibility), thumbnail
    stream.save(update_fields=["visibility", "thumbnail"])
    publish_on_commit(StreamChanged(stream_id=str(stream_id)))
