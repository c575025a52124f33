"""Streaks: repeated taps on one gift are one thing with one end."""

import uuid
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from chat.models import AuthorRole
from core.facts import publish_on_commit
from gifts.events import ComboEnded, CombosEnded, Giver
from gifts.models import Gift

STREAKS_AT_ONCE = 500

# A tap that holds one lets it grow, and then it has not ended; the next round looks again.
_TAKE = """
DELETE FROM gifts_combo WHERE id IN (
    SELECT id FROM gifts_combo WHERE ends_at < %s ORDER BY ends_at LIMIT %s FOR UPDATE SKIP LOCKED
) RETURNING id, stream_id, gift_id, sender_id, anonymous, quantity, coins
"""


class Ended(NamedTuple):
    """A row of ``Combo``."""

    id: uuid.UUID
    stream_id: uuid.UUID
    gift_id: uuid.UUID
    sender_id: uuid.UUID
    anonymous: bool
    quantity: int
    coins: int


def combos_end() -> int:
    """End the streaks whose time is over, each once, whoever else does so. Returns how many.

    Taken out and told in one transaction: what was taken out is told, also if this process dies in between.
    Locks: those streaks. Queries: 1 a round, and 2 and 1 for each stream where some ended. Emits: CombosEnded.
    """
    ended = 0
    while taken := _end_some():
        ended += taken
        if taken < STREAKS_AT_ONCE:
            break
    return ended


@transaction.atomic
def _end_some() -> int:
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [now, STREAKS_AT_ONCE])
        taken = [Ended(*row) for row in cursor.fetchall()]
    for stream_id, combos in _told(taken, now).items():
        publish_on_commit(CombosEnded(stream_id=str(stream_id), combos=combos))
    return len(taken)


def _told(taken: Iterable[Ended], now: datetime) -> dict[uuid.UUID, list[ComboEnded]]:
    """By stream, in the order they began."""
    found: dict[uuid.UUID, list[ComboEnded]] = defaultdict(list)
    taken = sorted(taken)
    if not taken:
        return found
    gifts = Gift.objects.in_bulk({combo.gift_id for combo in taken})
    named = {combo.sender_id for combo in taken if not combo.anonymous}
    givers = {user.party_id: user for user in User.objects.filter(party_id__in=named)}
    at = now.astimezone(UTC).isoformat(timespec="milliseconds")
    for combo in taken:
        gift = gifts[combo.gift_id]
        giver = None if combo.anonymous else givers.get(combo.sender_id)
        found[combo.stream_id].append(
            ComboEnded(
                id=str(combo.id),
                sender_id=str(combo.sender_id),
                user=Giver(id=str(giver.pk), name=giver.name) if giver else None,
                role=AuthorRole.STAFF if giver and giver.is_staff else AuthorRole.VIEWER,
                gift=gift.sku,
                name=gift.name,
                animation=gift.animation,
                rarity=gift.rarity,
                quantity=combo.quantity,
                coins=combo.coins,
                at=at,
            )
        )
    return found
