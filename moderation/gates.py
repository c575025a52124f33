"""What ``streams.access`` asks of moderation."""

import math
from datetime import UTC
from typing import Any

from django.db import connection
from django.utils import timezone

from core.errors import DomainError, Forbidden
from moderation.bans.evasion import hashes_of
from moderation.errors import Banned, Cautioned, TimedOut
from moderation.policies import Act, may
from streams.access import Action, StreamLike, register_bar, register_helpers
from streams.viewers import Viewer

# Of somebody without an account ``person`` is null, which equals nothing.
_SHUT_OUT = """
SELECT
    EXISTS (SELECT FROM accounts_block WHERE blocker_id = %(channel)s AND blocked_id = %(person)s),
    ban.id IS NOT NULL,
    ban.until,
    ban.reason,
    EXISTS (SELECT FROM moderation_unbanrequest WHERE ban_id = ban.id),
    caution.id,
    caution.reason,
    EXISTS (
        SELECT FROM moderation_networkban
        WHERE channel_id = %(channel)s AND hash = ANY(%(hashes)s::bytea[]) AND expires_at > %(now)s
    ) AND NOT EXISTS (
        SELECT FROM moderation_teammember
        WHERE channel_id = %(channel)s AND person_id = %(person)s AND accepted_at IS NOT NULL
    )
FROM (VALUES (1)) AS once
LEFT JOIN moderation_ban AS ban ON ban.channel_id = %(channel)s AND ban.person_id = %(person)s
    AND (ban.until IS NULL OR ban.until > %(now)s)
LEFT JOIN LATERAL (
    SELECT id, reason FROM moderation_caution
    WHERE channel_id = %(channel)s AND person_id = %(person)s AND read_at IS NULL ORDER BY id LIMIT 1
) AS caution ON true
"""


@register_bar
def shut_out(viewer: Viewer, stream: StreamLike, action: Action) -> DomainError | None:
    """Whom the creator blocked, the channel banned, or who comes with what somebody banned came with; and who may not
    speak: in a timeout, or before a warning was read.

    Who is blocked is not told so. Nobody of the team is shut out for their network. Queries: 1, in plain SQL.
    """
    if stream.creator_id is None:
        return None
    now = timezone.now()
    asked = {
        "channel": stream.creator_id,
        "person": viewer.user_id,
        "hashes": list(hashes_of(viewer).values()),
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SHUT_OUT, asked)
        blocked, in_force, until, reason, has_asked, caution, why, by_network = cursor.fetchone()
    if blocked:
        return Forbidden()
    if in_force and until is None:
        help_: dict[str, Any] = {} if has_asked else {"help": "ask_unban"}
        return Banned(reason=reason, **help_)
    if by_network:
        return Banned()
    if action != Action.SPEAK:
        return None
    if in_force:
        left = max(1, math.ceil((until - now).total_seconds()))
        told = until.astimezone(UTC).isoformat(timespec="milliseconds")
        return TimedOut(until=told, retry_after_seconds=left)
    return Cautioned(caution=str(caution), reason=why) if caution else None


@register_helpers
def helps(viewer: Viewer, stream: StreamLike) -> bool:
    """Whether somebody is of the channel's team, moderators and above. Queries: 1."""
    if viewer.user is None or stream.creator_id is None:
        return False
    return may(act=Act.SEE, channel_id=stream.creator_id, actor=viewer.user)
