"""What the operator settled: currencies, rates, fees. Read from the settings in one place."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from payments.rounding import share

# Coins are a currency of the ledger like any other, but never money.
COIN = "coin"


@dataclass(frozen=True)
class Terms:
    """How one currency is dealt with; amounts are in its minor units.

    ``hundred_coins`` is what a creator's hundred coins are worth before the platform's part. A payment costs
    ``per_mille`` of it and ``fixed``, as far as one can know before it is made.
    """

    currency: str
    hundred_coins: int
    per_mille: int
    fixed: int

    def processing(self, gross: int) -> int:
        """What the payment provider will probably keep of a payment."""
        return share(gross, self.per_mille, 1000) + self.fixed

    def coins_worth(self, coins: int) -> int:
        """What so many coins are worth to a creator, before the platform's part. Every gift shows it."""
        return share(coins, self.hundred_coins, 100)


def terms() -> Mapping[str, Terms]:
    """By currency, the one that the books are kept in first. Raises: ImproperlyConfigured."""
    return _read(tuple(settings.CURRENCIES))


@lru_cache(maxsize=8)
def _read(currencies: tuple[str, ...]) -> Mapping[str, Terms]:
    found = {}
    for words in currencies:
        currency, *numbers = words.split(":")
        if len(currency) != 3 or not currency.isascii() or not currency.islower() or len(numbers) != 3:
            raise ImproperlyConfigured(f"BUSK_CURRENCIES needs words like usd:100:29:30; one is {words!r}")
        if not all(number.isdecimal() for number in numbers) or int(numbers[0]) == 0:
            raise ImproperlyConfigured(f"BUSK_CURRENCIES: the numbers of {words!r} are none")
        found[currency] = Terms(currency, *map(int, numbers))
    if not found:
        raise ImproperlyConfigured("BUSK_CURRENCIES names no currency")
    return MappingProxyType(found)


def book_terms() -> Terms:
    """Of the currency that the books are kept in."""
    return next(iter(terms().values()))


def creator_per_coin() -> tuple[int, int]:
    """What a creator gets for a gift's coins, in minor units of the books' currency: so many for so many coins."""
    return book_terms().hundred_coins * (100 - settings.GIFT_FEE_PERCENT), 100 * 100
