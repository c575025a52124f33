"""What of a text that strangers typed is kept."""

import unicodedata

# Letters that reverse or hide what follows them have no place in a name or a title.
_FORBIDDEN_CATEGORIES = {"Cc", "Cf", "Cs", "Co"}
# Overrides and isolates of the writing direction: they let a text show in another order than it is stored.
_DIRECTION = {*range(0x202A, 0x202F), *range(0x2066, 0x206A)}
# Controls, unpaired surrogates (PostgreSQL stores none), and what Unicode will never define.
_DROPPED_CATEGORIES = {"Cc", "Cs", "Cn"}
# Invisible alone, but they join emoji and shape scripts, so they stay within a text.
_INVISIBLE_CATEGORIES = {"Cf", "Zs", "Zl", "Zp", "Mn"}


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


def said(raw: str) -> str:
    """What somebody says to others: NFC, one line, no control or direction characters; "" when nothing of it shows."""
    readable = raw if raw.isascii() and raw.isprintable() else _readable(raw)
    text = " ".join(readable.split())
    if all(unicodedata.category(character) in _INVISIBLE_CATEGORIES for character in text):
        return ""
    return text


def _readable(raw: str) -> str:
    kept = [" " if character.isspace() else character for character in raw if not _is_dropped(character)]
    return unicodedata.normalize("NFC", "".join(kept))


def _is_dropped(character: str) -> bool:
    if character.isspace():
        return False
    return ord(character) in _DIRECTION or unicodedata.category(character) in _DROPPED_CATEGORIES
