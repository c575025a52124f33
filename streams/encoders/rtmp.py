"""RTMP: each creator may have one address at LiveKit's ingress service, which leads into their stream that waits.

Source: https://docs.livekit.io/home/ingress/overview/
"""

import logging
import secrets
import uuid
from datetime import timedelta
from enum import StrEnum

from django.conf import settings
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from livekit import api

from accounts.models import User
from core.audit import audit_record
from core.errors import DomainError, NotSupported
from streams.access import Action, require
from streams.encoders.admission import viewer_of
from streams.encoders.errors import NoCapacity
from streams.encoders.seats import encoder_seat
from streams.media.errors import MediaAway
from streams.media.livekit.client import EngineRefused, engine
from streams.media.livekit.rooms import room_name, room_open
from streams.models import RtmpAddress, Seat, SeatRole, Stream, StreamStatus
from streams.selectors import streams_running

logger = logging.getLogger(__name__)

# Two tasks that want the same must not both do it; and what failed is tried again after this.
AGAIN_AFTER = timedelta(seconds=5)
STATE_CACHE_SECONDS, SERVICE_CACHE_SECONDS = 3, 30
# An address that leads nowhere is disabled, and has to name a room and somebody all the same.
_NOWHERE, _NOBODY = "nowhere", "nobody"
_FULL = "server capacity exceeded"


class RtmpState(StrEnum):
    """What the ingress service says of an address."""

    WAITING = "waiting"
    STARTING = "starting"
    SENDING = "sending"
    NO_CAPACITY = "no_capacity"
    FAILED = "failed"
    AWAY = "away"


def rtmp_make(*, creator: User) -> tuple[RtmpAddress, str]:
    """A new address and its key, in full this one time; one that was there before opens nothing from now on.

    Whether it is really the creator who asks is to be made sure of before. Network, so not in a transaction.
    Queries: about 10. Raises: NotSupported without an ingress service, NoCapacity, MediaAway.
    """
    request = api.CreateIngressRequest(
        input_type=api.IngressInput.RTMP_INPUT,
        name=f"busk-{creator.pk.hex}",
        room_name=f"{_NOWHERE}-{secrets.token_hex(8)}",
        participant_identity=f"{_NOBODY}-{secrets.token_hex(8)}",
        participant_name=creator.name,
        enabled=False,
    )
    made = _made(request)
    if not made.url:
        engine().delete_ingress(made.ingress_id)
        raise NotSupported(what="rtmp")
    rtmp_drop(creator=creator)
    try:
        with transaction.atomic():
            address = RtmpAddress.objects.create(
                creator=creator,
                ingress_id=made.ingress_id,
                url=made.url,
                last_four=made.stream_key[-4:],
                pointed_at=timezone.now() - AGAIN_AFTER,
            )
            audit_record(actor_party_id=creator.party_id, action="rtmp_key.made", target=f"user:{creator.pk}")
    except IntegrityError:  # another tab was faster
        engine().delete_ingress(made.ingress_id)
        raise MediaAway(reason="twice at once")
    rtmp_point(address_id=address.pk)
    return address, made.stream_key


def rtmp_drop(*, creator: User) -> None:
    """Take the creator's address back; whoever pushes to it is put out. Nothing to take back is no error.

    Should LiveKit not answer, the address leads nowhere all the same, since its seat is void; LiveKit forgets it later.
    """
    valid = RtmpAddress.objects.filter(creator=creator, revoked_at=None)
    Seat.objects.filter(pk__in=valid.values("seat"), revoked_at=None).update(revoked_at=timezone.now())
    for address in list(valid):
        RtmpAddress.objects.filter(pk=address.pk).update(revoked_at=timezone.now())
        _forget(address)


def rtmp_point(*, address_id: uuid.UUID) -> None:
    """Let the address lead into the creator's stream that waits for an encoder, or nowhere.

    Somebody who is on air by it is left alone. May run any number of times. Queries: 3 when all is as it should be.
    """
    address = RtmpAddress.objects.select_related("creator", "seat__stream").filter(pk=address_id).first()
    if address is None or address.revoked_at is not None or address.creator is None:
        return
    wanted = _leads_to(address)
    if _is_right(address, wanted) or not _claim(address):
        return
    try:
        if wanted is None:
            engine().update_ingress(api.UpdateIngressRequest(ingress_id=address.ingress_id, enabled=False))
            _seat_changed(address, None)
            return
        room_open(stream_id=wanted.pk)
        seat = encoder_seat(stream_id=wanted.pk, creator=address.creator)
        request = api.UpdateIngressRequest(
            ingress_id=address.ingress_id,
            room_name=room_name(wanted.pk),
            participant_identity=seat.identity,
            participant_name=address.creator.name,
            enabled=True,
        )
        engine().update_ingress(request)
        _seat_changed(address, seat)
        logger.info("stream %s: an encoder may come by RTMP", wanted.pk)
    except EngineRefused as refused:
        if refused.reason == api.TwirpErrorCode.NOT_FOUND:  # LiveKit's own memory was lost
            logger.warning(
                "RTMP address %s is unknown to LiveKit; its creator has to make another", address.pk
            )
            RtmpAddress.objects.filter(pk=address.pk).delete()
        else:
            logger.info("RTMP address %s was not pointed: %s", address.pk, refused)
    except MediaAway as away:
        logger.info("RTMP address %s was not pointed: %s", address.pk, away)


def rtmp_sweep() -> None:
    """Point every address where it should lead, and let LiveKit forget those that are nobody's."""
    for address in RtmpAddress.objects.filter(Q(creator=None) | Q(revoked_at__isnull=False))[:100]:
        _forget(address)
    open_ones = RtmpAddress.objects.filter(revoked_at=None, creator__isnull=False)
    waiting = open_ones.filter(
        Q(seat__isnull=False)
        | Q(
            creator__streams__ended_at=None,
            creator__streams__scheduled_at=None,
            creator__streams__isnull=False,
        )
    )
    for address_id in waiting.order_by().values_list("pk", flat=True).distinct():
        rtmp_point(address_id=address_id)


def rtmp_state(*, address: RtmpAddress) -> RtmpState:
    """What happens at the address now, a few seconds old at most. Queries: none."""
    key = f"rtmp-state:{address.pk}"
    known: str | None = cache.get(key)
    if known is None:
        known = _state(address)
        cache.set(key, known, timeout=STATE_CACHE_SECONDS)
    return RtmpState(known)


def rtmp_is_there() -> bool:
    """Whether LiveKit can have addresses at all: not without Redis. True while it cannot be asked."""
    there: bool | None = cache.get("rtmp-is-there")
    if there is None:
        try:
            engine().list_ingress(room=_NOWHERE)
            there = True
        except EngineRefused:
            there = False
        except MediaAway:
            return True
        cache.set("rtmp-is-there", there, timeout=SERVICE_CACHE_SECONDS)
    return there


def _made(request: api.CreateIngressRequest) -> api.IngressInfo:
    try:
        return engine().create_ingress(request)
    except EngineRefused as refused:
        if refused.status == 429:
            raise NoCapacity() from refused
        logger.warning("no RTMP address was made: %s", refused)
        raise NotSupported(what="rtmp") from refused


def _leads_to(address: RtmpAddress) -> Stream | None:
    """The stream that an encoder at this address would be in; None when it may be in none.

    The one on air that it was in, else the newest that is prepared to begin now: a stream that began otherwise, from
    its studio or by WHIP, is not the address's any more.
    """
    creator = address.creator
    assert creator is not None
    running = list(streams_running(creator=creator).order_by("-id"))
    seat = address.seat
    live = [stream for stream in running if stream.status == StreamStatus.LIVE]
    prepared = [stream for stream in running if stream.status == StreamStatus.SCHEDULED]
    used = [stream for stream in live if seat and seat.stream_id == stream.pk and seat.participant_sid]
    for stream in [*used, *prepared]:
        others = Seat.objects.filter(
            stream=stream,
            role__in=[SeatRole.ENCODER, SeatRole.BROADCASTER],
            revoked_at=None,
            left_at=None,
            seen_at__isnull=False,
        )
        if any(pk != address.seat_id for pk in others.values_list("pk", flat=True)):
            return None
        try:
            require(viewer=viewer_of(creator), stream=stream, action=Action.PUBLISH)
        except DomainError:
            return None
        return stream
    return None


def _is_right(address: RtmpAddress, wanted: Stream | None) -> bool:
    seat = address.seat
    if wanted is None:
        return seat is None
    return seat is not None and seat.stream_id == wanted.pk and seat.revoked_at is None


def _claim(address: RtmpAddress) -> bool:
    """One of several who want to point it does; a conditional update, since a lock would wait for LiveKit."""
    now = timezone.now()
    if address.pointed_at > now - AGAIN_AFTER and address.seat_id is not None:
        return False
    untouched = RtmpAddress.objects.filter(pk=address.pk, pointed_at=address.pointed_at)
    return bool(untouched.update(pointed_at=now))


def _seat_changed(address: RtmpAddress, seat: Seat | None) -> None:
    if address.seat is not None:
        Seat.objects.filter(pk=address.seat.pk, revoked_at=None).update(revoked_at=timezone.now())
    RtmpAddress.objects.filter(pk=address.pk).update(seat=seat)


def _forget(address: RtmpAddress) -> None:
    try:
        engine().delete_ingress(address.ingress_id)
    except (MediaAway, EngineRefused) as error:
        logger.info("RTMP address %s is still known to LiveKit: %s", address.pk, error)
        return
    RtmpAddress.objects.filter(pk=address.pk).delete()


def _state(address: RtmpAddress) -> RtmpState:
    if not settings.LIVEKIT_URL:
        return RtmpState.AWAY
    try:
        found = engine().list_ingress(ingress_id=address.ingress_id)
    except EngineRefused:
        return RtmpState.FAILED
    except MediaAway:
        return RtmpState.AWAY
    if not found:
        return RtmpState.FAILED
    status = api.IngressState.Status
    match found[0].state.status:
        case status.ENDPOINT_PUBLISHING:
            return RtmpState.SENDING
        case status.ENDPOINT_BUFFERING:
            return RtmpState.STARTING
        case status.ENDPOINT_ERROR:
            return RtmpState.NO_CAPACITY if _FULL in found[0].state.error else RtmpState.FAILED
        case _:
            return RtmpState.WAITING
