"""A person's card in a channel: what moderation knows of them, and what they said lately."""

from typing import Any

from django.core.exceptions import ObjectDoesNotExist

from accounts.models import User
from chat.models import ChatMessage
from moderation.people_card import public_card, sees_all, team_card
from streams.selectors import streams_hidden

MESSAGES_MOST = 50


def person_card_for(*, reader: User, channel: User, person: User) -> dict[str, Any]:
    """The card as ``reader`` may see it; only the team sees more than who it is. Queries: 3, for the team 9."""
    card = public_card(channel=channel, person=person)
    if not sees_all(reader=reader, channel=channel):
        return card
    return card | team_card(channel=channel, person=person) | {"messages": _messages(reader, channel, person)}


def _messages(reader: User, channel: User, person: User) -> list[dict[str, Any]]:
    """What they said in the channel under their name, newest first; also what was taken away. Queries: 1.

    Not in streams that are hidden from the reader.
    """
    said = (
        ChatMessage.objects.filter(party=person.party_id, stream__creator=channel)
        .exclude(text="")
        .exclude(stream__in=streams_hidden(channel=channel, reader=reader))
        .select_related("removed_by__user")
        .order_by("-id")[:MESSAGES_MOST]
    )
    return [
        {
            "id": str(message.pk),
            "stream_id": str(message.stream_id),
            "at": message.created_at,
            "text": message.text,
            "removed": message.removed_at is not None,
            "removed_at": message.removed_at,
            "removed_by": _remover(message),
        }
        for message in said
    ]


def _remover(message: ChatMessage) -> dict[str, str] | None:
    """None where staff decided on it, and for who was deleted."""
    if message.removed_by is None:
        return None
    try:
        user = message.removed_by.user
    except ObjectDoesNotExist:
        return None
    return {"id": str(user.pk), "name": user.name}
