"""What of a message is kept: readable characters in one line and one form."""

import unicodedata

from chat.errors import EmptyMessage, MessageTooLong

MOST_CHARACTERS = 500

# Overrides and isolates of the writing direction: they let a text show in another order than it is stored.
_DIRECTION = {*range(0x202A, 0x202F), *range(0x2066, 0x206A)}
# Controls, unpaired surrogates (PostgreSQL stores none), and what Unicode will never define.
_DROPPED_CATEGORIES = {"Cc", "Cs", "Cn"}
# Invisible alone, but they join emoji and shape scripts, so they stay within a text.
_INVISIBLE_CATEGORIES = {"Cf", "Zs", "Zl", "Zp", "Mn"}


def message_text(raw: str) -> str:
    """``raw`` as it is stored: NFC, one line, no control or direction characters.

    Raises: EmptyMessage, MessageTooLong.
    """
    if len(raw) > 4 * MOST_CHARACTERS:  # not worth looking at each character
        raise MessageTooLong(limit=MOST_CHARACTERS, length=len(raw))
    readable = raw if raw.isascii() and raw.isprintable() else _readable(raw)
    text = " ".join(readable.split())
    if all(unicodedata.category(character) in _INVISIBLE_CATEGORIES for character in text):
        raise EmptyMessage()
    if len(text) > MOST_CHARACTERS:
        raise MessageTooLong(limit=MOST_CHARACTERS, length=len(text))
    return text


def _readable(raw: str) -> str:
    kept = [" " if character.isspace() else character for character in raw if not _is_dropped(character)]
    return unicodedata.normalize("NFC", "".join(kept))


def _is_dropped(character: str) -> bool:
    if character.isspace():
        return False
    return ord(character) in _DIRECTION or unicodedata.category(character) in _DROPPED_CATEGORIES
