"""Telling people how they stand in a chat, when somebody changed it."""

from datetime import datetime
from uuid import UUID

from accounts.models import User
from chat.events import ChatMeEvent, Warned
from chat.standing import chat_standing_inside
from chat.storing import iso
from core.facts import handles
from moderation.events import PersonTimedOut, PersonUnbanned, PersonWarned
from realtime.publish import room_publish
from streams.models import Stream


@handles(PersonTimedOut)
def on_person_timed_out(fact: PersonTimedOut) -> None:
    _tell(fact.channel_id, fact.user_id)


@handles(PersonWarned)
def on_person_warned(fact: PersonWarned) -> None:
    _tell(fact.channel_id, fact.user_id)


@handles(PersonUnbanned)
def on_person_unbanned(fact: PersonUnbanned) -> None:
    _tell(fact.channel_id, fact.user_id)


def _tell(channel_id: str, user_id: str) -> None:
    """In every room of the channel that is open, how it is now. Queries: 2, and 1 or 2 for each room."""
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        return
    for stream_id in Stream.objects.filter(creator_id=UUID(channel_id), ended_at=None).values_list(
        "id", flat=True
    ):
        now = chat_standing_inside(user=user, stream_id=stream_id)
        event = ChatMeEvent(
            user_id=user_id,
            can_chat=now.can_chat,
            reason=now.reason,
            until=_iso(now.until),
            caution=Warned(id=str(now.caution.id), reason=now.caution.reason) if now.caution else None,
            slow_until=_iso(now.slow_until),
        )
        room_publish(stream_id, event)


def _iso(moment: datetime | None) -> str | None:
    return iso(moment) if moment else None
