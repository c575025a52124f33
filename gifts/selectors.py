"""What can be read about gifts."""

import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet

from accounts.models import Party
from accounts.selectors import erased_card, user_card
from core.errors import NotFound
from gifts.models import Board, Gift, Standing

TOP = 10


@dataclass(frozen=True)
class Place:
    """``person`` is None for somebody who gave without a name."""

    person: dict[str, Any] | None
    coins: int


def catalogue() -> QuerySet[Gift]:
    """What can be given now, the cheapest first. Queries: 1."""
    return Gift.objects.filter(on_sale=True).order_by("price_coins", "sku")


def gift_get(*, sku: str) -> Gift:
    """Also one that is not sold any more, for whoever sent it and asks again. Queries: 1. Raises: NotFound."""
    gift = Gift.objects.filter(sku=sku).first()
    if gift is None:
        raise NotFound()
    return gift


def stream_leaderboard(*, stream_id: uuid.UUID, limit: int = TOP) -> list[Place]:
    """Who gave most to a stream, as of the last second. Queries: 1."""
    return _top(Board.STREAM, stream_id, None, limit)


def channel_leaderboard(*, creator_id: uuid.UUID, week: date | None = None, limit: int = TOP) -> list[Place]:
    """Who gave most to a creator's streams: in the week that begins on this Monday, else of all time.

    ``creator_id`` is their party. Queries: 1.
    """
    return _top(Board.WEEK if week else Board.EVER, creator_id, week, limit)


def _top(board: Board, owner_id: uuid.UUID, week: date | None, limit: int) -> list[Place]:
    """Ties go to whoever has been here longer."""
    standings = Standing.objects.filter(board=board, owner_id=owner_id, week=week, coins__gt=0)
    top = standings.select_related("sender__user").order_by("-coins", "sender_id", "anonymous")[:limit]
    return [Place(None if row.anonymous else _card(row.sender), row.coins) for row in top]


def _card(party: Party) -> dict[str, Any]:
    user = getattr(party, "user", None)
    return user_card(user) if user else erased_card(party.pk)
