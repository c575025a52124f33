"""What gifts tell: a fact for the apps above, an event for the room."""

import msgspec

from core.facts import Fact
from realtime.events import RoomEvent, room_event


class Giver(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str


class Streak(msgspec.Struct, frozen=True, kw_only=True):
    """A streak so far: ``quantity`` and ``coins`` of all its taps. It ends then, unless another tap comes."""

    id: str
    quantity: int
    coins: int
    ends_at: str


class GiftSent(Fact, frozen=True, kw_only=True):
    """Coins were spent on a gift, and the creator's part is booked. ``coins`` is of all ``quantity`` together.

    ``user`` is None where the sender wants nobody to be told. All of the gift that a room is shown is here, so that
    nothing has to be looked up for each of many.
    """

    gift_send_id: str
    stream_id: str
    sender_id: str
    user: Giver | None
    gift: str
    name: str
    animation: str
    rarity: str
    quantity: int
    coins: int
    combo: Streak
    at: str


class ComboEnded(msgspec.Struct, frozen=True, kw_only=True):
    """A streak whose time is over, which is a single gift as well. ``user`` as in ``GiftSent``, or erased meanwhile."""

    id: str
    sender_id: str
    user: Giver | None
    # What they are in the chat.
    role: str
    gift: str
    name: str
    animation: str
    rarity: str
    quantity: int
    coins: int
    at: str


class CombosEnded(Fact, frozen=True, kw_only=True):
    """Streaks of one stream have ended, each told here and never again."""

    stream_id: str
    combos: list[ComboEnded]


class GoalChanged(Fact, frozen=True, kw_only=True):
    """A creator set, changed or removed the stream's goal. What it is now is to be read."""

    stream_id: str


@room_event
class GiftSentEvent(RoomEvent, frozen=True, kw_only=True, tag="gift:sent"):
    """Somebody gave something. One that comes twice has the same ``id``."""

    id: str
    # None for somebody who gave without a name.
    user: Giver | None
    gift: str
    name: str
    animation: str
    rarity: str
    quantity: int
    coins: int
    # The streak that this one belongs to, with it.
    combo: Streak
    at: str


@room_event
class GiftComboEvent(RoomEvent, frozen=True, kw_only=True, tag="gift:combo"):
    """A streak ended, with all that was given in it. One that comes twice has the same ``id``."""

    id: str
    # None for somebody who gave without a name, or is not here any more.
    user: Giver | None
    gift: str
    name: str
    animation: str
    rarity: str
    quantity: int
    coins: int
    at: str


@room_event
class GoalChangedEvent(RoomEvent, frozen=True, kw_only=True, tag="goal:changed"):
    """The stream's goal and what was given since it was set; or that there is none, then ``id`` is None."""

    id: str | None
    title: str
    target_coins: int
    coins: int
    # ISO 8601, UTC; None until then.
    reached_at: str | None
