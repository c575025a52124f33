"""What of a text that strangers typed is kept."""

import unicodedata

# Letters that reverse or hide what follows them have no place in a name or a title.
_FORBIDDEN_CATEGORIES = {"Cc", "Cf", "Cs", "Co"}


def plain(text: str, *, keep: str = "") -> str:
    """The text in its composed form, without control and direction characters. Joiners of emoji stay."""
    composed = unicodedata.normalize("NFC", text)
    return "".join(
        char
        for char in composed
        if char in keep or char in "\u200d\t " or unicodedata.category(char) not in _FORBIDDEN_CATEGORIES
    )


def one_line(text: str) -> str:
    """The same in one line, with single spaces."""
    return " ".join(plain(text, keep="\n").split())
