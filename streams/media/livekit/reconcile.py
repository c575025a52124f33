"""Bringing rooms, seats, sessions and streams into line with each other, again and again.

What LiveKit's list of participants says is what is so; webhooks only make us look sooner. A look may be repeated, lost
or interrupted anywhere: the next one does what is left to do. See docs/livekit.md.
"""

import logging
import time
import uuid
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.core.cache import cache
from django.db import DatabaseError
from django.db.models import OuterRef, Q, QuerySet
from django.db.models.functions import Extract, JSONObject
from django.utils import timezone
from livekit.protocol.models import ParticipantInfo

from realtime.events import RoomEvent
from realtime.publish import room_publish
from streams import services, sessions
from streams.errors import StreamOver
from streams.events import StageAwayEvent, StageBackEvent
from streams.media.errors import MediaAway
from streams.media.livekit import ghosts, presence, watch
from streams.media.livekit.client import EngineRefused, engine
from streams.media.livekit.closing import stage_close
from streams.media.livekit.locks import rooms_held
from streams.media.livekit.rooms import room_name, room_open, stream_id_of
from streams.media.livekit.rules import Unwelcome, door_in_use, publishes, replaced, unwelcome
from streams.media.livekit.seats import seats_recount
from streams.metrics import PUT_OUT, RECONCILE_SECONDS
from streams.models import EngineEvent, MediaState, Seat, SeatRole, Stream, StreamStatus, ViewerSession

logger = logging.getLogger(__name__)

# From then on the room of a planned stream is kept ready.
EARLY = timedelta(minutes=15)
_WISH_SECONDS = 60
_SHUT_OUT_LATELY = timedelta(minutes=5)


@dataclass
class _Room:
    """A stream, and who was found in its room."""

    stream: Stream
    people: list[tuple[ParticipantInfo, Seat | None]]
    unwelcome: dict[str, Unwelcome] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return room_name(self.stream.pk)

    @property
    def welcome(self) -> list[tuple[ParticipantInfo, Seat]]:
        """Those of ours; recorders have no seat."""
        return [(found, seat) for found, seat in self.people if seat and found.identity not in self.unwelcome]

    @property
    def publishers(self) -> list[tuple[ParticipantInfo, Seat]]:
        return [(found, seat) for found, seat in self.welcome if publishes(found, seat=seat)]

    @cached_property
    def shut_out_at(self) -> dict[str, datetime]:
        """When viewers were, lately."""
        lately: list[dict[str, Any]] = getattr(self.stream, "shut_out", [])
        return {one["viewer"]: datetime.fromtimestamp(one["at"], UTC) for one in lately}

    def without(self, sids: Collection[str]) -> None:
        self.people = [(found, seat) for found, seat in self.people if found.sid not in sids]


def rooms_reconcile() -> bool:
    """The look by the clock: at every room that is there, or should be. False when LiveKit does not answer.

    Rooms that another process looks at right now are left to it. Not in a transaction.
    Queries: 13 at most, however many rooms and people there are, and those of each stream whose state changes.
    """
    try:
        there = {room.name for room in engine().list_rooms()}
        named = [stream_id for name in there if (stream_id := stream_id_of(name))]
        wanted = set(_on_now().values_list("pk", flat=True))
        # Of rooms that are named as ours are, those of streams that are ours.
        wanted |= set(Stream.objects.filter(pk__in=named).values_list("pk", flat=True))
        with rooms_held(wanted) as mine:
            _look(mine, there)
    except (MediaAway, EngineRefused) as error:
        _not_answered(error)
        return False
    watch.looked()
    if watch.answers():
        logger.warning("LiveKit answers again")
        _tell(StageBackEvent())
    return True


def room_reconcile(stream_id: uuid.UUID) -> None:
    """One room, now. When another process looks at it already, that one will look once more. Not in a transaction.

    Queries: 11 at most, however many people there are, and those of the stream's change of state.
    Raises: MediaAway, EngineRefused.
    """
    # Wished before the lock is tried, and fulfilled under it: so no wish falls between two looks.
    wish = f"livekit:wish:{stream_id}"
    cache.set(wish, 1, timeout=_WISH_SECONDS)
    while cache.get(wish):
        with rooms_held([stream_id]) as mine:
            if not mine:
                return
            cache.delete(wish)
            _look(mine, {room.name for room in engine().list_rooms([room_name(stream_id)])})


def _on_now() -> QuerySet[Stream]:
    """Streams that need a room: on air, or prepared to begin soon."""
    soon = Q(scheduled_at=None) | Q(scheduled_at__lt=timezone.now() + EARLY)
    return Stream.objects.filter(Q(status=StreamStatus.LIVE) | Q(soon, status=StreamStatus.SCHEDULED))


def _with_shut_out() -> QuerySet[Stream]:
    """With who was shut out lately: seats are made soon after they are asked for, so longer ago does not matter."""
    lately = ViewerSession.objects.filter(
        stream=OuterRef("pk"), revoked_at__gt=timezone.now() - _SHUT_OUT_LATELY
    ).order_by()
    one = JSONObject(viewer="viewer_id", at=Extract("revoked_at", "epoch"))
    return Stream.objects.annotate(shut_out=ArraySubquery(lately.values(one=one)))


def _look(stream_ids: Collection[uuid.UUID], there: set[str]) -> None:
    """Under the locks of these streams. ``there`` are the rooms that LiveKit has."""
    began, started = timezone.now(), time.perf_counter()
    names = {stream_id: room_name(stream_id) for stream_id in stream_ids}
    missing = [stream_id for stream_id, name in names.items() if name not in there]
    for stream_id in _on_now().filter(pk__in=missing).values_list("pk", flat=True) if missing else []:
        # Also after LiveKit lost it. Should the stream end meanwhile, the next look finds a room too many.
        with _apart(names[stream_id]):
            room_open(stream_id=stream_id)
    listed = engine().list_participants([name for name in names.values() if name in there])
    listed |= {names[stream_id]: [] for stream_id in missing}
    # Streams and seats are read after the list, so nobody on it has come by a seat that is not read.
    streams = _with_shut_out().in_bulk([stream_id for stream_id, name in names.items() if name in listed])
    seats = presence.seats_of([found.identity for people in listed.values() for found in people])
    rooms = []
    for stream in streams.values():
        people = [(found, seats.get(found.identity)) for found in listed[names[stream.pk]]]
        if not stream.is_over:
            rooms.append(_Room(stream, people))
        elif names[stream.pk] in there:
            # Left from a crash, or opened again by an old token where the server makes rooms by itself.
            with _apart(names[stream.pk]):
                stage_close(stream_id=stream.pk)
    _judge(rooms)
    _note(rooms)
    _move(rooms)
    _put_out(rooms)
    EngineEvent.objects.filter(
        room_name__in=[names[pk] for pk in streams], handled_at=None, received_at__lte=began
    ).update(handled_at=timezone.now())
    RECONCILE_SECONDS.observe(time.perf_counter() - started)


def _judge(rooms: list[_Room]) -> None:
    """Leave out who is not really there, and say who has to go."""
    door = door_in_use()
    known = ghosts.ghosts_known([room.stream.pk for room in rooms])
    for room in rooms:
        room.without(known.get(room.stream.pk, ()))
        for found, seat in room.people:
            shut_out_at = room.shut_out_at.get(seat.viewer_id) if seat else None
            if reason := unwelcome(found, seat=seat, stream=room.stream, door=door, shut_out_at=shut_out_at):
                room.unwelcome[found.identity] = reason
        room.unwelcome |= dict.fromkeys(replaced(room.welcome), Unwelcome.REPLACED)
    # Who came just now is no ghost.
    publishers = {
        room.stream.pk: {found.identity: found.sid for found, seat in room.publishers if seat.seen_at}
        for room in rooms
    }
    found_out = ghosts.ghosts_among(publishers)
    for room in rooms:
        if sids := found_out.get(room.stream.pk):
            logger.warning("%s: LiveKit tells of publishers who are not there", room.name)
            ghosts.ghosts_add(room.stream.pk, sids)
            room.without(sids)


def _note(rooms: list[_Room]) -> None:
    """Write down who is there, who has left, and whose session takes pictures."""
    here = [(found, seat) for room in rooms for found, seat in room.welcome]
    presence.seats_present(
        {
            seat.pk: found.sid
            for found, seat in here
            if seat.left_at or seat.participant_sid != found.sid or not seat.seen_at
        }
    )
    presence.seats_left(stream_ids=[room.stream.pk for room in rooms], present=[seat.pk for _, seat in here])
    sessions.pictures_taken(
        seat_ids=[
            seat.pk
            for found, seat in here
            if seat.role == SeatRole.VIEWER and found.state == ParticipantInfo.State.ACTIVE
        ]
    )
    presence.seats_put_out(
        [seat.pk for room in rooms for found, seat in room.people if seat and _is_voided(room, found)]
    )
    seats_recount([room.stream.pk for room in rooms])


def _is_voided(room: _Room, found: ParticipantInfo) -> bool:
    """Whether the seat goes with its participant. A seat of another stream may be somebody's there."""
    return room.unwelcome.get(found.identity, Unwelcome.OTHER_STREAM) != Unwelcome.OTHER_STREAM


def _move(rooms: list[_Room]) -> None:
    """Pictures that arrive put a stream on air, and pictures that do not begin its grace."""
    still = []
    for room in rooms:
        flowing, publishing = room.stream.media_state == MediaState.FLOWING, bool(room.publishers)
        if publishing and flowing:
            still.append(room.stream.pk)
            continue
        try:
            if publishing:
                services.media_arrived(stream_id=room.stream.pk)
            elif flowing:
                services.media_lost(stream_id=room.stream.pk)
        except StreamOver:
            continue  # its end is on the way
        except DatabaseError:
            # One stream whose row somebody holds keeps us from no other; the next look tries again.
            logger.exception("%s: what its pictures do could not be written", room.name)
    services.media_seen_in(stream_ids=still)


def _put_out(rooms: Iterable[_Room]) -> None:
    for room in rooms:
        if not room.unwelcome:
            continue
        logger.info("%s: put out %s", room.name, room.unwelcome)
        with _apart(room.name):
            unreachable = engine().remove_participants(room=room.name, identities=list(room.unwelcome))
            sids = {found.identity: found.sid for found, _ in room.people}
            ghosts.ghosts_add(room.stream.pk, [sids[identity] for identity in unreachable])
            for reason in room.unwelcome.values():
                PUT_OUT.labels(reason.value).inc()


@contextmanager
def _apart(name: str) -> Iterator[None]:
    """What LiveKit cannot do in one room keeps us from no other. Raises: MediaAway when it does not answer at all."""
    try:
        yield
    except EngineRefused as refused:
        logger.warning("%s: %s", name, refused)
    except MediaAway as away:
        if "reason" not in away.details:
            raise
        logger.warning("%s: %s", name, away.details["reason"])


def _not_answered(error: Exception) -> None:
    if watch.did_not_answer():
        logger.error("LiveKit does not answer: %s", error)
        _tell(StageAwayEvent())
    if watch.away_since() is not None:
        # Who was there counts as there for as long as their room socket says so: pictures may well go on.
        live = Stream.objects.filter(status=StreamStatus.LIVE).values_list("pk", flat=True)
        sessions.pictures_taken(seat_ids=presence.viewers_inside(list(live)))


def _tell(event: RoomEvent) -> None:
    for stream_id in _on_now().values_list("pk", flat=True):
        room_publish(stream_id, event)
