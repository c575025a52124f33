"""Keeping lines for the team, and what the team decides about them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from accounts.selectors import blocks
from core.errors import NotFound
from core.facts import publish_on_commit
from moderation.bans.models import Ban
from moderation.errors import Decided
from moderation.events import Person
from moderation.held.events import (
    ChatHeldDecidedEvent,
    HeldAddedEvent,
    HeldAuthor,
    HeldDecidedEvent,
    MessageApproved,
)
from moderation.held.models import HeldMessage, HeldState
from moderation.lines import iso
from moderation.policies import Act, require
from moderation.rooms import room_turn, rooms_turn
from moderation.trail import acted
from realtime.publish import room_publish


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A line that is to be held under ``id``; ``name`` and ``role`` are its author's now."""

    id: UUID
    author_id: UUID
    name: str
    role: str
    client_id: str
    text: str
    reason: str
    piece: str


def held_add(*, stream_id: UUID, channel_id: UUID, lines: Sequence[Waiting], at: datetime) -> None:
    """Keep the lines until the team decides, within the transaction that decided to, which holds the room's turn.

    Queries: 1, in plain SQL. Emits: held:added to the team, after commit.
    """
    rows = [
        (str(line.id), str(line.author_id), line.client_id, line.text, line.reason, line.piece)
        for line in lines
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO moderation_heldmessage (
                id, author_id, client_id, text, reason, piece, stream_id, channel_id, state, created_at
            )
            SELECT item.id, author, client_id, text, reason, piece, %s, %s, 'held', %s
            FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[])
                AS item (id, author, client_id, text, reason, piece)
            """,
            [stream_id, channel_id, at, *map(list, zip(*rows, strict=True))],
        )
    events = [
        HeldAddedEvent(
            id=str(line.id),
            user=HeldAuthor(id=str(line.author_id), name=line.name, role=line.role),
            text=line.text,
            reason=line.reason,
            piece=line.piece,
            at=iso(at),
        )
        for line in lines
    ]
    transaction.on_commit(lambda: room_publish(stream_id, *events))


@transaction.atomic
def held_decide(*, actor: User, held_id: UUID, approve: bool) -> HeldMessage:
    """Let a message be said, or not; of two who decide at once one is told that it was decided.

    Approved, it is dropped all the same where its author was put out or the stream ended meanwhile.
    Locks: the channel's rooms, then the message. Emits: MessageApproved, TeamActed, held:decided, chat:held_decided.
    Raises: NotFound, NotYourPlace, Decided.
    """
    channel_id = HeldMessage.objects.filter(pk=held_id).values_list("channel_id", flat=True).first()
    if channel_id is None:
        raise NotFound()
    rooms_turn(channel_id=channel_id)
    held = (
        HeldMessage.objects.select_for_update(of=("self",), no_key=True)
        .select_related("author", "channel", "stream")
        .get(pk=held_id)
    )
    require(act=Act.DECIDE, channel_id=channel_id, actor=actor)
    if held.state != HeldState.HELD:
        raise Decided(state=held.state)
    if approve and _is_nobody_to_say_it(held):
        _dropped([held])
        return held
    held.state = HeldState.APPROVED if approve else HeldState.DENIED
    held.decided_by_id, held.decided_at = actor.party_id, timezone.now()
    held.save(update_fields=["state", "decided_by", "decided_at"])
    acted(
        action="held.approved" if approve else "held.denied",
        channel=held.channel,
        actor=actor,
        target=f"held:{held.pk}",
        whom=held.author,
        reason=held.reason,
        message_id=held.pk,
    )
    _tell([held], by=Person(id=str(actor.pk), name=actor.name))
    if approve:
        publish_on_commit(MessageApproved(held_id=str(held.pk), stream_id=str(held.stream_id)))
    return held


@transaction.atomic
def held_of_person_drop(*, channel_id: UUID | None, person_id: UUID) -> int:
    """What somebody who was put out said will not be said; with ``channel_id`` None, anywhere.

    Locks: the messages. Queries: 2. Emits: held:decided, chat:held_decided. Returns: how many.
    """
    waiting = HeldMessage.objects.filter(author_id=person_id, state=HeldState.HELD)
    return _drop(waiting if channel_id is None else waiting.filter(channel_id=channel_id))


@transaction.atomic
def held_of_stream_drop(*, stream_id: UUID) -> int:
    """Nobody decides after the end. Locks: the room's row, then the messages. Queries: 3. Emits as the above."""
    room_turn(stream_id=stream_id)
    return _drop(HeldMessage.objects.filter(stream_id=stream_id, state=HeldState.HELD))


@transaction.atomic
def held_drop(*, held_id: UUID) -> None:
    """A message that was approved cannot be said any more. Locks: the message. Emits as the above."""
    _drop(HeldMessage.objects.filter(pk=held_id))


def _is_nobody_to_say_it(held: HeldMessage) -> bool:
    author = held.author
    banned = Ban.objects.filter(channel_id=held.channel_id, person_id=author.pk, until=None).exists()
    blocked = blocks(blocker_id=held.channel_id, blocked_id=author.pk)
    return held.stream.is_over or not author.is_active or banned or blocked


def _drop(messages: QuerySet[HeldMessage]) -> int:
    held = list(messages.select_for_update(of=("self",), no_key=True))
    _dropped(held)
    return len(held)


def _dropped(messages: Sequence[HeldMessage]) -> None:
    if not messages:
        return
    now = timezone.now()
    HeldMessage.objects.filter(pk__in=[held.pk for held in messages]).update(
        state=HeldState.DROPPED, decided_at=now, decided_by=None
    )
    for held in messages:
        held.state, held.decided_at = HeldState.DROPPED, now
    _tell(messages, by=None)


def _tell(messages: Sequence[HeldMessage], *, by: Person | None) -> None:
    """The team, and the authors."""

    def publish() -> None:
        for held in messages:
            room_publish(
                held.stream_id,
                HeldDecidedEvent(id=str(held.pk), state=held.state, by=by),
                ChatHeldDecidedEvent(
                    id=str(held.pk),
                    client_id=held.client_id,
                    user_id=str(held.author_id),
                    approved=held.state == HeldState.APPROVED,
                ),
            )

    transaction.on_commit(publish)
