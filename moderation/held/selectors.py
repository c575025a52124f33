"""What waits for a channel's team."""

from uuid import UUID

from django.db.models import QuerySet

from accounts.models import User
from moderation.held.models import HeldMessage, HeldState
from moderation.policies import Act, require
from streams.selectors import streams_hidden


def held_of(*, actor: User, channel: User, stream_id: UUID | None = None) -> QuerySet[HeldMessage]:
    """Oldest first, with their authors; none of streams that are hidden from ``actor``.

    Queries: 1, and 1 to read them. Raises: NotYourPlace.
    """
    require(act=Act.DECIDE, channel_id=channel.pk, actor=actor)
    waiting = (
        HeldMessage.objects.filter(channel=channel, state=HeldState.HELD)
        .exclude(stream__in=streams_hidden(channel=channel, reader=actor))
        .select_related("author")
    )
    if stream_id is not None:
        waiting = waiting.filter(stream_id=stream_id)
    return waiting.order_by("id")
