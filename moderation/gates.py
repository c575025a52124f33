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

# A function: a query over so many tables takes longer to plan than to answer.
_SHUT_OUT = "SELECT * FROM moderation_shut_out(%s, %s, %s::bytea[], %s)"


@register_bar
def shut_out(viewer: Viewer, stream: StreamLike, action: Action) -> DomainError | None:
    """Whom the creator blocked, the channel banned, or who comes with what somebody banned came with; and who may not
    speak: in a timeout, or before a warning was read.

    Who is blocked is not told so. Nobody of the team is shut out for their network. Queries: 1, in plain SQL.
    """
    if stream.creator_id is None:
        return None
    now = timezone.now()
    hashes = list(hashes_of(viewer).values())
    with connection.cursor() as cursor:
        cursor.execute(_SHUT_OUT, [stream.creator_id, viewer.user_id, hashes, now])
        blocked, in_force, until, reason, has_asked, by_network, caution, why = cursor.fetchone()
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
