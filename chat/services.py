"""Accepting messages: the one way in, for sockets in batches and for REST one by one."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection, transaction
from django.utils import timezone

from chat.events import AnyCard, Author, ChatMessageEvent, ChatRemovedEvent, TipCard, card_stripped
from chat.metrics import ACCEPTED, REFUSED, REPEATED
from chat.models import AuthorRole, ChatMessage, MessageKind
from chat.selectors import message_event
from chat.text import message_text
from core import limits
from core.errors import DomainError, NotFound, RateLimited
from core.ids import new_id
from realtime.events import encode, event_tag, stored_entry
from realtime.publish import entries_publish
from realtime.store import append, rewrite
from streams.access import Action, require
from streams.selectors import stream_view_for
from streams.viewers import Viewer

WINDOW_SECONDS = 30
MESSAGES_PER_WINDOW = 20
CREATOR_MESSAGES_PER_WINDOW = 100

_TAG = event_tag(ChatMessageEvent)


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A message that may be said, but for its rate. ``text`` went through ``chat.text.message_text``."""

    user_id: UUID
    party_id: UUID
    name: str
    role: AuthorRole
    client_id: str
    text: str


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """What the server says of a gift or a tip. ``text`` is clean; giver and party are None for nobody's."""

    # Names the gift or tip in its room: "gift:<combo>", "tip:<order>". Not shown.
    client_id: str
    card: AnyCard
    party_id: UUID | None
    user: Author | None
    text: str = ""


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """``event`` is as everybody sees it. ``repeated``: it was accepted before and is not shown again."""

    event: ChatMessageEvent
    repeated: bool


def message_send(*, viewer: Viewer, stream_id: UUID, client_id: str, text: str) -> ChatMessageEvent:
    """Say one thing, for a caller without a socket. The rules and the way in are those of the sockets.

    Queries: those of ``streams.access``, and 1. Raises: their refusals, EmptyMessage, MessageTooLong, RateLimited.
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
    return answer.event


def author_role(*, user_id: UUID | None, is_staff: bool, creator_id: UUID | None) -> AuthorRole:
    """What somebody is in a creator's room."""
    if user_id is not None and user_id == creator_id:
        return AuthorRole.CREATOR
    return AuthorRole.STAFF if is_staff else AuthorRole.VIEWER


def messages_accept(*, stream_id: UUID, lines: Sequence[Line]) -> list[Accepted | DomainError]:
    """Store the lines and show them to the room; when this returns, none of them can be lost.

    Answers in the order of the lines: what became of each. A line whose ``client_id`` its author used before in
    this room is the same message, answered as the first time.
    Locks: the room's row. Queries: 1, and 1 for lines over the limit. Emits: chat:message, after commit.
    """
    refused = _over_limit(lines)
    answers: dict[int, Accepted | DomainError] = dict(refused)
    said = [(place, line) for place, line in enumerate(lines) if place not in refused]
    if refused:
        answers.update(_accepted_before(stream_id, [(place, lines[place]) for place in refused]))
    if said:
        answers.update(_store(stream_id, said))
    _count(answers.values())
    return [answers[place] for place in range(len(lines))]


def cards_post(stream_id: UUID, cards: Sequence[Card]) -> list[Accepted]:
    """Store the cards as messages and show them to the room, each ``client_id`` once; no rate limit holds them back.

    Answers in the order of the cards. Locks: the room's row. Queries: 1. Emits: chat:message, after commit.
    """
    if not cards:
        return []
    now = timezone.now()
    at = _iso(now)
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
    return _accept(stream_id, now, events, rows)


@transaction.atomic
def card_strip(*, stream_id: UUID, client_id: str) -> None:
    """Take what a card says and its pin away from everybody, for good; that it was given stays. A repeat does nothing.

    Locks: the message, then the room's row. Queries: 6. Emits: chat:removed, after commit. Raises: NotFound.
    """
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
    rewrite(stream_id, message.seq, stripped)
    append(stream_id, [ChatRemovedEvent(id=str(message.pk))])


def _count(answers: Iterable[Accepted | DomainError]) -> None:
    became = Counter(
        REFUSED if isinstance(answer, DomainError) else REPEATED if answer.repeated else ACCEPTED
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


def _accepted_before(stream_id: UUID, lines: list[tuple[int, Line]]) -> dict[int, Accepted]:
    """Repeats among lines over the limit: who tries again after a lost answer is told of the first time."""
    known = {
        (message.party_id, message.client_id): message
        for message in ChatMessage.objects.filter(
            stream_id=stream_id,
            party_id__in={line.party_id for _place, line in lines},
            client_id__in={line.client_id for _place, line in lines},
            card__isnull=True,
        )
    }
    return {
        place: _repeated(_event(line, ""), message.pk, message.seq, message.text, message.created_at)
        for place, line in lines
        if (message := known.get((line.party_id, line.client_id))) is not None
    }


def _store(stream_id: UUID, said: list[tuple[int, Line]]) -> dict[int, Accepted]:
    now = timezone.now()
    at = _iso(now)
    events = [_event(line, at) for _place, line in said]
    rows = [
        {
            "id": event.id,
            "party": str(line.party_id),
            "role": line.role,
            "client_id": line.client_id,
            "text": line.text,
            "body": encode(event).decode(),
        }
        for (_place, line), event in zip(said, events, strict=True)
    ]
    answers = _accept(stream_id, now, events, rows)
    return {place: answer for (place, _line), answer in zip(said, answers, strict=True)}


def _accept(
    stream_id: UUID, now: datetime, events: Sequence[ChatMessageEvent], rows: Sequence[dict[str, Any]]
) -> list[Accepted]:
    """What became of each event, whose ``rows`` the database takes in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, seq, fresh, text, created_at FROM chat_accept(%s, %s, %s::jsonb) ORDER BY place",
            [stream_id, now, msgspec.json.encode(rows).decode()],
        )
        stored = cursor.fetchall()
    answers = []
    entries = []
    for event, (message_id, seq, fresh, text, created_at) in zip(events, stored, strict=True):
        if fresh:
            entries.append(stored_entry(_TAG, seq, encode(event)))
            answers.append(Accepted(event=msgspec.structs.replace(event, seq=seq), repeated=False))
        else:
            answers.append(_repeated(event, message_id, seq, text, created_at))
    if entries:
        transaction.on_commit(lambda: entries_publish(stream_id, entries))
    return answers


def _event(line: Line, at: str) -> ChatMessageEvent:
    return ChatMessageEvent(
        id=str(new_id()),
        client_id=line.client_id,
        kind=MessageKind.CHAT,
        user=Author(id=str(line.user_id), name=line.name, role=line.role),
        text=line.text,
        at=at,
    )


def _repeated(event: ChatMessageEvent, message_id: UUID, seq: int, text: str, at: datetime) -> Accepted:
    first = msgspec.structs.replace(event, id=str(message_id), seq=seq, text=text, at=_iso(at))
    return Accepted(event=first, repeated=True)


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
