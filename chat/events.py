"""What the chat says in a room."""

import msgspec

from realtime.events import RoomEvent, StoredRoomEvent, room_event


class Author(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str
    # "creator", "lead", "moderator", "vip", "viewer" or "staff".
    role: str


class GiftCard(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="gift"):
    """A gift as the chat shows it. ``coins`` is of all ``quantity`` together, ``combo`` the streak they are of."""

    gift: str
    name: str
    animation: str
    rarity: str
    quantity: int
    coins: int
    combo: str


class TipCard(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="tip"):
    """A tip as the chat shows it. ``amount`` is in minor units; ``tier`` is its step in docs/money.md."""

    # By which whoever moderates takes it down.
    tip: str
    amount: int
    currency: str
    tier: int
    # ISO 8601, UTC: shown above the chat until then. Null where it is not.
    pinned_until: str | None


# What rows keep of one. A field that is added later needs a default, since old rows lack it.
AnyCard = GiftCard | TipCard


@room_event
class ChatMessageEvent(StoredRoomEvent, frozen=True, kw_only=True, tag="chat:message"):
    """A message that everybody sees. ``text`` is plain and is never shown as markup. Left out ``card``: just a text."""

    in_history = True

    id: str
    # The sender's own name for it, by which the sender's page knows its message.
    client_id: str | None
    # "chat", "system", "gift" or "tip".
    kind: str
    # Null for what nobody wrote.
    user: Author | None
    text: str
    # ISO 8601, UTC.
    at: str
    # What came with a gift or a tip.
    card: AnyCard | None = None


@room_event
class ChatAckEvent(RoomEvent, frozen=True, kw_only=True, tag="chat:ack"):
    """Your message is stored and will not be lost. Sent to its sender only."""

    client_id: str
    id: str
    seq: int


@room_event
class ChatHeldEvent(RoomEvent, frozen=True, kw_only=True, tag="chat:held"):
    """Your message waits for the team; ``id`` is what it will be called. Sent to its sender only."""

    addressee = "user_id"

    client_id: str
    id: str
    user_id: str


class Warned(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    reason: str


@room_event
class ChatMeEvent(RoomEvent, frozen=True, kw_only=True, tag="chat:me"):
    """Whether you may write changed. ``reason`` is the error code a message would get, ``until`` when that is over."""

    addressee = "user_id"

    user_id: str
    can_chat: bool
    reason: str | None
    # ISO 8601, UTC, as ``slow_until``: when slow mode lets you write again.
    until: str | None
    # A warning that you have to read before you write again.
    caution: Warned | None
    slow_until: str | None


def card_stripped(event: ChatMessageEvent) -> ChatMessageEvent:
    """A card without its words and its pin."""
    card = event.card
    if isinstance(card, TipCard):
        card = msgspec.structs.replace(card, pinned_until=None)
    return msgspec.structs.replace(event, text="", card=card)


@room_event
class ChatRemovedEvent(StoredRoomEvent, frozen=True, kw_only=True, tag="chat:removed"):
    """The message ``id`` is not shown any more. Of a card only its words and its pin go: that it was given stays."""

    id: str


@room_event
class ChatPurgedEvent(StoredRoomEvent, frozen=True, kw_only=True, tag="chat:purged"):
    """All lines of the person ``user`` up to ``up_to_seq`` are not shown any more; everybody's where it is null.

    Of cards only their words and their pins go.
    """

    user: str | None
    up_to_seq: int


@room_event
class ChatToldEvent(RoomEvent, frozen=True, kw_only=True, tag="chat:told"):
    """What became of a line that began with "/", in words for its sender. Sent to that socket only.

    ``code`` is "done", "list", "help", "usage", "unknown_command", or the error code of what was refused.
    """

    client_id: str
    code: str
    text: str
