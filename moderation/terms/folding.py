"""What a text reads like, however it is written: one form for terms and messages, and the way back to the original.

A text has three forms, each searched for another kind of trick:

``words``: case, accents, look-alike letters and invisible characters folded; whatever is no letter or digit is one
space. Words that are only this are what they seem to be.
``symbols``: the same with signs and emoji left in, for terms that have some.
``tricks``: only for a text in which a word looks made up to pass. Digits and signs read as letters, letters of other
alphabets as the Latin ones they resemble, runs of one letter as one; and words that were taken apart, put together.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import groupby
from typing import NamedTuple

from moderation.terms.tables import FOLDING, LETTERS, SHAPES, TRICKS, WORDS

_LETTER = r"[^\W\d_]"
# Of ``_read``, which has no "_".
_PIECE = r"[\w@$€£]"
# Signs that are parts of words in their scripts, and no letters to Python.
_SIGNS = r"\u0900-\u0dff\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\u3099\u309a"
# Any number of stars: how many a masked word left does not matter.
_ANY_BETWEEN = rf"(?:[^\w@$€£*{_SIGNS}]{{1,3}}|\*+)"
# Between the parts of a word; no apostrophes, since "he'll" and "we're" are words.
_BETWEEN = r"(?:[.\-~+=·•]{1,3}|\*+)"
# "!" and "|" are an i only within a word; at its end they are what they are.
_STROKE = re.compile(r"(?<=\w)[!|](?=\w)")
_TAKEN_APART = re.compile(rf"(?<!{_PIECE}){_PIECE}++(?:{_BETWEEN}{_PIECE}++)+")
_SPELLED = re.compile(rf"(?<!{_PIECE}){_PIECE}(?:{_ANY_BETWEEN}{_PIECE}(?!{_PIECE})){{2,}}")
# Alphabets in which a letter may be drawn out.
_DRAWN_OUT = r"[a-z\u0370-\u052f]"
_IS_DRAWN_OUT = re.compile(_DRAWN_OUT).match
_RUN = re.compile(rf"({_DRAWN_OUT})\1+")
_LONG_RUN = re.compile(rf"({_DRAWN_OUT})\1\1")
# Shapes of which an odd word has one: a digit beside a letter, a stroke or something else between two.
_ODD = ("a0", "0a", "a!a", "!a", "a*", "a-a", "a--a", "a---a", "a-0", "a--0", "a---0", "0-a", "0--a")
_SPELLED_SHAPE = " a a a "
# And Cyrillic letters that next to no language has any more, but for looking like a Latin one.
_LATIN = re.compile(r"[a-zA-ZѕЅԁԀԛԚԝԜѵѴ]")
_CYRILLIC_OR_GREEK = re.compile(r"[\u0370-\u03ff\u0400-\u052f]")
_DIGIT = re.compile(r"[\d@$€£!|]")
# Numbers that count something are no words in disguise.
_COUNTED = re.compile(r"\d+(?:st|nd|rd|th|[kmhdsxygp]|am|pm|[kcm]m|kg|[kmgt]b|fps|hz|mins?|hrs?|secs?)")
# What stands before and after a word that is spelled out: "i s p a m u".
_BEFORE, _AFTER = frozenset("aiou"), frozenset("u")
_SPELLED_LEAST = 3


class Span(NamedTuple):
    """Part of a text: from ``start`` to before ``end``."""

    start: int
    end: int


class Letter(NamedTuple):
    """A letter of ``tricks``, or several in a row: where they are in ``symbols``, and how many."""

    letter: str
    start: int
    end: int
    times: int


_SPACE = Letter(" ", 0, 0, 0)


class Place(NamedTuple):
    """What of the text a match in one of its forms stands for."""

    span: Span
    # The letters in the order they are read, runs as one.
    letters: tuple[Letter, ...]


class Folded:
    """A text and its forms; those for rare cases are made when they are asked for."""

    def __init__(self, text: str) -> None:
        self.text = text
        # ASCII keeps its length, so the way back is the way there.
        self._plain = text.isascii() and text.isprintable()
        self._symbols = text.lower() if self._plain else text.translate(FOLDING)
        # What was found of words in ``tricks``, by where they are.
        self._disguised: dict[tuple[int, int], bool] = {}
        self.words = f" {' '.join(self._symbols.translate(WORDS).split())} "

    @cached_property
    def symbols(self) -> str:
        return f" {' '.join(self._starless.split())} "

    @property
    def _starless(self) -> str:
        return self._symbols.replace("*", " ")

    @cached_property
    def odd(self) -> bool:
        """Whether it may have a word that is not what it seems, so that ``tricks`` is worth a look."""
        shape = self._symbols.translate(SHAPES)
        if any(odd in shape for odd in _ODD) or _SPELLED_SHAPE in self.words.translate(LETTERS):
            return True
        if _LONG_RUN.search(self._symbols):
            return True
        return not self._plain and bool(_CYRILLIC_OR_GREEK.search(self.text) and _LATIN.search(self.text))

    @cached_property
    def tricks(self) -> str:
        """Words as one could read them, then each word that was put together, in a line of its own."""
        words = " ".join(self._read.translate(TRICKS).split())
        put_together = "".join(f"\n {''.join(one.letter for one in word)} " for word in self._put_together)
        return _RUN.sub(r"\1", f" {words} ") + put_together

    def of_words(self, start: int, end: int) -> Span:
        """What of the text is ``words[start:end]``, which begins and ends in a letter or digit."""
        back = self._words_back
        return self._span(back[start], back[end - 1] + 1)

    def of_symbols(self, start: int, end: int) -> Span:
        """What of the text is ``symbols[start:end]``, which begins and ends in something."""
        back = self._symbols_back
        return self._span(back[start], back[end - 1] + 1)

    def of_tricks(self, start: int, end: int) -> Place | None:
        """What of the text is ``tricks[start:end]``, likewise; None when the words there are what they seem to be."""
        lines = self.tricks[:start].count("\n")
        if lines:
            word = self._put_together[lines - 1]
            begin = start - self.tricks.rindex("\n", 0, start) - 2
            letters = word[begin : begin + end - start]
            # Its ends are ends of parts: "is-hit" is none.
            symbols, first, last = self._read, letters[0].start, letters[-1].end
            if _in_word(symbols, first) or _in_word(symbols, last) or _is_figures(symbols[first:last]):
                return None
            return Place(self._span(letters[0].start, letters[-1].end), letters)
        row = self._row
        words = self.tricks.rindex(" ", 0, start) + 1, self.tricks.index(" ", end)
        if words not in self._disguised:
            self._disguised[words] = self._is_disguised(row[slice(*words)])
        if not self._disguised[words]:
            return None
        letters = tuple(row[start:end])
        return Place(self._span(letters[0].start, letters[-1].end), letters)

    def _is_disguised(self, row: list[Letter]) -> bool:
        """Whether of these whole words one is odd, and none a number."""
        found = False
        for is_word, letters in groupby(row, key=lambda letter: letter.times > 0):
            if not is_word:
                continue
            word = list(letters)
            start, end = word[0].start, word[-1].end
            symbols = self._symbols[start:end]
            if not re.search(_LETTER, symbols) or _COUNTED.fullmatch(symbols):
                return False
            found = found or bool(_DIGIT.search(symbols) or _LONG_RUN.search(symbols))
            if not found and not self._plain:
                written = self.text[slice(*self._span(start, end))]
                found = bool(_CYRILLIC_OR_GREEK.search(written) and _LATIN.search(written))
        return found

    @cached_property
    def _words_back(self) -> list[int]:
        """For each place of ``words`` that of ``_symbols``."""
        return _back(self._symbols.translate(WORDS))

    @cached_property
    def _symbols_back(self) -> list[int]:
        return _back(self._starless)

    @cached_property
    def _row(self) -> list[Letter]:
        """The first line of ``tricks``."""
        row = [_SPACE]
        for word in re.finditer("[^ ]+", self._read.translate(TRICKS)):
            row += _letters(zip(range(*word.span()), word[0], strict=True))
            row.append(_SPACE)
        return row

    @cached_property
    def _read(self) -> str:
        return _STROKE.sub("i", self._symbols.replace("_", "."))

    @cached_property
    def _put_together(self) -> list[tuple[Letter, ...]]:
        """Words that were taken apart or spelled out, without what is between."""
        symbols = self._read
        found = [_pieces(symbols, match.start(), match.end()) for match in _TAKEN_APART.finditer(symbols)]
        for match in _SPELLED.finditer(symbols):
            whole = _pieces(symbols, match.start(), match.end())
            found += [
                part
                for part in _without_neighbours(whole)
                if sum(one.times for one in part) >= _SPELLED_LEAST
            ]
        return found

    def _span(self, start: int, end: int) -> Span:
        """From a part of ``_symbols`` to the text, with the accents and joiners that follow its last letter."""
        if self._plain:
            return Span(start, end)
        back = self._back
        last = back[end - 1] + 1
        while last < len(self.text) and not FOLDING[ord(self.text[last])]:
            last += 1
        return Span(back[start], last)

    @cached_property
    def _back(self) -> list[int]:
        return [place for place, char in enumerate(self.text) for _ in FOLDING[ord(char)]]


def _back(spaced: str) -> list[int]:
    """For each place of the same with single spaces, that in what is ``spaced`` as it likes; 0 for the spaces."""
    back = [0]
    for word in re.finditer("[^ ]+", spaced):
        back += range(*word.span())
        back.append(0)
    return back


def read(words: str) -> tuple[str, tuple[int, ...]]:
    """How ``tricks`` shows words that are written so, and how often each letter of that is there; spaces 0 times."""
    letters: list[Letter] = []
    for word in words.split():
        letters += [_SPACE] * bool(letters) + _letters(enumerate(word.translate(TRICKS)))
    return "".join(one.letter for one in letters), tuple(one.times for one in letters)


def _letters(row: Iterable[tuple[int, str]]) -> list[Letter]:
    """Letters with their places, runs of one letter as one."""
    found: list[Letter] = []
    for place, letter in row:
        if found and found[-1].letter == letter and _IS_DRAWN_OUT(letter):
            found[-1] = found[-1]._replace(end=place + 1, times=found[-1].times + 1)
        else:
            found.append(Letter(letter, place, place + 1, 1))
    return found


def _pieces(symbols: str, start: int, end: int) -> tuple[Letter, ...]:
    read = ((place, TRICKS[ord(symbols[place])]) for place in range(start, end))
    return tuple(_letters((place, letter) for place, letter in read if letter != " "))


def _without_neighbours(word: tuple[Letter, ...]) -> Iterator[tuple[Letter, ...]]:
    """A word that is spelled out, and the same without words of one letter that stood before and after it."""
    before = word[0].letter in _BEFORE and word[0].times == 1
    after = word[-1].letter in _AFTER and word[-1].times == 1
    yield word
    if before:
        yield word[1:]
    if after:
        yield word[:-1]
    if before and after:
        yield word[1:-1]


def _is_figures(symbols: str) -> bool:
    """Whether at least half of what may be letters are digits, as in "8 s, 5 s"."""
    pieces = re.findall(_PIECE, symbols)
    return 2 * sum(map(str.isdigit, pieces)) >= len(pieces)


def _in_word(symbols: str, place: int) -> bool:
    """Whether there is a letter, or what may be one, on both sides of this place."""
    return 0 < place < len(symbols) and all(re.match(_PIECE, symbols[at]) for at in (place - 1, place))
