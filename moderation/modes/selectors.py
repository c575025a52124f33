"""How strict a channel's chat is."""

from uuid import UUID

from moderation.modes.models import ChatModes


def modes_of(*, channel_id: UUID) -> ChatModes:
    """Those of a channel that never chose any are all off, and not stored. Queries: 1."""
    return ChatModes.objects.filter(channel_id=channel_id).first() or ChatModes(channel_id=channel_id)
