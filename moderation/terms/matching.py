"""What a message is looked through with: the lists of its channel and of everywhere, read anew once they changed."""

import threading
import unicodedata
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from moderation.terms.folding import Folded, Span
from moderation.terms.models import EVERYWHERE, TermAction
from moderation.terms.searching import Entry, Match, Terms
from moderation.terms.tables import SKIN_TONES

# What a process keeps: those lists that were used last. 1,000 terms take about 1 MB.
TERMS_KEPT = 50_000
LISTS_KEPT = 2_000

_STRICTNESS = {action: place for place, action in enumerate(TermAction.values)}
# Each time at least one more letter is masked, and hardly ever is there a second time.
_ROUNDS = 20
_EMPTY = Terms(())


class Found(NamedTuple):
    """The strictest of the terms in a text: what is to be done, and where all of them are, from left to right."""

    action: str
    term_id: UUID
    spans: tuple[Span, ...]
    timeout_seconds: int | None
    # What of the text the strictest term is.
    piece: str


class Filter:
    """The lists that hold for a message: its channel's and the one for everywhere."""

    def __init__(self, *lists: Terms) -> None:
        self._lists = tuple(terms for terms in lists if len(terms))

    def look(self, text: str | Folded) -> Found | None:
        """What of the text is in the lists. Masking the spans leaves nothing of them to be found."""
        if not self._lists:
            return None
        folded = text if isinstance(text, Folded) else Folded(text)
        matches = self._matches(folded)
        if not matches:
            return None
        # Where something was masked, what is around it may read as another term.
        for _ in range(_ROUNDS):
            shown = _starred(folded.text, [match.span for match in matches])
            more = self._matches(Folded(shown))
            if not more:
                break
            matches += more
        return _strictest(folded.text, matches)

    def _matches(self, text: Folded) -> list[Match]:
        return [match for terms in self._lists for match in terms.matches(text)]


def masked(text: str, spans: Iterable[Span]) -> str:
    """The text with one ``*`` for each letter in the spans, where a letter is what shows as one."""
    shown, place = [], 0
    for start, end in _merged(spans):
        shown.append(text[place:start])
        shown.append("*" * (sum(map(_shows, text[start:end])) or 1))
        place = end
    return "".join(shown) + text[place:]


def _starred(text: str, spans: Iterable[Span]) -> str:
    """The same, one for each character, so that places stay. Terms read any number of stars alike."""
    chars = list(text)
    for start, end in spans:
        chars[start:end] = "*" * (end - start)
    return "".join(chars)


def _shows(char: str) -> bool:
    """Whether it is something by itself, and no part of the letter or emoji before it."""
    return char not in SKIN_TONES and unicodedata.category(char) not in {"Mn", "Me", "Mc", "Cf"}


def _merged(spans: Iterable[Span]) -> list[Span]:
    """From left to right, overlapping and touching ones as one."""
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return merged


def _strictest(text: str, matches: Sequence[Match]) -> Found:
    first = min(
        matches,
        key=lambda match: (
            -_STRICTNESS[match.entry.action],
            -(match.entry.timeout_seconds or 0),
            match.span.start,
        ),
    )
    return Found(
        action=first.entry.action,
        term_id=first.entry.term_id,
        spans=tuple(_merged(match.span for match in matches)),
        timeout_seconds=first.entry.timeout_seconds,
        piece=text[slice(*first.span)],
    )


class _Kept:
    """Lists with their versions, the one that was used last at the end. Threads share it."""

    def __init__(self) -> None:
        self._lists: OrderedDict[UUID, tuple[int, Terms]] = OrderedDict()
        self._terms = 0
        self._lock = threading.Lock()

    def get(self, channel_id: UUID, version: int) -> Terms | None:
        with self._lock:
            found = self._lists.get(channel_id)
            if found is None or found[0] != version:
                return None
            self._lists.move_to_end(channel_id)
            return found[1]

    def put(self, channel_id: UUID, version: int, terms: Terms) -> None:
        with self._lock:
            self._drop(channel_id)
            self._lists[channel_id] = version, terms
            self._terms += len(terms)
            while len(self._lists) > 1 and (len(self._lists) > LISTS_KEPT or self._terms > TERMS_KEPT):
                self._drop(next(iter(self._lists)))

    def _drop(self, channel_id: UUID) -> None:
        old = self._lists.pop(channel_id, None)
        self._terms -= len(old[1]) if old else 0


_kept = _Kept()


def filter_of(
    channel_id: UUID, channel_version: int | None = None, platform_version: int | None = None
) -> Filter:
    """What a message in the channel is looked through with.

    ``TermsVersion`` has the versions; a caller who has read them saves the query, and none is needed for lists that
    this process has in that version. Queries: 1 without versions, 1 for each list that is read.
    """
    if channel_version is None or platform_version is None:
        channel_version, platform_version = versions_of(channel_id)
    return Filter(_terms(channel_id, channel_version), _terms(EVERYWHERE, platform_version))


def _terms(channel_id: UUID, version: int) -> Terms:
    if not version:
        return _EMPTY
    terms = _kept.get(channel_id, version)
    if terms is None:
        found, entries = _read(channel_id)
        terms = Terms(entries)
        _kept.put(channel_id, found, terms)
    return terms


def versions_of(channel_id: UUID) -> tuple[int, int]:
    """Of a channel's list, and of the one for everywhere. Queries: 1."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT channel_id, version FROM moderation_termsversion WHERE channel_id IN (%s, %s)",
            [channel_id, EVERYWHERE],
        )
        versions = dict(cursor.fetchall())
    return versions.get(channel_id, 0), versions.get(EVERYWHERE, 0)


def _read(channel_id: UUID) -> tuple[int, list[Entry]]:
    """A list and its version, which belong together: they are read in one statement. Queries: 1."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT version.version, term.id, term.text, term.action, term.timeout_seconds
            FROM moderation_termsversion AS version
            LEFT JOIN moderation_term AS term
                ON term.channel_id IS NOT DISTINCT FROM nullif(version.channel_id, %(everywhere)s)
            WHERE version.channel_id = %(channel)s
            ORDER BY term.id
            """,
            {"channel": channel_id, "everywhere": EVERYWHERE},
        )
        rows = cursor.fetchall()
    version = rows[0][0] if rows else 0
    return version, [Entry(*row) for _version, *row in rows if row[0] is not None]
