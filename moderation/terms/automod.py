"""What a message may be taken for without anybody having made a list: a start, which the list for everywhere extends.

The words are in ``data/automod.txt``, one a line behind its language and category, in ROT13 so that nobody has to
read them who looks for something else. All languages hold everywhere, so words that are harmless in another of them
are left out.
"""

import codecs
import re
import uuid
from functools import cache
from pathlib import Path

from moderation.terms.folding import Folded
from moderation.terms.searching import Entry, Terms

# From which level on something is held.
LEVELS = {"slur": 1, "threat": 1, "hate": 2, "sexual": 2, "insult": 3, "spam": 3, "swearing": 4}
LEVEL_MOST = max(LEVELS.values())

SAME_IN_A_ROW = 20
SHOUTED_LEAST = 40
# How many of the letters are capitals, in percent.
SHOUTED_PERCENT = 90

_SAME = re.compile(rf"(\S)\1{{{SAME_IN_A_ROW - 1},}}")
_PIECE_MOST = 200


def look(text: str | Folded, level: int) -> tuple[str, str] | None:
    """Why a message is to be held at this level, and the piece that makes it so. The gravest reason, then the first.

    Queries: none.
    """
    if level <= 0:
        return None
    folded = text if isinstance(text, Folded) else Folded(text)
    found = [match for match in _words().matches(folded) if LEVELS[match.entry.action] <= level]
    if found:
        worst = min(found, key=lambda match: (LEVELS[match.entry.action], match.span))
        return worst.entry.action, folded.text[slice(*worst.span)][:_PIECE_MOST]
    if level >= LEVELS["spam"]:
        piece = _spam(folded.text)
        if piece is not None:
            return "spam", piece[:_PIECE_MOST]
    return None


def _spam(text: str) -> str | None:
    """One character again and again, or a wall of capitals."""
    same = _SAME.search(text)
    if same:
        return same[0]
    if len(text) >= SHOUTED_LEAST:
        capitals = sum(map(str.isupper, text))
        cased = capitals + sum(map(str.islower, text))
        if cased >= SHOUTED_LEAST and capitals * 100 >= cased * SHOUTED_PERCENT:
            return text
    return None


@cache
def _words() -> Terms:
    lines = Path(__file__).with_name("data").joinpath("automod.txt").read_text("utf-8").splitlines()
    return Terms(_entry(*line.split(" ", 2)) for line in lines)


def _entry(_language: str, category: str, word: str) -> Entry:
    return Entry(uuid.UUID(int=0), codecs.decode(word, "rot13"), category)
