"""Lists without a database."""

from uuid import UUID

from moderation.terms.matching import Filter, Found, masked
from moderation.terms.searching import Entry, Terms


def filter_for(*texts: str, action: str = "mask", timeout_seconds: int | None = None) -> Filter:
    """A filter with these terms, whose ids count from 0."""
    return Filter(
        Terms(Entry(UUID(int=place), text, action, timeout_seconds) for place, text in enumerate(texts))
    )


def shown(term: str, text: str) -> str:
    """What others would read of the text if the term were masked."""
    found = filter_for(term).look(text)
    return masked(text, found.spans) if found else text


def is_found(term: str, text: str) -> bool:
    found: Found | None = filter_for(term, action="block").look(text)
    return found is not None
