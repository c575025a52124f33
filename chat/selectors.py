"""What can be read of a chat."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

import msgspec
from django.core.cache import cache
from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.models import Party, User
from accounts.selectors import blocked_either_way
from chat.events import AnyCard, Author, ChatMessageEvent, TipCard, card_stripped
from chat.models import ChatMessage
from realtime.events import Entry, encode, event_tag, stored_entry
from realtime.rooms import HISTORY_LENGTH
from realtime.selectors import events_after, last_seq

_TAG = event_tag(ChatMessageEvent)
_ERASED = "Deleted user"
EVENTS_CACHE_SECONDS = 10
# As many as a welcome carries beside the history.
PINS_MOST = 20


def messages_of(stream_id: UUID, *, reader: User | None = None) -> QuerySet[ChatMessage]:
    """A stream's messages with their authors, newest first, without those of who is blocked either way. Queries: 1.

    Nor with what was taken away, but for cards: of those only the words went.
    """
    messages = (
        ChatMessage.objects.filter(Q(removed_at=None) | Q(card__isnull=False), stream_id=stream_id)
        .select_related("party__user")
        .order_by("-seq")
    )
    if reader is None:
        return messages
    hidden = Party.objects.filter(pk=OuterRef("party_id"), user__in=blocked_either_way(reader))
    return messages.exclude(Exists(hidden))


def history(stream_id: UUID, *, up_to_seq: int, limit: int = HISTORY_LENGTH) -> list[Entry]:
    """The newest messages as they go over the wire, oldest first. Queries: 1."""
    newest = messages_of(stream_id).filter(seq__lte=up_to_seq)[:limit]
    return [
        stored_entry(_TAG, message.seq, encode(msgspec.structs.replace(message_event(message), seq=0)))
        for message in reversed(newest)
    ]


def wire(event: ChatMessageEvent) -> bytes:
    """A numbered message as it goes over the wire."""
    return stored_entry(_TAG, event.seq, encode(msgspec.structs.replace(event, seq=0))).body


class Pin(NamedTuple):
    """A card that is shown above the chat, and until when. ``body`` is its event as it goes over the wire."""

    id: str
    until: datetime
    body: bytes


def pin_of(event: ChatMessageEvent) -> Pin | None:
    """None for what is not pinned, also for what was."""
    card = event.card
    if not isinstance(card, TipCard) or card.pinned_until is None:
        return None
    until = datetime.fromisoformat(card.pinned_until)
    return Pin(event.id, until, wire(event)) if until > timezone.now() else None


def pins_of(stream_ids: Iterable[UUID]) -> dict[UUID, tuple[Pin, ...]]:
    """What is pinned now in each of the streams that have any, the one that ends last first. Queries: 1."""
    pinned = (
        ChatMessage.objects.filter(stream_id__in=list(stream_ids), pinned_until__gt=timezone.now())
        .select_related("party__user")
        .order_by("-pinned_until")
    )
    found: dict[UUID, tuple[Pin, ...]] = {}
    for message in pinned:
        if pin := pin_of(message_event(message)):
            found[message.stream_id] = (*found.get(message.stream_id, ()), pin)[:PINS_MOST]
    return found


def message_event(message: ChatMessage) -> ChatMessageEvent:
    """The message as everybody sees it, under its author's present name; nothing of what it said if it was removed.

    Queries: none after ``messages_of``.
    """
    card = None if message.card is None else msgspec.convert(message.card, AnyCard)
    event = ChatMessageEvent(
        seq=message.seq,
        id=str(message.pk),
        # That of a card is the server's, which names an order or a streak.
        client_id=message.client_id if card is None else None,
        kind=message.kind,
        user=_author(message),
        text=message.text,
        at=message.created_at.astimezone(UTC).isoformat(timespec="milliseconds"),
        card=card,
    )
    return event if message.removed_at is None else card_stripped(event)


def events_answer(room_id: UUID, *, after: int) -> bytes:
    """The JSON for who has the room's events up to ``after``: {events, last_seq}.

    The same bytes for all who miss the same, so that a room that resyncs as one costs one look.
    Queries: 1 for where the room stands; 1 more for the first who asks this.
    """
    newest = last_seq(room_id)
    key = f"events:{room_id}:{after}:{newest}"
    answer: bytes | None = cache.get(key)
    if answer is None:
        bodies = b",".join(entry.body for entry in events_after(room_id, after) if entry.seq <= newest)
        answer = b'{"events":[%b],"last_seq":%d}' % (bodies, newest)
        cache.set(key, answer, timeout=EVENTS_CACHE_SECONDS)
    return answer


def _author(message: ChatMessage) -> Author | None:
    party = message.party
    if party is None:
        return None
    try:
        user = party.user
    except ObjectDoesNotExist:  # erased; what they said stays, without them
        return Author(id=str(party.pk), name=_ERASED, role=message.role)
    return Author(id=str(user.pk), name=user.name, role=message.role)
