"""Whose encoder it is, and into which of their streams it sends."""

from accounts.models import User
from streams.access import Action, require
from streams.encoders.errors import NothingPrepared, StreamKeyRevoked, StreamKeyUnknown
from streams.keys import key_hash
from streams.models import Seat, SeatRole, Stream, StreamKey, StreamStatus
from streams.selectors import streams_running
from streams.viewers import Viewer

PREPARE_FIRST = "Prepare a stream on the go-live page, then start the encoder."


def encoder_creator(*, key: str) -> User:
    """Who shows this stream key. Queries: 1. Raises: StreamKeyUnknown, StreamKeyRevoked."""
    row = StreamKey.objects.select_related("creator").filter(key_hash=key_hash(key)).first() if key else None
    if row is None:
        raise StreamKeyUnknown()
    if row.revoked_at is not None or not row.creator.is_active:
        raise StreamKeyRevoked()
    return row.creator


def encoder_stream(*, creator: User) -> Stream:
    """The stream that the creator's encoder sends into, if they may go live now.

    An encoder that comes back goes on in the stream that it was in. Else it starts the newest one that is prepared to
    begin now, else it takes over the newest one on air. Queries: 2, and those of ``access``.
    Raises: NothingPrepared, and the refusals of ``streams.access``.
    """
    running = list(streams_running(creator=creator).order_by("-id"))
    used = set(
        Seat.objects.filter(stream__in=running, role=SeatRole.ENCODER)
        .exclude(participant_sid="")
        .values_list("stream_id", flat=True)
    )
    live = [stream for stream in running if stream.status == StreamStatus.LIVE]
    prepared = [stream for stream in running if stream.status == StreamStatus.SCHEDULED]
    for stream in [*(one for one in live if one.pk in used), *prepared, *live]:
        require(viewer=viewer_of(creator), stream=stream, action=Action.PUBLISH)
        return stream
    raise NothingPrepared(message=PREPARE_FIRST)


def viewer_of(creator: User) -> Viewer:
    return Viewer(user=creator, viewer_id=f"u:{creator.pk}")
