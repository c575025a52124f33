"""Taking messages away again. Their text stays in their rows, for staff, the team and reports; nobody else reads it.

Everything here holds the room before it looks at messages, as who stores them does. So a message is either taken away
with the others or comes after them, under a higher number.
"""

from datetime import datetime
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import User
from chat.events import ChatPurgedEvent, ChatRemovedEvent
from chat.models import ChatMessage
from chat.selectors import message_event
from core.errors import InvalidInput, NotFound
from core.text import said
from moderation.policies import Act, require
from moderation.trail import acted
from realtime.events import StoredRoomEvent
from realtime.store import append, rewrite, room_lock
from streams.models import Stream

REASON_MOST = 500


@transaction.atomic
def message_remove(*, actor: User, stream_id: UUID, message_id: UUID, reason: str = "") -> None:
    """Show one message to nobody any more; of a card only its words and its pin go. A repeat does nothing.

    Whoever said it may do this too; that is no act of the team, and not in its trail.
    Locks: the room's row, the message. Queries: 8. Emits: chat:removed, TeamActed.
    Raises: NotFound, NotYourPlace, InvalidInput.
    """
    reason = said(reason)
    if len(reason) > REASON_MOST:
        raise InvalidInput(reason=[f"At most {REASON_MOST} characters."])
    channel = _channel(stream_id)
    room_lock(stream_id)
    message = _locked(stream_id, message_id)
    author = _author(message) if message is not None else None
    require(act=Act.DELETE, channel_id=channel.pk, actor=actor, target=author)
    if message is None:
        raise NotFound()
    if not _take_away(message, by=actor.party_id):
        return
    if author is None or author.pk != actor.pk:
        acted(
            action="message.deleted",
            channel=channel,
            actor=actor,
            target=f"message:{message.pk}",
            whom=author,
            reason=reason,
            message_id=message.pk,
        )
    append(stream_id, [ChatRemovedEvent(id=str(message.pk))])


@transaction.atomic
def messages_purge(*, actor: User, stream_id: UUID, person: User) -> int:
    """Show nobody any more what the person said in this stream so far. Returns: how many messages those are.

    Locks: the room's row. Queries: 10 at most, however many there are. Emits: chat:purged and TeamActed, if there
    are any. Raises: NotFound, NotYourPlace.
    """
    channel = _channel(stream_id)
    last = room_lock(stream_id)
    require(act=Act.PURGE, channel_id=channel.pk, actor=actor, target=person)
    gone = _purge(stream_id, last, by=actor.party_id, person=person)
    if gone:
        _purged(channel, actor, stream_id, person, gone)
    return gone


@transaction.atomic
def chat_clear(*, actor: User, stream_id: UUID) -> int:
    """The same for what everybody said. Raises: NotFound, NotYourPlace."""
    channel = _channel(stream_id)
    last = room_lock(stream_id)
    require(act=Act.CLEAR, channel_id=channel.pk, actor=actor)
    gone = _purge(stream_id, last, by=actor.party_id, person=None)
    if gone:
        acted(
            action="chat.cleared",
            channel=channel,
            actor=actor,
            target=f"stream:{stream_id}",
            after={"messages": gone},
        )
    return gone


@transaction.atomic
def messages_purge_of_banned(*, stream_id: UUID, person: User, actor: User | None) -> int:
    """``messages_purge`` as a part of a ban, for which was asked who may. A repeat does nothing.

    ``actor`` is None where they are erased meanwhile.
    """
    channel = _channel(stream_id)
    gone = _purge(stream_id, room_lock(stream_id), by=actor.party_id if actor else None, person=person)
    if gone:
        _purged(channel, actor, stream_id, person, gone)
    return gone


@transaction.atomic
def message_take_down(*, stream_id: UUID, message_id: UUID) -> None:
    """``message_remove`` by a decision of staff, which is in their books. A repeat does nothing."""
    room_lock(stream_id)
    message = _locked(stream_id, message_id)
    if message is not None and _take_away(message, by=None):
        append(stream_id, [ChatRemovedEvent(id=str(message.pk))])


@transaction.atomic
def message_put_back(*, stream_id: UUID, message_id: UUID) -> None:
    """Undo ``message_take_down`` for whoever reads the chat from now on. What the team removed stays removed."""
    room_lock(stream_id)
    ChatMessage.objects.filter(
        stream_id=stream_id, pk=message_id, removed_at__isnull=False, removed_by=None
    ).update(removed_at=None)


def _channel(stream_id: UUID) -> User:
    """Whose stream it is. Queries: 1. Raises: NotFound, also where they are erased."""
    stream = Stream.objects.select_related("creator").filter(pk=stream_id).first()
    if stream is None or stream.creator is None:
        raise NotFound()
    return stream.creator


def _author(message: ChatMessage) -> User | None:
    """None for nobody's, and for an erased person's."""
    if message.party is None:
        return None
    try:
        return message.party.user
    except ObjectDoesNotExist:
        return None


def _locked(stream_id: UUID, message_id: UUID) -> ChatMessage | None:
    return (
        ChatMessage.objects.select_for_update(of=("self",), no_key=True)
        .select_related("party__user")
        .filter(stream_id=stream_id, pk=message_id)
        .first()
    )


def _take_away(message: ChatMessage, *, by: UUID | None) -> bool:
    """False when there is nothing to take away. Queries: 2."""
    if message.removed_at is not None or not _says_something(message):
        return False
    message.removed_at, message.removed_by_id, message.pinned_until = timezone.now(), by, None
    message.save(update_fields=["removed_at", "removed_by", "pinned_until"])
    rewrite(message.stream_id, {message.seq: _left(message)})
    return True


def _purge(stream_id: UUID, last: int, *, by: UUID | None, person: User | None) -> int:
    """Takes away everything up to ``last`` that the person, or anybody, said. Queries: 5 at most."""
    now = timezone.now()
    lines, cards = _shown(stream_id, last, person), _shown_cards(stream_id, last, person)
    left: dict[int, StoredRoomEvent] = {
        seq: ChatRemovedEvent(id=str(message_id)) for message_id, seq in lines.values_list("pk", "seq")
    }
    gone = _mark(lines, by=by, at=now) if left else 0
    for card in cards:
        card.removed_at = now
        left[card.seq] = _left(card)
    if len(left) > gone:
        gone += _mark(cards, by=by, at=now)
    if left:
        rewrite(stream_id, left)
        append(stream_id, [ChatPurgedEvent(user=str(person.pk) if person else None, up_to_seq=last)])
    return gone


def _purged(channel: User, actor: User | None, stream_id: UUID, person: User, gone: int) -> None:
    acted(
        action="messages.purged",
        channel=channel,
        actor=actor,
        target=f"stream:{stream_id}",
        whom=person,
        after={"messages": gone},
    )


def _shown(stream_id: UUID, last: int, person: User | None) -> QuerySet[ChatMessage]:
    said = ChatMessage.objects.filter(
        stream_id=stream_id, seq__lte=last, removed_at=None, card__isnull=True
    ).order_by()
    return said.filter(party=person.party_id) if person else said


def _shown_cards(stream_id: UUID, last: int, person: User | None) -> QuerySet[ChatMessage]:
    """Those that say something, or are pinned."""
    cards = ChatMessage.objects.filter(
        ~Q(text="") | Q(pinned_until__isnull=False),
        stream_id=stream_id,
        seq__lte=last,
        removed_at=None,
        card__isnull=False,
    ).select_related("party__user")
    return cards.filter(party=person.party_id) if person else cards


def _mark(messages: QuerySet[ChatMessage], *, by: UUID | None, at: datetime) -> int:
    return messages.order_by().update(removed_at=at, removed_by=by, pinned_until=None)


def _says_something(message: ChatMessage) -> bool:
    return message.card is None or message.text != "" or message.pinned_until is not None


def _left(message: ChatMessage) -> StoredRoomEvent:
    """What stands under the number of a message that was taken away."""
    if message.card is None:
        return ChatRemovedEvent(id=str(message.pk))
    return message_event(message)
