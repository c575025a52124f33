"""What a username looks like: two names with one skeleton may be taken for each other, so only one may be.

Names are ASCII (``accounts.usernames``), so what can be confused is a short list: 0 and o; 1, i and l; rn and m; vv and
w; and hyphens and underscores that are easily overlooked.
"""

from typing import Any

from django.db.models import CharField, Func

_FOLDED = str.maketrans("01i", "oll", "-_")


def skeleton(username: str) -> str:
    """The same as the database's ``Skeleton``."""
    return username.lower().translate(_FOLDED).replace("rn", "m").replace("vv", "w")


class Skeleton(Func):
    """The skeleton of a column, for generated columns: it is right however the name was written."""

    template = "replace(replace(translate(lower(%(expressions)s), '01i-_', 'oll'), 'rn', 'm'), 'vv', 'w')"
    output_field = CharField(max_length=60)

    def __init__(self, username: str, **extra: Any) -> None:
        super().__init__(username, **extra)
