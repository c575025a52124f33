"""What is told of messages that wait for the team."""

import msgspec

from core.facts import Fact
from moderation.events import Person
from realtime.events import RoomEvent, room_event


class MessageApproved(Fact, frozen=True, kw_only=True):
    """The team lets a held message be said; the chat says it, under ``held_id``."""

    held_id: str
    stream_id: str


class HeldAuthor(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str
    # As in ``chat:message``.
    role: str


@room_event
class HeldAddedEvent(RoomEvent, frozen=True, kw_only=True, tag="held:added"):
    """A message waits for the team. ``reason`` is "term", "link" or what automod took it for."""

    audience = "team"

    id: str
    user: HeldAuthor
    text: str
    reason: str
    # The piece of the text that made it so.
    piece: str
    # ISO 8601, UTC.
    at: str


@room_event
class HeldDecidedEvent(RoomEvent, frozen=True, kw_only=True, tag="held:decided"):
    """A message waits no more. ``state`` is "approved", "denied" or "dropped"; ``by`` is null where nobody decided."""

    audience = "team"

    id: str
    state: str
    by: Person | None


@room_event
class ChatHeldDecidedEvent(RoomEvent, frozen=True, kw_only=True, tag="chat:held_decided"):
    """What became of your message that waited for the team. If it was approved, the chat says it."""

    addressee = "user_id"

    id: str
    client_id: str
    user_id: str
    approved: bool
