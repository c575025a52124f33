import pytest

from core.text import one_line, plain


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Cello", "Cello"),
        ("  a\t b \n c ", "a b c"),
        ("evil\u202egnp.exe", "evilgnp.exe"),
        ("\u2066left\u2069\u200b\u0000", "left"),
        ("e\u0301", "é"),
        ("\U0001f469\u200d\U0001f3a4", "\U0001f469\u200d\U0001f3a4"),
        ("\u0634\u0643\u0631\u0627", "\u0634\u0643\u0631\u0627"),
        ("<b>x</b>", "<b>x</b>"),
    ],
    ids=[
        "plain",
        "spaces",
        "reversed",
        "invisible",
        "composed",
        "emoji",
        "arabic",
        "markup is the pages' business",
    ],
)
def test_what_is_kept_of_one_line(typed, kept):
    assert one_line(typed) == kept


def test_lines_stay_where_they_may():
    assert plain("a\r\nb\u202e", keep="\n") == "a\nb"
