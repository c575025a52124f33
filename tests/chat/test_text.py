import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.errors import EmptyMessage, MessageTooLong
from chat.text import MOST_CHARACTERS, message_text
from core.errors import DomainError


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ("hello", "hello"),
        ("  spaced\n\tout  ", "spaced out"),
        ("e\u0301", "é"),
        ("nul\x00 bell\x07", "nul bell"),
        ("evil\u202egnp.exe", "evilgnp.exe"),
        ("\u2066isolated\u2069", "isolated"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("👩‍👩‍👧 family", "👩‍👩‍👧 family"),
        ("lone \ud800 surrogate", "lone surrogate"),
        ("x" * 500, "x" * 500),
        ("👏" * 500, "👏" * 500),
        ("  " + "x" * 500 + "  ", "x" * 500),
        ("e\u0301" * 500, "é" * 500),
    ],
)
def test_what_is_kept(raw: str, kept: str) -> None:
    assert message_text(raw) == kept


@pytest.mark.parametrize("raw", ["", "   ", "\n", "\x00", "\u200b\u200b", "\u202e", "\ufeff", "\u00a0"])
def test_what_shows_nothing_is_empty(raw: str) -> None:
    with pytest.raises(EmptyMessage):
        message_text(raw)


@pytest.mark.parametrize("length", [501, 60_000])
def test_longer_than_500_characters_is_refused(length: int) -> None:
    with pytest.raises(MessageTooLong) as refused:
        message_text("x" * length)

    assert refused.value.details == {"limit": 500, "length": length}


@given(st.text(alphabet=st.characters(codec=None), max_size=600))
def test_whatever_comes_is_refused_or_can_be_stored_and_stays_as_it_is(raw: str) -> None:
    try:
        kept = message_text(raw)
    except DomainError:
        return

    assert 1 <= len(kept) <= MOST_CHARACTERS
    assert message_text(kept) == kept
    assert "\x00" not in kept
    kept.encode()
