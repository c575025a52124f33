"""What gifts tell: a fact for the apps above, an event for the room."""

import msgspec

from core.facts import Fact
from realtime.events import RoomEvent, room_event


class Giver(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str


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
    at: str


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
    at: str
