"""What "the stream" means for apps that have one switch: on air or not."""

import uuid

from accounts.models import User
from core.errors import Conflict, NotFound
from streams.models import EndReason, Stream, StreamStatus
from streams.services import stream_end


class WhichStream(Conflict):
    """Several could be meant; ``details.streams`` has their ids. End one by its own address."""

    code = "which_stream"


def stream_of_switch(*, creator: User) -> Stream:
    """The creator's only stream that has not ended, or the newest of several that are all prepared.

    Queries: 1. Raises: NotFound without any, WhichStream when one of several is on air.
    """
    open_streams = list(
        Stream.objects.filter(creator=creator, status__in=[StreamStatus.SCHEDULED, StreamStatus.LIVE])
        .select_related("creator")
        .order_by("-id")
    )
    if not open_streams:
        raise NotFound()
    if len(open_streams) > 1 and any(stream.status == StreamStatus.LIVE for stream in open_streams):
        raise WhichStream(streams=[str(stream.pk) for stream in open_streams])
    return open_streams[0]


def stream_switch_off(*, creator: User) -> Stream:
    """End it, or cancel it when it was only prepared. Raises: NotFound, WhichStream."""
    stream = stream_of_switch(creator=creator)
    return stream_end(stream_id=stream.pk, reason=EndReason.CREATOR)


def stream_id_of_room(*, room_name: str) -> uuid.UUID:
    """Queries: 1. Raises: NotFound."""
    stream_id = Stream.objects.filter(room_name=room_name).values_list("id", flat=True).first()
    if stream_id is None:
        raise NotFound()
    return stream_id
