"""What the chat says in a room."""

import msgspec

from realtime.events import RoomEvent, StoredRoomEvent, room_event


class Author(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str
    # "creator", "viewer" or "staff".
    role: str


@room_event
class ChatMessageEvent(StoredRoomEvent, frozen=True, kw_only=True, tag="chat:message"):
    """A message that everybody sees. ``text`` is plain and is never shown as markup."""

    in_history = True

    id: str
    # The sender's own name for it, by which the sender's page knows its message.
    client_id: str | None
    # "chat", "system" or "gift".
    kind: str
    # Null for what nobody wrote.
    user: Author | None
    text: str
    # ISO 8601, UTC.
    at: str


@room_event
class ChatAckEvent(RoomEvent, frozen=True, kw_only=True, tag="chat:ack"):
    """Your message is stored and will not be lost. Sent to its sender only."""

    client_id: str
    id: str
    seq: int
