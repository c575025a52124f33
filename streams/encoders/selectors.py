"""What a creator reads of their encoders."""

from dataclasses import dataclass

from django.conf import settings

from accounts.models import User
from streams.encoders.rtmp import RtmpState, rtmp_is_there, rtmp_state
from streams.models import MediaState, RtmpAddress, Seat, SeatRole, Stream, StreamKey, StreamStatus
from streams.selectors import streams_running


@dataclass(frozen=True)
class Whip:
    url: str
    last_four: str | None


@dataclass(frozen=True)
class Rtmp:
    url: str
    last_four: str
    state: RtmpState


@dataclass(frozen=True)
class Target:
    """The stream that an encoder sends into, or would; ``on_air`` when its pictures arrive there now."""

    stream: Stream
    on_air: bool


@dataclass(frozen=True)
class Encoders:
    """What there is for one creator. ``whip`` is None where no encoder is taken; ``rtmp`` until they ask for one."""

    whip: Whip | None
    rtmp: Rtmp | None
    rtmp_available: bool
    target: Target | None


def encoders_of(*, creator: User) -> Encoders:
    """Queries: 4 at most. Asks LiveKit about the RTMP address, at most every few seconds."""
    if not settings.LIVEKIT_URL:
        return Encoders(whip=None, rtmp=None, rtmp_available=False, target=None)
    key = StreamKey.objects.filter(creator=creator, revoked_at=None).first()
    address = RtmpAddress.objects.filter(creator=creator, revoked_at=None).first()
    return Encoders(
        whip=Whip(url=f"{settings.PUBLIC_URL}/whip", last_four=key.last_four if key else None),
        rtmp=Rtmp(url=address.url, last_four=address.last_four, state=rtmp_state(address=address))
        if address
        else None,
        rtmp_available=address is not None or rtmp_is_there(),
        target=_target(creator),
    )


def _target(creator: User) -> Target | None:
    running = list(streams_running(creator=creator).order_by("-id"))
    sending = set(
        Seat.objects.filter(
            stream__in=running, role=SeatRole.ENCODER, seen_at__isnull=False, left_at=None, revoked_at=None
        ).values_list("stream_id", flat=True)
    )
    live = [stream for stream in running if stream.status == StreamStatus.LIVE]
    prepared = [stream for stream in running if stream.status == StreamStatus.SCHEDULED]
    for stream in [*(one for one in live if one.pk in sending), *prepared, *live]:
        flowing = stream.status == StreamStatus.LIVE and stream.media_state == MediaState.FLOWING
        return Target(stream=stream, on_air=flowing and stream.pk in sending)
    return None


def encoder_was_last(*, stream: Stream) -> bool:
    """Whether whoever sent last, or sends now, is an encoder: it may come back at any moment. Queries: 1."""
    senders = Seat.objects.filter(stream=stream, role__in=[SeatRole.BROADCASTER, SeatRole.ENCODER])
    last = senders.exclude(participant_sid="").order_by("-pk").first()
    return last is not None and last.role == SeatRole.ENCODER
