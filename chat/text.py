"""How long a message may be, and what of it is kept."""

from chat.errors import EmptyMessage, MessageTooLong
from core.text import said

MOST_CHARACTERS = 500


def message_text(raw: str) -> str:
    """``raw`` as it is stored, by ``core.text.said``. Raises: EmptyMessage, MessageTooLong."""
    if len(raw) > 4 * MOST_CHARACTERS:  # not worth looking at each character
        raise MessageTooLong(limit=MOST_CHARACTERS, length=len(raw))
    text = said(raw)
    if not text:
        raise EmptyMessage()
    if len(text) > MOST_CHARACTERS:
        raise MessageTooLong(limit=MOST_CHARACTERS, length=len(text))
    return text
