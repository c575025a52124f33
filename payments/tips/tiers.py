"""What a tip of some size gets in the chat: how much it may say, and how long it is pinned. As in docs/money.md."""

from dataclasses import dataclass

from django.conf import settings

from payments.orders.limits import in_books
from payments.orders.prices import MOST
from payments.terms import Terms


@dataclass(frozen=True)
class Tier:
    """``least`` is in minor units of the books' currency."""

    number: int
    least: int
    characters: int
    pinned_seconds: int


MINUTE, HOUR = 60, 3600
TIERS = tuple(
    Tier(number, *step)
    for number, step in enumerate(
        [
            (0, 100, 0),
            (2_00, 150, 0),
            (5_00, 200, 2 * MINUTE),
            (10_00, 250, 5 * MINUTE),
            (20_00, 300, 10 * MINUTE),
            (50_00, 350, 30 * MINUTE),
            (100_00, 400, 1 * HOUR),
            (200_00, 450, 2 * HOUR),
            (500_00, 500, 5 * HOUR),
        ]
    )
)


def tier_of(*, amount: int, terms: Terms) -> Tier:
    """The highest that an amount, in minor units of the currency of ``terms``, reaches."""
    worth = in_books(amount, terms)
    return next(tier for tier in reversed(TIERS) if worth >= tier.least)


def tier_least(*, tier: Tier, terms: Terms) -> int:
    """The least amount in the currency of ``terms`` that reaches the tier; more than can be paid where none does."""
    low, high = settings.TIP_LEAST, MOST + 1
    while low < high:
        middle = (low + high) // 2
        if in_books(middle, terms) >= tier.least:
            high = middle
        else:
            low = middle + 1
    return low
