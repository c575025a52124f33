"""Full-text search in PostgreSQL: words without case, accents or punctuation; the last one may be unfinished.

The SQL functions are made by core's migration 0003.
"""

from typing import Any

from django.contrib.postgres.search import SearchQueryField, SearchVectorField
from django.db.models import BooleanField, Expression, F, Func, IntegerField, Value

TEXT_MAX = 200


def query_of(text: str) -> Func:
    """What somebody typed, as a query."""
    return Func(Value(text), function="busk_query", output_field=SearchQueryField())


class Matches(Func):
    """Whether a column of words has what the query asks for. A GIN index answers it."""

    arg_joiner = " @@ "
    template = "(%(expressions)s)"
    output_field = BooleanField()


def rank(words: Expression | F | str, query: Func) -> Func:
    """How well they match, as a whole number, so that pages can go on from it."""
    return Func(
        words,
        query,
        template="(ts_rank(%(expressions)s) * 1000000)::int",
        output_field=IntegerField(),
    )


class PersonWords(Func):
    """The words of a person: the username, and after it the name they show. Its expression has an index."""

    function = "busk_person_words"
    output_field = SearchVectorField()

    def __init__(self, username: str, display_name: str, **extra: Any) -> None:
        super().__init__(username, display_name, **extra)
