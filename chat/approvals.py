"""Saying what the team approved."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from chat.events import Author, ChatMessageEvent
from chat.models import ChatMessage, MessageKind
from chat.storing import Accepted, iso, rows_accept
from core.facts import handles
from moderation.held.events import MessageApproved
from moderation.held.models import HeldMessage, HeldState
from moderation.held.services import held_drop
from moderation.lines import role_of
from moderation.standing import room_now
from realtime.events import encode


@transaction.atomic
def held_say(*, held_id: UUID) -> Accepted | None:
    """Say a message that was approved, once, under its own id and its author's name and role of now.

    Whoever was put out since says nothing, nor does anybody after the end: then it is dropped. None where nothing is
    said anew. Locks: the room's row. Queries: 4. Emits: chat:message, after commit.
    """
    held = HeldMessage.objects.select_related("author").filter(pk=held_id, state=HeldState.APPROVED).first()
    if held is None:
        return None
    room = room_now(stream_id=held.stream_id, authors=[held.author_id], turn=True)
    if ChatMessage.objects.filter(pk=held_id).exists():
        return None
    author = room.authors.get(held.author_id) if room else None
    if room is None or room.is_over or author is None or author.is_kept_out:
        held_drop(held_id=held_id)
        return None
    now = timezone.now()
    role = role_of(room.rank(author))
    event = ChatMessageEvent(
        id=str(held.pk),
        client_id=held.client_id,
        kind=MessageKind.CHAT,
        user=Author(id=str(author.id), name=held.author.name, role=role),
        text=held.text,
        at=iso(now),
    )
    row = {
        "id": event.id,
        "party": str(held.author.party_id),
        "role": role,
        "client_id": held.client_id,
        "text": held.text,
        "body": encode(event).decode(),
    }
    (answer,) = rows_accept(held.stream_id, now, [event], [row])
    return answer


@handles(MessageApproved)
def on_message_approved(fact: MessageApproved) -> None:
    held_say(held_id=UUID(fact.held_id))
