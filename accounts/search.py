"""Finding people by their names."""

from django.db.models import QuerySet

from accounts.models import User
from core.search import Matches, PersonWords, query_of, rank


def users_search(*, text: str) -> QuerySet[User]:
    """Active people whose username or shown name has these words, the last one perhaps unfinished; best first.

    Queries: 1.
    """
    words, query = PersonWords("username", "display_name"), query_of(text)
    return (
        User.objects.filter(Matches(words, query), is_active=True)
        .annotate(relevance=rank(words, query))
        .order_by("-relevance", "-id")
    )
