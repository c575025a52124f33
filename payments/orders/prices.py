"""What coins cost: in packs as staff price them, or exactly as many as somebody is short of."""

from dataclasses import dataclass

from core.errors import NotFound
from payments.errors import CurrencyUnknown
from payments.models import CoinPack, CoinPackPrice
from payments.orders.errors import AmountOutOfRange
from payments.packs import net_covers
from payments.terms import Terms, terms

# Of any payment, in minor units. Stripe takes nothing below 50 cents.
LEAST, MOST = 50, 100_000


@dataclass(frozen=True)
class Offer:
    """So many coins for so much."""

    coins: int
    amount: int
    currency: str
    pack_id: int | None = None


def amount_check(*, amount: int, currency: str) -> Terms:
    """What can be paid at all. Queries: none. Raises: CurrencyUnknown, AmountOutOfRange."""
    known = terms().get(currency)
    if known is None:
        raise CurrencyUnknown(currency=currency)
    if not LEAST <= amount <= MOST:
        raise AmountOutOfRange(least=LEAST, most=MOST, currency=currency)
    return known


def offers(*, currency: str) -> list[Offer]:
    """The packs on sale that have a price in this currency, the smallest first. Queries: 1. Raises: CurrencyUnknown."""
    known = terms().get(currency)
    if known is None:
        raise CurrencyUnknown(currency=currency)
    prices = CoinPackPrice.objects.filter(currency=currency, pack__on_sale=True).select_related("pack")
    return [
        Offer(price.pack.coins, price.price, currency, price.pack_id)
        for price in prices.order_by("pack__coins")
        # One that a change of the settings put below the rate is not sold; the check of the settings names it.
        if LEAST <= price.price <= MOST and net_covers(coins=price.pack.coins, price=price.price, terms=known)
    ]


def offer_of_pack(*, pack_id: int, currency: str) -> Offer:
    """Queries: 1, or 2 for a pack that is not sold. Raises: CurrencyUnknown, NotFound."""
    for offer in offers(currency=currency):
        if offer.pack_id == pack_id:
            return offer
    raise NotFound(what="pack", priced=CoinPack.objects.filter(pk=pack_id, on_sale=True).exists())


def offer_of_coins(*, coins: int, currency: str) -> Offer:
    """Exactly so many, for the least price that pays creators for them. Raises: CurrencyUnknown, AmountOutOfRange."""
    known = terms().get(currency)
    if known is None:
        raise CurrencyUnknown(currency=currency)
    amount = price_of(coins=coins, terms=known) if coins > 0 else 0
    amount_check(amount=amount, currency=currency)
    return Offer(coins, amount, currency)


def price_of(*, coins: int, terms: Terms) -> int:
    """The least price that covers processing and the coins; more than ``MOST`` where none of ours does."""
    low, high = LEAST, MOST + 1
    while low < high:
        middle = (low + high) // 2
        if net_covers(coins=coins, price=middle, terms=terms):
            high = middle
        else:
            low = middle + 1
    return low
