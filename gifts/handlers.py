"""What follows from a gift: everybody in the room sees it."""

import uuid

from core.facts import handles
from gifts.events import GiftSent, GiftSentEvent
from realtime.publish import room_publish


@handles(GiftSent)
def on_gift_sent(fact: GiftSent) -> None:
    """Queries: none."""
    event = GiftSentEvent(
        id=fact.gift_send_id,
        user=fact.user,
        gift=fact.gift,
        name=fact.name,
        animation=fact.animation,
        rarity=fact.rarity,
        quantity=fact.quantity,
        coins=fact.coins,
        at=fact.at,
    )
    room_publish(uuid.UUID(fact.stream_id), event)
