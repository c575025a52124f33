from typing import Any

from django import template

from accounts.models import User
from moderation.reports.statements import unread_count

register = template.Library()


@register.simple_tag
def unread_notices(user: Any) -> int:
    """How many notices somebody has not read. Queries: none on a cache hit, else 1; none for who is not signed in."""
    return unread_count(user) if isinstance(user, User) else 0
