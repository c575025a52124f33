"""Finding people by their names."""

from django.db.models import QuerySet

from accounts.models import User
from accounts.selectors import blocked_either_way
from core.search import Matches, PersonWords, query_of, rank


def users_search(*, viewer: User | None, text: str) -> QuerySet[User]:
    """Active people whose username or shown name has these words, the last one perhaps unfinished; best first.

    Who blocked the viewer, or was blocked by them, is not found. Queries: 1.
    """
    words, query = PersonWords("username", "display_name"), query_of(text)
    people = User.objects.filter(Matches(words, query), is_active=True)
    if viewer is not None:
        people = people.exclude(pk__in=blocked_either_way(viewer))
    return people.annotate(relevance=rank(words, query)).order_by("-relevance", "-id")
