"""Searching a text for all terms of a list at once."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any, NamedTuple
from uuid import UUID

import ahocorasick

from moderation.terms.folding import Folded, Span
from moderation.terms.patterns import Pattern, enough, pattern_of

# They make another letter of the Japanese one before.
_VOICING = "\u3099\u309a"


class Entry(NamedTuple):
    """A term of a list."""

    term_id: UUID
    text: str
    action: str
    timeout_seconds: int | None = None


class Match(NamedTuple):
    entry: Entry
    span: Span


class _Term(NamedTuple):
    entry: Entry
    pattern: Pattern
    # Of ``tricks``: how often each letter has to be there.
    counts: tuple[int, ...] = ()


class Terms:
    """One list, made ready to be searched for all at once."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        read = ((entry, pattern_of(entry.text)) for entry in entries)
        self._terms = [_Term(entry, pattern) for entry, pattern in read if pattern is not None]
        self._in_words = [term for term in self._terms if not term.pattern.has_symbols]
        self._words = _automaton((term.pattern.bordered(term.pattern.core), term) for term in self._in_words)
        self._symbols = _automaton(
            (term.pattern.core, term) for term in self._terms if term.pattern.has_symbols
        )

    def __len__(self) -> int:
        return len(self._terms)

    def matches(self, text: Folded) -> Iterator[Match]:
        """Every term in the text, overlapping ones too."""
        if self._words is not None:
            words = text.words
            for last, (key, terms) in self._words.iter(words):
                start, end = _inside(last, key)
                if words[end] in _VOICING:
                    continue
                span = text.of_words(start, end)
                yield from (Match(term.entry, span) for term in terms)
        if self._symbols is not None:
            yield from self._with_symbols(text)
        if self._in_words and text.odd:
            yield from self._disguised(text)

    def _with_symbols(self, text: Folded) -> Iterator[Match]:
        assert self._symbols is not None
        symbols = text.symbols
        for last, (key, terms) in self._symbols.iter(symbols):
            start, end = last + 1 - len(key), last + 1
            for term in terms:
                if term.pattern.stands_alone(symbols, start, end):
                    yield Match(term.entry, text.of_symbols(start, end))

    def _disguised(self, text: Folded) -> Iterator[Match]:
        assert self._tricks is not None
        for last, (key, terms) in self._tricks.iter(text.tricks):
            place = text.of_tricks(*_inside(last, key))
            if place is not None:
                for term in terms:
                    if enough(place.letters, term.counts):
                        yield Match(term.entry, place.span)

    @cached_property
    def _tricks(self) -> Any:
        """Made when the first text needs it."""
        keys = []
        for entry, pattern, _counts in self._in_words:
            letters, counts = pattern.tricks
            keys.append((pattern.bordered(letters), _Term(entry, pattern, counts)))
        return _automaton(keys)


def _automaton(terms: Iterable[tuple[str, _Term]]) -> Any:
    """Finds every key in a text in one go; None for no keys."""
    of_key: dict[str, list[_Term]] = defaultdict(list)
    for key, term in terms:
        of_key[key].append(term)
    if not of_key:
        return None
    automaton = ahocorasick.Automaton()
    for key, found in of_key.items():
        automaton.add_word(key, (key, found))
    automaton.make_automaton()
    return automaton


def _inside(last: int, key: str) -> tuple[int, int]:
    """Where a key that ends in ``last`` was found, without the spaces that were to be around it."""
    return last + 1 - len(key.lstrip(" ")), last + 1 - (len(key) - len(key.rstrip(" ")))
