"""Every change to a stream. Only these functions move its state."""

import re
import uuid
from collections.abc import Collection, Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from core.audit import audit_record
from core.errors import InvalidInput
from core.facts import publish_on_commit
from core.ids import new_id
from core.text import one_line, plain
from streams.access import require_go_live
from streams.errors import StreamOver, TooManyStreams
from streams.events import (
    AudienceChanged,
    MediaLost,
    MediaReturned,
    StreamChanged,
    StreamEnded,
    StreamPrepared,
    StreamStarted,
)
from streams.keys import stream_key_ensure
from streams.models import OVER, EndReason, MediaState, Stream, StreamStatus, StreamVisibility
from streams.selectors import streams_running

TITLE_MAX, DESCRIPTION_MAX, TAGS_MAX, TAG_MAX = 100, 5000, 5, 30
_TAG = re.compile(r"[\w][\w -]*")


@transaction.atomic
def stream_create(
    *,
    creator: User,
    title: str,
    description: str = "",
    tags: Sequence[str] = (),
    visibility: str = StreamVisibility.PUBLIC,
    mature: bool = False,
    scheduled_at: datetime | None = None,
) -> tuple[Stream, str | None]:
    """Prepare a stream. Returns it, and the text of the creator's stream key if this call made the key.

    Locks: the creator's row, so that two requests cannot both be the last that fits. Queries: 6 to 8.
    Emits: StreamPrepared.
    Raises: InvalidInput, TooManyStreams, and those of ``access.require_go_live``; then nothing is written.
    """
    title, description, tags = _checked_texts(title=title, description=description, tags=tags)
    User.objects.select_for_update().get(pk=creator.pk)
    require_go_live(user=creator)
    if scheduled_at is None:
        _require_room_for_one_more(creator)
    key, key_text = stream_key_ensure(creator=creator)
    stream_id = new_id()
    stream = Stream.objects.create(
        id=stream_id,
        creator=creator,
        title=title,
        description=description,
        tags=tags,
        visibility=visibility,
        mature=mature,
        scheduled_at=scheduled_at,
        room_name=f"stream-{stream_id.hex}",
        stream_key=key,
    )
    publish_on_commit(StreamPrepared(stream_id=str(stream.pk)))
    return stream, key_text


@transaction.atomic
def stream_update(
    *,
    stream_id: uuid.UUID,
    title: str | None = None,
    description: str | None = None,
    tags: Sequence[str] | None = None,
    visibility: str | None = None,
    mature: bool | None = None,
) -> Stream:
    """Change what is given; None leaves a field as it is. Who may is decided before, by ``streams.access``.

    Locks: the stream. Emits: StreamChanged, and AudienceChanged with who may watch.
    Raises: InvalidInput, StreamOver.
    """
    stream = _lock(stream_id)
    if stream.is_over:
        raise StreamOver()
    stream.title, stream.description, stream.tags = _checked_texts(
        title=stream.title if title is None else title,
        description=stream.description if description is None else description,
        tags=stream.tags if tags is None else tags,
    )
    audience_changed = False
    if visibility is not None and visibility != stream.visibility:
        stream.visibility, audience_changed = visibility, True
    if mature is not None and mature != stream.mature:
        stream.mature, audience_changed = mature, True
    if audience_changed:
        stream.audience_changed_at = timezone.now()
        publish_on_commit(AudienceChanged(stream_id=str(stream.pk)))
    stream.save(update_fields=["title", "description", "tags", "visibility", "audience_changed_at", "mature"])
    publish_on_commit(StreamChanged(stream_id=str(stream.pk)))
    return stream


@transaction.atomic
def stream_ticketed_set(*, stream_id: uuid.UUID, ticketed: bool) -> None:
    """Ask whoever enters for a ticket from now on, or nobody any more; what it costs, payments knows.

    Whoever is inside enters anew. Locks: the stream. Emits: StreamChanged, and AudienceChanged when tickets are asked
    for. Raises: StreamOver.
    """
    stream = _lock(stream_id)
    if stream.is_over:
        raise StreamOver()
    if stream.ticketed == ticketed:
        return
    stream.ticketed = ticketed
    if ticketed:
        stream.audience_changed_at = timezone.now()
        publish_on_commit(AudienceChanged(stream_id=str(stream.pk)))
    stream.save(update_fields=["ticketed", "audience_changed_at"])
    publish_on_commit(StreamChanged(stream_id=str(stream.pk)))


@transaction.atomic
def media_arrived(*, stream_id: uuid.UUID) -> None:
    """Pictures of this stream can be watched: the first ones put it live, later ones bring it back.

    Locks: the stream. Emits: StreamStarted or MediaReturned. Raises: StreamOver.
    """
    stream = _lock(stream_id)
    if stream.is_over:
        raise StreamOver()
    now = timezone.now()
    returned = stream.media_state == MediaState.LOST
    stream.media_state, stream.media_seen_at, stream.media_lost_at = MediaState.FLOWING, now, None
    if stream.status == StreamStatus.SCHEDULED:
        stream.status, stream.started_at = StreamStatus.LIVE, now
        publish_on_commit(StreamStarted(stream_id=str(stream.pk)))
    elif returned:
        publish_on_commit(MediaReturned(stream_id=str(stream.pk)))
    stream.save(update_fields=["status", "started_at", "media_state", "media_seen_at", "media_lost_at"])


def media_seen(*, stream_id: uuid.UUID) -> bool:
    """Note that pictures still arrive. False when the stream is over and its ingest has to stop. Queries: 1."""
    updated = (
        Stream.objects.filter(pk=stream_id).exclude(status__in=OVER).update(media_seen_at=timezone.now())
    )
    return updated == 1


def media_seen_in(*, stream_ids: Collection[uuid.UUID]) -> None:
    """``media_seen`` of several streams. Queries: none, or 1."""
    if stream_ids:
        on = Stream.objects.filter(pk__in=stream_ids).exclude(status__in=OVER)
        on.update(media_seen_at=timezone.now())


@transaction.atomic
def media_lost(*, stream_id: uuid.UUID) -> None:
    """Pictures stopped: the grace period begins. Saying it twice, or of a stream that is not live, does nothing.

    Locks: the stream. Emits: MediaLost.
    """
    stream = _lock(stream_id)
    if stream.status != StreamStatus.LIVE or stream.media_state != MediaState.FLOWING:
        return
    stream.media_state, stream.media_lost_at = MediaState.LOST, timezone.now()
    stream.save(update_fields=["media_state", "media_lost_at"])
    publish_on_commit(MediaLost(stream_id=str(stream.pk)))


@transaction.atomic
def stream_end(
    *, stream_id: uuid.UUID, reason: EndReason, by: uuid.UUID | None = None, why: str = ""
) -> Stream:
    """End a live stream, or cancel a prepared one, for good. Ending again changes nothing.

    The state is final at once; stage, sessions and totals follow by ``streams.ending.stream_settle``. ``by`` is the
    party of a staff member who stops somebody else's stream, and ``why`` what they say, for the audit trail.
    Locks: the stream. Emits: StreamEnded.
    """
    stream = _lock(stream_id)
    if stream.is_over:
        return stream
    live = stream.status == StreamStatus.LIVE
    stream.status = StreamStatus.ENDED if live else StreamStatus.CANCELLED
    stream.ended_at, stream.end_reason = timezone.now(), reason
    stream.save(update_fields=["status", "ended_at", "end_reason"])
    if by is not None:
        audit_record(
            actor_party_id=by, action="stream.stopped", target=f"stream:{stream.pk}", reason=why or reason
        )
    publish_on_commit(StreamEnded(stream_id=str(stream.pk)))
    return stream


def _lock(stream_id: uuid.UUID) -> Stream:
    """Raises: StreamOver for a stream that is gone altogether."""
    stream = Stream.objects.select_for_update().filter(pk=stream_id).first()
    if stream is None:
        raise StreamOver()
    return stream


def _require_room_for_one_more(creator: User) -> None:
    running = list(streams_running(creator=creator).values_list("id", flat=True))
    if len(running) >= settings.STREAMS_PER_CREATOR:
        raise TooManyStreams(limit=settings.STREAMS_PER_CREATOR, streams=[str(pk) for pk in running])


def _checked_texts(*, title: str, description: str, tags: Sequence[str]) -> tuple[str, str, list[str]]:
    """Raises: InvalidInput naming every field that is wrong, not only the first."""
    problems: dict[str, list[str]] = {}
    title = one_line(title)
    description = plain(description, keep="\n").strip()
    if not title:
        problems["title"] = ["Give the stream a title."]
    elif len(title) > TITLE_MAX:
        problems["title"] = [f"Use at most {TITLE_MAX} characters; these are {len(title)}."]
    if len(description) > DESCRIPTION_MAX:
        problems["description"] = [f"Use at most {DESCRIPTION_MAX} characters; these are {len(description)}."]
    cleaned = list(
        dict.fromkeys(" ".join(tag.lower().lstrip("#").split()) for tag in tags if tag.strip("# "))
    )
    if len(cleaned) > TAGS_MAX:
        problems["tags"] = [f"Use at most {TAGS_MAX} tags."]
    elif any(len(tag) > TAG_MAX or not _TAG.fullmatch(tag) for tag in cleaned):
        problems["tags"] = [f"A tag is at most {TAG_MAX} letters, digits, spaces or hyphens."]
    if problems:
        raise InvalidInput(**problems)
    return title, description, cleaned
