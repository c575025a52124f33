"""docs/money.md says what a tip of some size gets; so does the code."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.terms import Terms, book_terms
from payments.tips.errors import TipMessageTooLong
from payments.tips.selectors import tip_price
from payments.tips.services import tip_text
from payments.tips.tiers import TIERS, tier_least, tier_of
from tests.payments.test_money_page import cents, tables

UNITS = {"min": 60, "h": 3600}


def test_the_page_names_every_step():
    (steps,) = tables("Tips")
    assert len(steps) == len(TIERS)
    for (number, least, characters, pinned), tier in zip(steps, TIERS, strict=True):
        many, unit = pinned.split() if pinned != "no" else ("0", "h")
        told = (int(number), cents(least), int(characters), int(many) * UNITS[unit])
        begin = tier_least(tier=tier, terms=book_terms())
        assert told == (tier.number, begin, tier.characters, tier.pinned_seconds)


@pytest.mark.parametrize(
    ("amount", "tier"),
    [
        (100, 0),
        (199, 0),
        (200, 1),
        (499, 1),
        (500, 2),
        (999, 2),
        (1000, 3),
        (49_999, 7),
        (50_000, 8),
        (100_000, 8),
    ],
)
def test_a_step_begins_where_it_says(amount, tier):
    assert tier_of(amount=amount, terms=book_terms()).number == tier


@given(worth=st.integers(1, 20_000), amount=st.integers(100, 100_000))
def test_in_any_currency_the_least_amount_of_a_step_is_the_first_to_reach_it(worth, amount):
    terms = Terms("eur", worth, 29, 25)
    for tier in TIERS:
        reached = amount >= tier_least(tier=tier, terms=terms)
        assert reached is (tier_of(amount=amount, terms=terms).number >= tier.number)


def test_more_is_never_less():
    assert [tier.characters for tier in TIERS] == sorted({tier.characters for tier in TIERS})
    assert [tier.pinned_seconds for tier in TIERS] == sorted(tier.pinned_seconds for tier in TIERS)


def test_a_message_is_cleaned_before_it_is_measured():
    tier = TIERS[0]
    assert tip_text("e\u0301" * tier.characters, tier=tier) == "é" * tier.characters
    assert tip_text(" \u200b\n ", tier=tier) == ""
    with pytest.raises(TipMessageTooLong) as refused:
        tip_text("é" * (tier.characters + 1), tier=tier)
    assert refused.value.details == {"limit": tier.characters, "length": tier.characters + 1}


def test_what_is_offered_says_who_gets_what(settings):
    settings.CURRENCIES = ["usd:100:29:30", "jpy:150:36:0"]
    dollars, yen = tip_price(currency="usd"), tip_price(currency="jpy")
    five = next(quote for quote in dollars.quotes if quote.amount == 500)
    assert (five.parts.platform, five.parts.processing, five.parts.creator) == (25, 45, 430)
    assert [least for least, _tier in dollars.tiers] == [100, *(tier.least for tier in TIERS[1:])]
    # 150 yen are worth a dollar here.
    assert {tier.number: least for least, tier in yen.tiers}[2] == 750
