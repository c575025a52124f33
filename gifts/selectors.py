"""What can be read about gifts."""

import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from accounts.models import Party
from accounts.selectors import erased_card, user_card
from core.errors import NotFound
from gifts.models import Board, Gift, Goal, Standing

TOP = 10
# Beyond this nobody's place is counted.
PLACES_COUNTED = 1000


@dataclass(frozen=True)
class Place:
    """``person`` is None for somebody who gave without a name."""

    person: dict[str, Any] | None
    coins: int


@dataclass(frozen=True)
class Mine:
    """What the viewer gave under their name. ``place`` counts from 1; None is far from the top."""

    place: int | None
    coins: int


@dataclass(frozen=True)
class Leaderboard:
    """``you`` is None for somebody who is not on it."""

    places: list[Place]
    you: Mine | None


def catalogue() -> QuerySet[Gift]:
    """What can be given now, the cheapest first. Queries: 1."""
    return Gift.objects.filter(on_sale=True).order_by("price_coins", "sku")


def gift_get(*, sku: str) -> Gift:
    """Also one that is not sold any more, for whoever sent it and asks again. Queries: 1. Raises: NotFound."""
    gift = Gift.objects.filter(sku=sku).first()
    if gift is None:
        raise NotFound()
    return gift


def goal_of(*, stream_id: uuid.UUID) -> Goal | None:
    """Queries: 1."""
    return Goal.objects.filter(stream_id=stream_id).first()


def stream_leaderboard(
    *, stream_id: uuid.UUID, party_id: uuid.UUID | None = None, limit: int = TOP
) -> Leaderboard:
    """Who gave most to a stream, as of the last second, and where this party stands. Queries: 1, or 3 with one."""
    return _board(Board.STREAM, stream_id, None, party_id, limit)


def channel_leaderboard(
    *,
    creator_id: uuid.UUID,
    week: date | None = None,
    party_id: uuid.UUID | None = None,
    limit: int = TOP,
) -> Leaderboard:
    """Who gave most to a creator's streams: in the week that begins on this Monday, else of all time.

    ``creator_id`` is their party. Queries: 1, or 3 with a party.
    """
    return _board(Board.WEEK if week else Board.EVER, creator_id, week, party_id, limit)


def _board(
    board: Board, owner_id: uuid.UUID, week: date | None, party_id: uuid.UUID | None, limit: int
) -> Leaderboard:
    """Ties go to whoever has been here longer."""
    standings = Standing.objects.filter(board=board, owner_id=owner_id, week=week, coins__gt=0)
    top = standings.select_related("sender__user").order_by("-coins", "sender_id", "anonymous")[:limit]
    places = [Place(None if row.anonymous else _card(row.sender), row.coins) for row in top]
    return Leaderboard(places, _mine(standings, party_id) if party_id else None)


def _mine(standings: QuerySet[Standing], party_id: uuid.UUID) -> Mine | None:
    own = standings.filter(sender_id=party_id, anonymous=False).first()
    if own is None:
        return None
    before = standings.filter(Q(coins__gt=own.coins) | Q(coins=own.coins, sender_id__lt=party_id))
    place = before[:PLACES_COUNTED].count() + 1
    return Mine(place if place <= PLACES_COUNTED else None, own.coins)


def _card(party: Party) -> dict[str, Any]:
    user = getattr(party, "user", None)
    return user_card(user) if user else erased_card(party.pk)
