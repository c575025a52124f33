"""Amounts as people read and type them."""

import re

from payments.terms import COIN

# Currencies whose smallest unit is the whole one. Source: https://docs.stripe.com/currencies#zero-decimal
WITHOUT_DECIMALS = frozenset(
    "bif clp djf gnf jpy kmf krw mga pyg rwf ugx vnd vuv xaf xof xpf".split()  # noqa: SIM905 - a list to read
) | {COIN}


def money_text(amount: int, currency: str) -> str:
    """``1099, "usd"`` as ``10.99 USD``: digits only, no float on the way."""
    if currency in WITHOUT_DECIMALS:
        return f"{amount:,} {currency.upper()}"
    sign, whole = "-" if amount < 0 else "", abs(amount)
    return f"{sign}{whole // 100:,}.{whole % 100:02d} {currency.upper()}"


def money_digits(amount: int, currency: str) -> str:
    """``1099, "usd"`` as ``10.99``, for programs: no separators, no name."""
    if currency in WITHOUT_DECIMALS:
        return str(amount)
    sign, whole = "-" if amount < 0 else "", abs(amount)
    return f"{sign}{whole // 100}.{whole % 100:02d}"


def money_read(typed: str, currency: str) -> int | None:
    """What somebody typed, ``3``, ``3.5`` or ``3,50``, in minor units; None when it is no amount of this currency."""
    found = re.fullmatch(r"([0-9]{1,9})(?:[.,]([0-9]{1,2}))?", typed.strip())
    if found is None:
        return None
    whole, part = found[1], found[2] or ""
    if currency in WITHOUT_DECIMALS:
        return None if part else int(whole)
    return int(whole) * 100 + int(part.ljust(2, "0"))
