"""What gifts cost in money: said beside their coins wherever they are offered (docs/money.md, Coins)."""

from fractions import Fraction

from payments.orders.prices import Offer, offers, price_of
from payments.rounding import share
from payments.terms import book_terms

# Where no pack is on sale, coins are bought as exactly so many.
USUAL = 100


def coins_rate() -> Offer:
    """What so many coins cost somebody who buys the pack that is dearest by the coin: nobody pays more. Queries: 1."""
    terms = book_terms()
    packs = offers(currency=terms.currency)
    if not packs:
        return Offer(USUAL, price_of(coins=USUAL, terms=terms), terms.currency)
    return max(packs, key=lambda pack: Fraction(pack.amount, pack.coins))


def coins_price(*, coins: int, rate: Offer) -> int:
    """What so many coins cost at this rate, in minor units."""
    return share(rate.amount, coins, rate.coins)
