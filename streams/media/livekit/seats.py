"""Seats: which token lets whom into which room, once.

Each token has its own identity, so what is known of a seat holds for the token, for its copies, and for the tokens
that the server itself renews while somebody is connected.
"""

import contextlib
import secrets
import uuid
from collections.abc import Collection, Sequence

from django.core.cache import cache
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from core.errors import Forbidden
from streams.media.livekit.admission import seat_use_up
from streams.media.livekit.tokens import LIFETIME
from streams.media.port import Person
from streams.models import Seat, SeatRole

# Longer than a reconcile is ever late.
COUNT_SECONDS = 60


class SeatRefused(Forbidden):
    """This token lets nobody in, or nobody in any more: ask for another. ``details.reason`` is for logs."""

    code = "seat_refused"


def seat_issue(*, stream_id: uuid.UUID, role: SeatRole, person: Person) -> Seat:
    """A new seat; what the person says they leave is revoked. Queries: 1; 1 more when they leave one.

    One whose person's time is up is void at once, 1 more: who ended that may have looked for seats before.
    """
    seat_leave(stream_id=stream_id, person=person)
    if role == SeatRole.VIEWER:
        with contextlib.suppress(ValueError):  # not counted yet
            cache.incr(_count_key(stream_id))
    expires_at = timezone.now() + LIFETIME
    seat = Seat.objects.create(
        identity=f"{role}-{secrets.token_hex(12)}",
        stream_id=stream_id,
        role=role,
        viewer_id=person.viewer_id,
        user_id=person.user_id,
        bound_to=person.holder,
        login=person.login,
        said_adult=person.said_adult,
        issued_at=person.asked_at,
        expires_at=min(expires_at, person.until) if person.until else expires_at,
    )
    if person.until and person.until <= timezone.now():
        Seat.objects.filter(pk=seat.pk).update(revoked_at=timezone.now())
    return seat


def role_of(identity: str) -> str:
    """Which role an identity was made for. Of one that is not ours it says nothing."""
    return identity.partition("-")[0]


def seat_leave(*, stream_id: uuid.UUID, person: Person) -> None:
    """Void the seat that the person says they leave, without another. Queries: none, or 1."""
    if person.leaving:
        _mine(stream_id, person).filter(identity=person.leaving).update(revoked_at=timezone.now())


def seat_was_mine(*, stream_id: uuid.UUID, person: Person) -> bool:
    """Whether the person was in the room until now, by the seat that they say they leave. Queries: none, or 1."""
    seat = _mine(stream_id, person).filter(identity=person.leaving, role=SeatRole.VIEWER)
    return bool(person.leaving) and seat.filter(seen_at__isnull=False).exists()


def seat_replaced(*, stream_id: uuid.UUID, person: Person) -> bool:
    """Whether another studio of the creator's sends since, so that this one was put out. Queries: 1, or 2."""
    mine = Seat.objects.filter(stream_id=stream_id, identity=person.leaving, bound_to=person.holder)
    seat = mine.filter(role=SeatRole.BROADCASTER, revoked_at__isnull=False).first()
    if seat is None:
        return False
    newer = Seat.objects.filter(
        stream_id=stream_id, role=SeatRole.BROADCASTER, issued_at__gt=seat.issued_at, seen_at__isnull=False
    )
    return newer.filter(left_at=None, revoked_at=None).exists()


def seats_taken(*, stream_id: uuid.UUID) -> int:
    """How many viewers are in the room or on their way there, as of the last reconcile and the tokens since.

    Queries: none, since every token asks. Somebody who asks often counts as often, until the next reconcile.
    """
    taken: int = cache.get(_count_key(stream_id), 0)
    return taken


def seats_recount(stream_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, int]:
    """Count anew; whoever asks for several tokens without coming is one person on their way. Queries: 1."""
    here = Q(seen_at__isnull=False)
    viewers = Seat.objects.filter(
        here | Q(expires_at__gt=timezone.now()),
        stream_id__in=stream_ids,
        role=SeatRole.VIEWER,
        left_at=None,
        revoked_at=None,
    )
    counted = (
        viewers.order_by()
        .values("stream_id")
        .annotate(taken=Count("pk", filter=here) + Count("viewer_id", filter=~here, distinct=True))
    )
    taken = dict.fromkeys(stream_ids, 0) | dict(counted.values_list("stream_id", "taken"))
    cache.set_many({_count_key(pk): count for pk, count in taken.items()}, timeout=COUNT_SECONDS)
    return taken


def _count_key(stream_id: uuid.UUID) -> str:
    return f"seats:{stream_id}"


def seat_admit(*, identity: str, holders: Sequence[str]) -> Seat:
    """Use up the token: of several who try at once one is let in. ``holders`` is what the request shows of itself.

    With its stream and user. Queries: 1; 1 more when refused. Raises: SeatRefused.
    """
    if seat := seat_use_up(identity=identity, holders=holders):
        return seat
    raise SeatRefused(reason=_why_not(identity, holders))


def seat_unused(*, identity: str, holders: Sequence[str]) -> Seat:
    """The seat that ``seat_admit`` would answer, left unused. Queries: 1; 1 more when refused. Raises: SeatRefused."""
    seats = _shown(identity, holders).filter(admitted_at=None, participant_sid="", revoked_at=None)
    if seat := seats.first():
        return seat
    raise SeatRefused(reason=_why_not(identity, holders))


def seat_resume(*, identity: str, holders: Sequence[str], participant_sid: str) -> Seat:
    """The seat of somebody whose connection broke and who is still in the room, with its stream and user.

    Queries: 1; 1 more when refused. Raises: SeatRefused.
    """
    seats = _shown(identity, holders).filter(admitted_at__isnull=False, revoked_at=None)
    if seat := seats.filter(participant_sid__in=["", participant_sid]).first():
        return seat
    raise SeatRefused(reason=_why_not(identity, holders, resuming=True))


def seats_revoke(
    *,
    stream_id: uuid.UUID | None = None,
    viewer_id: str | None = None,
    role: SeatRole | None = None,
    login: str = "",
    user_id: uuid.UUID | None = None,
) -> dict[uuid.UUID, list[str]]:
    """Void the tokens of a stream, of a viewer at it, of a sign-in, or of a user. Returns the identities by stream.

    Who holds them in a room is for the caller to remove. Locks: these seats, for the moment. Queries: 4.
    """
    assert stream_id or login or user_id, "that would be everybody"
    wanted = Q(revoked_at=None)
    if stream_id is not None:
        wanted &= Q(stream_id=stream_id)
    if viewer_id is not None:
        wanted &= Q(viewer_id=viewer_id)
    if role is not None:
        wanted &= Q(role=role)
    # Of those who left nobody comes back under the same identity: at the door it is used up, in the room a copy.
    if login:
        wanted &= Q(login=login, left_at=None)
    if user_id is not None:
        wanted &= Q(user_id=user_id, left_at=None)
    revoked: dict[uuid.UUID, list[str]] = {}
    with transaction.atomic():
        # In one order, so that two who revoke the same seats wait for each other and not both.
        seats = Seat.objects.filter(wanted).order_by("pk").select_for_update()
        rows = list(seats.values_list("pk", "stream_id", "identity"))
        Seat.objects.filter(pk__in=[pk for pk, _, _ in rows]).update(revoked_at=timezone.now())
    for _, of_stream, identity in rows:
        revoked.setdefault(of_stream, []).append(identity)
    return revoked


def _mine(stream_id: uuid.UUID, person: Person) -> QuerySet[Seat]:
    """Seats that this same holder was given for itself at this stream."""
    return Seat.objects.filter(
        stream_id=stream_id, viewer_id=person.viewer_id, bound_to=person.holder, revoked_at=None
    )


def _shown(identity: str, holders: Sequence[str]) -> QuerySet[Seat]:
    return Seat.objects.select_related("stream", "user").filter(identity=identity, bound_to__in=holders)


def _why_not(identity: str, holders: Sequence[str], *, resuming: bool = False) -> str:
    """For logs, in one word. Queries: 1."""
    seat = Seat.objects.filter(identity=identity).first()
    if seat is None:
        return "unknown"
    if seat.bound_to not in holders:
        return "not_yours"
    if seat.revoked_at:
        return "revoked"
    if not resuming:
        return "used"
    return "of_another" if seat.admitted_at else "never_admitted"
