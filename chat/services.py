"""Accepting messages: the one way in, for sockets in batches and for REST one by one."""

from collections import Counter
from collections.abc import Iterable, Sequence
from uuid import UUID

import msgspec
from django.db import transaction
from django.utils import timezone

from chat.events import AnyCard, Author, ChatMessageEvent, ChatRemovedEvent, TipCard, card_stripped
from chat.lines import Answer, Held, Line, answered_before, lines_accept
from chat.metrics import ACCEPTED, HELD, REFUSED, REPEATED
from chat.models import AuthorRole, ChatMessage, MessageKind
from chat.selectors import message_event
from chat.storing import Accepted, iso, rows_accept
from chat.text import message_text
from core import limits
from core.errors import DomainError, NotFound, RateLimited
from core.ids import new_id
from realtime.events import encode
from realtime.store import append, rewrite, room_lock
from streams.access import Action, require
from streams.selectors import stream_view_for
from streams.viewers import Viewer

WINDOW_SECONDS = 30
MESSAGES_PER_WINDOW = 20
CREATOR_MESSAGES_PER_WINDOW = 100

__all__ = ["Accepted", "Answer", "Card", "Held", "Line", "cards_post", "message_send", "messages_accept"]


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """What the server says of a gift or a tip. ``text`` is clean; giver and party are None for nobody's."""

    # Names the gift or tip in its room: "gift:<combo>", "tip:<order>". Not shown.
    client_id: str
    card: AnyCard
    party_id: UUID | None
    user: Author | None
    text: str = ""


def message_send(*, viewer: Viewer, stream_id: UUID, client_id: str, text: str) -> ChatMessageEvent | Held:
    """Say one thing, for a caller without a socket. The rules and the way in are those of the sockets.

    Queries: those of ``streams.access``, and those of ``messages_accept``. Raises: their refusals, EmptyMessage,
    MessageTooLong, and those of ``moderation.lines``.
    """
    stream = stream_view_for(viewer=viewer, stream_id=stream_id)
    require(viewer=viewer, stream=stream, action=Action.CHAT)
    user = viewer.user
    assert user is not None, "access lets nobody write without an account"
    line = Line(
        user_id=user.pk,
        party_id=user.party_id,
        name=user.name,
        role=author_role(user_id=user.pk, is_staff=user.is_staff, creator_id=stream.creator_id),
        client_id=client_id,
        text=message_text(text),
    )
    (answer,) = messages_accept(stream_id=stream_id, lines=[line])
    if isinstance(answer, DomainError):
        raise answer
    return answer if isinstance(answer, Held) else answer.event


def author_role(*, user_id: UUID | None, is_staff: bool, creator_id: UUID | None) -> AuthorRole:
    """What somebody is in a creator's room."""
    if user_id is not None and user_id == creator_id:
        return AuthorRole.CREATOR
    return AuthorRole.STAFF if is_staff else AuthorRole.VIEWER


def messages_accept(*, stream_id: UUID, lines: Sequence[Line]) -> list[Answer]:
    """Store the lines that may be said and show them to the room; when this returns, none of those can be lost.

    Answers in the order of the lines: what became of each. A line whose ``client_id`` its author used before in
    this room is the same message, answered as the first time.
    Locks: the room's row. Queries: those of ``chat.lines``, and 2 for lines over the limit. Emits: chat:message and
    what moderation tells, after commit.
    """
    refused = _over_limit(lines)
    answers: dict[int, Answer] = dict(refused)
    if refused:
        before = answered_before(stream_id, [lines[place] for place in refused])
        answers.update((place, before[which]) for which, place in enumerate(refused) if which in before)
    rest = [place for place in range(len(lines)) if place not in refused]
    if rest:
        answers.update(zip(rest, lines_accept(stream_id, [lines[place] for place in rest]), strict=True))
    _count(answers.values())
    return [answers[place] for place in range(len(lines))]


def cards_post(stream_id: UUID, cards: Sequence[Card]) -> list[Accepted]:
    """Store the cards as messages and show them to the room, each ``client_id`` once; no rate limit holds them back.

    Answers in the order of the cards. Locks: the room's row. Queries: 1. Emits: chat:message, after commit.
    """
    if not cards:
        return []
    now = timezone.now()
    at = iso(now)
    events = [
        ChatMessageEvent(
            id=str(new_id()),
            client_id=None,
            kind=MessageKind.TIP if isinstance(card.card, TipCard) else MessageKind.GIFT,
            user=card.user,
            text=card.text,
            at=at,
            card=card.card,
        )
        for card in cards
    ]
    rows = [
        {
            "id": event.id,
            "party": card.party_id,
            "role": event.user.role if event.user else "",
            "kind": event.kind,
            "client_id": card.client_id,
            "text": event.text,
            "card": event.card,
            "pinned_until": card.card.pinned_until if isinstance(card.card, TipCard) else None,
            "body": encode(event).decode(),
        }
        for card, event in zip(cards, events, strict=True)
    ]
    return rows_accept(stream_id, now, events, rows)


@transaction.atomic
def card_strip(*, stream_id: UUID, client_id: str) -> None:
    """Take what a card says and its pin away from everybody, for good; that it was given stays. A repeat does nothing.

    Locks: the room's row, then the message. Queries: 7. Emits: chat:removed, after commit. Raises: NotFound.
    """
    room_lock(stream_id)
    message = (
        ChatMessage.objects.select_for_update(of=("self",), no_key=True)
        .select_related("party__user")
        .filter(stream_id=stream_id, client_id=client_id, card__isnull=False)
        .first()
    )
    if message is None:
        raise NotFound()
    if message.text == "" and message.pinned_until is None:
        return
    stripped = card_stripped(message_event(message))
    message.text, message.pinned_until = "", None
    message.card = msgspec.to_builtins(stripped.card)
    message.save(update_fields=["text", "pinned_until", "card"])
    rewrite(stream_id, {message.seq: stripped})
    append(stream_id, [ChatRemovedEvent(id=str(message.pk))])


def _count(answers: Iterable[Answer]) -> None:
    became = Counter(
        REFUSED
        if isinstance(answer, DomainError)
        else REPEATED
        if answer.repeated
        else HELD
        if isinstance(answer, Held)
        else ACCEPTED
        for answer in answers
    )
    for outcome, lines in became.items():
        outcome.inc(lines)


def _over_limit(lines: Sequence[Line]) -> dict[int, DomainError]:
    """The places of lines that came too fast. Their authors' rate is counted over all rooms and doors together."""
    refused: dict[int, DomainError] = {}
    for place, line in enumerate(lines):
        creator = line.role == AuthorRole.CREATOR
        try:
            limits.take(
                bucket="chat-creator" if creator else "chat",
                key=str(line.user_id),
                limit=CREATOR_MESSAGES_PER_WINDOW if creator else MESSAGES_PER_WINDOW,
                window_seconds=WINDOW_SECONDS,
            )
        except RateLimited as error:
            refused[place] = error
    return refused
