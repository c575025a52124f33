"""What is in a text that its channel does not want: terms, links, what automod takes it for."""

from collections import OrderedDict
from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from moderation.modes.models import LinkRule
from moderation.standing import Rules
from moderation.terms import automod
from moderation.terms.folding import Folded
from moderation.terms.links import has_link
from moderation.terms.matching import filter_of, masked

# Rooms whose rules this process remembers.
ROOMS_MOST = 10_000
PIECE_LENGTH = 200


class Term(NamedTuple):
    """The strictest term in a text. ``action`` is a ``TermAction``."""

    action: str
    piece: str
    timeout_seconds: int | None


class Finding(NamedTuple):
    """What is in one text. ``said`` is the text with what is to be masked masked."""

    said: str
    term: Term | None = None
    has_link: bool = False
    # The reason and the piece.
    automod: tuple[str, str] | None = None


class Findings:
    """What was found in texts under one set of rules; each text is looked at once, and only when asked for."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self._found: dict[str, Finding] = {}

    def of(self, text: str) -> Finding:
        """Queries: none, but for the first text after a list of terms changed: 1."""
        found = self._found.get(text)
        if found is None:
            found = self._found[text] = _look(self.rules, text)
        return found


# The rules each room had the last time, so that its next texts can be looked at before its turn comes.
_last: "OrderedDict[UUID, Rules]" = OrderedDict()


def findings_ahead(stream_id: UUID, texts: Iterable[str]) -> Findings | None:
    """Look at the texts while nothing is held, under the rules the room had the last time. Queries: none, or 1."""
    rules = _last.get(stream_id)
    if rules is None:
        return None
    findings = Findings(rules)
    for text in texts:
        findings.of(text)
    return findings


def findings_now(stream_id: UUID, rules: Rules | None, ahead: Findings | None) -> Findings | None:
    """What was found ahead if the rules are still those, else a new look. None where nobody makes rules."""
    if rules is None or (ahead is not None and ahead.rules == rules):
        return ahead if rules is not None else None
    _last[stream_id] = rules
    _last.move_to_end(stream_id)
    while len(_last) > ROOMS_MOST:
        _last.popitem(last=False)
    return Findings(rules)


def _look(rules: Rules, text: str) -> Finding:
    asks_links = rules.links != LinkRule.ALLOW
    # Folded once for all of them; where there is but the terms, and none, not at all.
    folded = Folded(text) if asks_links or rules.automod_level else text
    found = filter_of(rules.channel_id, *rules.versions).look(folded)
    return Finding(
        said=masked(text, found.spans) if found else text,
        term=Term(found.action, found.piece[:PIECE_LENGTH], found.timeout_seconds) if found else None,
        has_link=asks_links and has_link(folded),
        automod=automod.look(folded, rules.automod_level),
    )
