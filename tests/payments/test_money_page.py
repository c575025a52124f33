"""docs/money.md is computed again from the functions that it describes."""

import re
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.fees import split_expected
from payments.models import AccountKind
from payments.packs import net_covers
from payments.rounding import share, share_between
from payments.terms import Terms, book_terms, creator_per_coin

PAGE = (Path(__file__).parents[2] / "docs" / "money.md").read_text()
PRICE, COINS = 149, 100


def tables(heading: str) -> list[list[list[str]]]:
    """The tables under a heading, as rows of cells without their header."""
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    found = []
    for block in re.findall(r"(?:^\|.*\|\n)+", section, re.MULTILINE):
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in block.splitlines()]
        found.append(rows[2:])
    return found


def cents(text: str) -> int:
    return int(Decimal(text) * 100)


def entries(table: list[list[str]]) -> dict[str, int]:
    """In cents, or in coins; the page writes which."""
    return {
        row[0].strip("`"): int(row[1].removesuffix(" coins")) if "coins" in row[1] else cents(row[1])
        for row in table
    }


def test_the_fee_of_tips_and_tickets():
    fees, booked = tables("The fee of tips and tickets")
    assert len(fees) == 5
    for price, platform, processing, creator in fees:
        parts = split_expected(gross=cents(price), terms=book_terms())
        told = (cents(platform), cents(processing), cents(creator))
        assert (parts.platform, parts.processing, parts.creator) == told
    ten = split_expected(gross=1000, terms=book_terms())
    assert entries(booked) == {
        "provider": ten.gross - ten.processing, "platform": -ten.platform, "pending": -ten.creator,
    }  # fmt: skip


def test_a_lot_in_six_gifts():
    bought, steps, fifth = tables("Coins")
    assert entries(bought) == {
        "provider": PRICE - 34, "processing": 34, "coins_sold": -PRICE, "coins_out": COINS, "wallet": -COINS,
    }  # fmt: skip
    worth, whole = creator_per_coin()
    gone = 0
    for coins, until, gross, creator, platform in steps[:-1]:
        end = gone + int(coins)
        price = share_between(PRICE, begin=gone, end=end, whole=COINS)
        gain = share_between(worth, begin=gone, end=end, whole=whole)
        assert (int(until), cents(gross), cents(creator), cents(platform)) == (end, price, gain, price - gain)
        gone = end
    for column in (2, 3, 4):
        assert sum(cents(row[column]) for row in steps[:-1]) == cents(steps[-1][column])
    assert entries(fifth) == {
        "wallet": 42, "coins_out": -42, "coins_sold": cents(steps[4][2]), "pending": -cents(steps[4][3]),
        "platform": -cents(steps[4][4]),
    }  # fmt: skip


def test_every_table_of_entries_adds_up():
    kinds = set(AccountKind.values)
    looked_at = 0
    for heading in re.findall(r"^## (.*)$", PAGE, re.MULTILINE):
        if heading == "Accounts":
            continue
        for table in tables(heading):
            if {row[0].strip("`") for row in table} <= kinds:
                coins = sum(int(row[1].split()[0]) for row in table if "coins" in row[1])
                money = sum(cents(row[1]) for row in table if "coins" not in row[1])
                assert (coins, money) == (0, 0), table
                looked_at += 1
    assert looked_at == 7


def test_every_account_is_told_of():
    (accounts,) = tables("Accounts")
    assert [row[0].strip("`") for row in accounts] == [
        "provider", "processing", "platform", "loss", "disputed", "coins_sold", "pending", "available", "debt",
        "wallet", "coins_out",
    ]  # fmt: skip
    assert {row[0].strip("`") for row in accounts} == set(AccountKind.values)


@given(
    amount=st.integers(0, 10**9),
    steps=st.lists(st.integers(1, 1000), min_size=1, max_size=30),
)
def test_pieces_add_up_to_the_whole_however_it_is_cut(amount, steps):
    whole, begin, pieces = sum(steps), 0, []
    for step in steps:
        pieces.append(share_between(amount, begin=begin, end=begin + step, whole=whole))
        begin += step
    assert sum(pieces) == amount
    assert all(piece >= 0 for piece in pieces)


@given(coins=st.integers(1, 10**6), over=st.integers(0, 10**6), gone=st.integers(0, 10**6))
def test_a_lot_that_covers_the_rate_never_owes_the_platform(coins, over, gone):
    """However much of it is spent, the creators have had no more than what was paid for it."""
    worth, whole = creator_per_coin()
    price = share(coins, book_terms().hundred_coins, 100) + over
    spent = min(gone, coins)
    assert share(spent, worth, whole) <= share(price, spent, coins)


@pytest.mark.parametrize(
    ("amount", "part", "whole", "rounded"),
    [(1, 1, 2, 1), (1, 1, 3, 0), (2, 1, 3, 1), (0, 5, 7, 0), (149, 50, 100, 75)],
)
def test_half_a_cent_goes_up(amount, part, whole, rounded):
    assert share(amount, part, whole) == rounded


def test_a_pack_below_the_rate_is_told():
    usd = Terms("usd", 100, 29, 30)
    # 100 coins are worth a dollar; 1.34 leaves 1.00 after 4 and 30 cents, 1.33 leaves 99.
    assert net_covers(coins=100, price=134, terms=usd)
    assert not net_covers(coins=100, price=133, terms=usd)
