"""What a term is searched for as."""

import re
import unicodedata
from dataclasses import dataclass

from moderation.terms.folding import Folded, Letter, read

# Scripts written without spaces: a word may begin and end anywhere.
_NO_SPACES = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    r"\U00020000-\U0003ffff]"
)
# ASCII signs that are meant where a term begins or ends in one: "c++", "#tag".
_MEANT = frozenset("#@$+&%<>=|^~/\\")


@dataclass(frozen=True, slots=True)
class Pattern:
    """How a term reads once it is folded. ``open_before``, ``open_after``: other letters may stand there."""

    # Its words with one space between; as written, but folded, when it ``has_symbols``.
    core: str
    has_symbols: bool
    open_before: bool
    open_after: bool

    @property
    def folded(self) -> str:
        """The same for terms that find the same."""
        return f"{'*' * self.open_before}{self.core}{'*' * self.open_after}"

    @property
    def tricks(self) -> tuple[str, tuple[int, ...]]:
        """As in ``folding.read``."""
        return read(self.core)

    def bordered(self, core: str) -> str:
        """``core`` as a part of a text's words, with the spaces that must be around it."""
        return f"{' ' * self.closed_before}{core}{' ' * self.closed_after}"

    @property
    def closed_before(self) -> bool:
        return not self.open_before and _is_bordered(self.core[0])

    @property
    def closed_after(self) -> bool:
        return not self.open_after and _is_bordered(self.core[-1])

    def stands_alone(self, symbols: str, start: int, end: int) -> bool:
        """Whether at this place of ``Folded.symbols`` no word goes on that must not."""
        before = self.closed_before and symbols[start - 1].isalnum()
        return not before and not (self.closed_after and symbols[end].isalnum())


def pattern_of(text: str) -> Pattern | None:
    """A ``*`` at an end lets the word go on there; None when nothing is left to search for."""
    text = text.strip()
    folded = Folded(text.replace("*", " ").strip())
    words, symbols = folded.words.strip(), folded.symbols.strip()
    if not symbols:
        return None
    has_symbols = not words or _are_meant(symbols)
    return Pattern(
        core=symbols if has_symbols else words,
        has_symbols=has_symbols,
        open_before=text.startswith("*"),
        open_after=text.endswith("*"),
    )


def enough(letters: tuple[Letter, ...], counts: tuple[int, ...]) -> bool:
    """Whether each letter is there as often as the term has it: "a5" reads "as", and is no "ass"."""
    return all(letter.times >= count for letter, count in zip(letters, counts, strict=True))


def _is_bordered(char: str) -> bool:
    return char.isalnum() and not _NO_SPACES.match(char)


def _are_meant(symbols: str) -> bool:
    """Whether the signs of a term matter: emoji and the like anywhere, some others at its ends."""
    return (
        symbols[0] in _MEANT
        or symbols[-1] in _MEANT
        or any(not char.isascii() and unicodedata.category(char)[0] == "S" for char in symbols)
    )
