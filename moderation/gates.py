"""What ``streams.access`` asks of moderation."""

from django.db import connection

from core.errors import DomainError, Forbidden
from moderation.errors import Banned
from moderation.policies import Act, may
from streams.access import StreamLike, register_bar, register_helpers
from streams.viewers import Viewer

_SHUT_OUT = """
SELECT
    EXISTS (SELECT FROM accounts_block WHERE blocker_id = %(channel)s AND blocked_id = %(person)s),
    EXISTS (SELECT FROM moderation_ban WHERE channel_id = %(channel)s AND person_id = %(person)s AND until IS NULL)
"""


@register_bar
def shut_out(viewer: Viewer, stream: StreamLike) -> DomainError | None:
    """Whom the creator blocked, or the channel banned. Who is blocked is not told so. Queries: 1, in plain SQL."""
    if stream.creator_id is None or viewer.user is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute(_SHUT_OUT, {"channel": stream.creator_id, "person": viewer.user.pk})
        blocked, banned = cursor.fetchone()
    if blocked:
        return Forbidden()
    return Banned(help="ask_unban") if banned else None


@register_helpers
def helps(viewer: Viewer, stream: StreamLike) -> bool:
    """Whether somebody is of the channel's team, moderators and above. Queries: 1."""
    if viewer.user is None or stream.creator_id is None:
        return False
    return may(act=Act.SEE, channel_id=stream.creator_id, actor=viewer.user)
