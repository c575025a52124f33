"""Coin packs: how many coins for how much. A price below what the coins are worth to creators is refused."""

from collections.abc import Iterable

from payments.errors import CurrencyUnknown, PackBelowRate
from payments.models import CoinPack, CoinPackPrice
from payments.terms import Terms, terms


def net_covers(*, coins: int, price: int, terms: Terms) -> bool:
    """Whether what remains of the price after processing pays creators for all the coins."""
    return (price - terms.processing(price)) * 100 >= coins * terms.hundred_coins


def pack_price_set(*, pack_id: int, currency: str, price: int) -> CoinPackPrice:
    """Sell the pack for this much in this currency. Queries: 3. Raises: CurrencyUnknown, PackBelowRate."""
    pack = CoinPack.objects.get(pk=pack_id)
    known = terms().get(currency)
    if known is None:
        raise CurrencyUnknown(currency=currency)
    if not net_covers(coins=pack.coins, price=price, terms=known):
        raise PackBelowRate(coins=pack.coins, price=price, currency=currency)
    set_price, _made = CoinPackPrice.objects.update_or_create(
        pack=pack, currency=currency, defaults={"price": price}
    )
    return set_price


def prices_below_rate() -> Iterable[CoinPackPrice]:
    """Of packs on sale: what the settings of today would refuse. Queries: 1."""
    known = terms()
    for price in CoinPackPrice.objects.filter(pack__on_sale=True).select_related("pack").order_by("id"):
        covered = price.currency in known and net_covers(
            coins=price.pack.coins, price=price.price, terms=known[price.currency]
        )
        if not covered:
            yield price
