"""What can be read of tips."""

import uuid
from dataclasses import dataclass

from django.conf import settings

from accounts.models import User
from core.errors import NotFound
from payments.errors import CurrencyUnknown
from payments.fees import Split, split_expected
from payments.orders.prices import MOST
from payments.terms import Terms, terms
from payments.tips.models import Tip
from payments.tips.tiers import TIERS, Tier, tier_least, tier_of

# In minor units of whatever currency, beside the field for any other amount.
AMOUNTS = (200, 500, 1000, 2000)


@dataclass(frozen=True)
class Quote:
    """What becomes of an amount, as far as one can know before it is paid."""

    amount: int
    parts: Split
    tier: Tier


@dataclass(frozen=True)
class Price:
    """What may be given in one currency. ``tiers`` are those that can be reached, with the least amount of each."""

    terms: Terms
    least: int
    most: int
    quotes: list[Quote]
    tiers: list[tuple[int, Tier]]


def tip_price(*, currency: str) -> Price:
    """Queries: none. Raises: CurrencyUnknown."""
    known = terms().get(currency)
    if known is None:
        raise CurrencyUnknown(currency=currency)
    reached = [(tier_least(tier=tier, terms=known), tier) for tier in TIERS]
    # Of several that begin at the same amount only the highest is ever reached.
    begins = {least: tier for least, tier in reached if least <= MOST}
    return Price(
        terms=known,
        least=settings.TIP_LEAST,
        most=MOST,
        quotes=[_quote(amount, known) for amount in AMOUNTS if settings.TIP_LEAST <= amount <= MOST],
        tiers=sorted(begins.items(), key=lambda begin: begin[0]),
    )


def tip_get(*, tip_id: uuid.UUID) -> Tip:
    """With its order and the giver. Queries: 1. Raises: NotFound."""
    tip = Tip.objects.select_related("order__party__user", "order__stream").filter(pk=tip_id).first()
    if tip is None:
        raise NotFound()
    return tip


def tip_get_for(*, viewer: User, order_id: uuid.UUID) -> Tip:
    """The tip that one gave with an order of one's own. Queries: 1. Raises: NotFound."""
    tip = Tip.objects.filter(order_id=order_id, order__party_id=viewer.party_id).first()
    if tip is None:
        raise NotFound()
    return tip


def _quote(amount: int, known: Terms) -> Quote:
    return Quote(amount, split_expected(gross=amount, terms=known), tier_of(amount=amount, terms=known))
