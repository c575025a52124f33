"""What follows from a gift: everybody in the room sees it."""

import uuid

from chat.events import Author, GiftCard
from chat.services import Card, cards_post
from core.facts import handles
from gifts.events import CombosEnded, GiftComboEvent, GiftSent, GiftSentEvent, GoalChanged
from gifts.goals import goal_tell
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
        combo=fact.combo,
        at=fact.at,
    )
    room_publish(uuid.UUID(fact.stream_id), event)


@handles(CombosEnded)
def on_combos_ended(fact: CombosEnded) -> None:
    """Queries: none."""
    events = [
        GiftComboEvent(
            id=combo.id,
            user=combo.user,
            gift=combo.gift,
            name=combo.name,
            animation=combo.animation,
            rarity=combo.rarity,
            quantity=combo.quantity,
            coins=combo.coins,
            at=combo.at,
        )
        for combo in fact.combos
    ]
    room_publish(uuid.UUID(fact.stream_id), *events)


@handles(CombosEnded)
def on_combos_ended_in_chat(fact: CombosEnded) -> None:
    """One line in the chat for each streak, however often this is told. Locks: the room's row. Queries: 1."""
    cards = [
        Card(
            client_id=f"gift:{combo.id}",
            card=GiftCard(
                gift=combo.gift,
                name=combo.name,
                animation=combo.animation,
                rarity=combo.rarity,
                quantity=combo.quantity,
                coins=combo.coins,
                combo=combo.id,
            ),
            party_id=uuid.UUID(combo.sender_id) if combo.user else None,
            user=Author(id=combo.user.id, name=combo.user.name, role=combo.role) if combo.user else None,
        )
        for combo in fact.combos
    ]
    cards_post(uuid.UUID(fact.stream_id), cards)


@handles(GoalChanged)
def on_goal_changed(fact: GoalChanged) -> None:
    """Queries: 1."""
    goal_tell(uuid.UUID(fact.stream_id))
