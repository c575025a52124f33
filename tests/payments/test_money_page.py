"""docs/money.md is computed again from the functions that it describes."""

import re
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.fees import split_expected
from payments.models import AccountKind, CoinLot, Earning
from payments.packs import net_covers
from payments.rounding import share, share_between
from payments.taking import Held, Taken
from payments.terms import Terms, book_terms, creator_per_coin
from payments.tickets.prices import least, percent_off

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
    fees, booked, _beyond = tables("The fee of tips and tickets")
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


def lot(gone: int = 0) -> Held:
    """The page's lot, of which so many coins were spent on one creator, in one gift."""
    worth, whole = creator_per_coin()
    spent = Earning(
        pk=1,
        coins=gone,
        gross=share(PRICE, gone, COINS),
        amount=share(gone, worth, whole),
        processing=0,
        back=0,
    )
    return Held(CoinLot(coins=COINS, gone=gone, price=PRICE), None, [spent] if gone else [])


def tip() -> Held:
    ten = split_expected(gross=1000, terms=book_terms())
    earning = Earning(pk=1, coins=0, gross=ten.gross, amount=ten.creator, processing=ten.processing, back=0)
    return Held(earnings=[earning])


def booked(taken: Taken, goes_to: str) -> dict[str, int]:
    """From a creator who has all of it pending."""
    amounts = {
        "wallet": taken.unspent,
        "coins_out": -taken.unspent,
        "coins_sold": taken.unspent_worth,
        "platform": sum(piece.platform for piece in taken.pieces),
        "pending": sum(piece.creator for piece in taken.pieces),
        "processing": sum(piece.processing for piece in taken.pieces),
        goes_to: -taken.worth,
    }
    return {account: amount for account, amount in amounts.items() if amount}


def test_a_tip_goes_back_in_three_steps():
    (steps,) = tables("Taking back")
    held = tip()
    (earning,) = held.earnings
    for gross, *parts in steps[:-1]:
        (piece,) = held.pick(cents(gross)).pieces
        assert [piece.creator, piece.platform, piece.processing] == [cents(part) for part in parts]
        had = held.had.get(1, (0, 0, 0))
        held.had[1] = (had[0] + piece.gross, had[1] + piece.creator, had[2] + piece.processing)
        earning.back += piece.part
    assert held.parts == 0
    for column in range(4):
        assert sum(cents(row[column]) for row in steps[:-1]) == cents(steps[-1][column])


def test_what_refunds_and_disputes_book():
    a_step, unspent, spent, dollar, ticket = tables("Refunds")
    assert entries(a_step) == booked(tip().pick(333), "provider")
    assert entries(unspent) == booked(lot(50).pick(50), "provider")
    assert entries(spent) == booked(lot(50).pick(100), "provider")
    assert entries(dollar) == booked(lot(50).pick(100 * 100 // PRICE), "provider")
    given_back = lot(50).pick_spent()
    assert entries(ticket) == {
        "wallet": -50, "coins_out": 50, "coins_sold": -share(PRICE, 50, COINS),
        "platform": given_back.pieces[0].platform, "pending": given_back.pieces[0].creator,
    }  # fmt: skip
    _debt, whole_tip, part, _withdrawn = tables("Disputes")
    assert entries(whole_tip) == booked(tip().pick(1000), "disputed")
    held = lot()
    assert entries(part) == booked(held.pick(held.parts_for(60)), "disputed")


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
    assert looked_at == 16


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


def test_a_ticket_with_a_code_and_with_coins():
    codes, in_money, in_coins, _ = tables("Tickets")
    for price, code, left in codes:
        if price.endswith("coins"):
            told = f"{percent_off(int(price.removesuffix(' coins')), int(code.removesuffix(' %')))} coins"
        else:
            whole = cents(price)
            paid = percent_off(whole, int(code.removesuffix(" %"))) if "%" in code else whole - cents(code)
            assert paid is not None
            told = "nothing" if paid == 0 else "refused" if paid < least() else f"{paid / 100:.2f}"
        assert told == left
    parts = split_expected(gross=750, terms=book_terms())
    assert entries(in_money) == {
        "provider": 750 - parts.processing, "platform": -parts.platform, "pending": -parts.creator,
    }  # fmt: skip
    worth, whole = creator_per_coin()
    gross = share_between(PRICE, begin=0, end=50, whole=COINS)
    gain = share_between(worth, begin=0, end=50, whole=whole)
    assert entries(in_coins) == {
        "wallet": 50, "coins_out": -50, "coins_sold": gross, "pending": -gain, "platform": gain - gross,
    }  # fmt: skip
