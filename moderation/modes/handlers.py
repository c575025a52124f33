"""Telling the rooms how strict they are."""

from uuid import UUID

from core.facts import handles
from moderation.modes.events import ModesChanged, ModesEvent
from moderation.modes.selectors import modes_of
from moderation.rooms import channel_publish


@handles(ModesChanged)
def on_modes_changed(fact: ModesChanged) -> None:
    """As they are now, which may be later than the fact. Queries: 2."""
    modes = modes_of(channel_id=UUID(fact.channel_id))
    channel_publish(
        modes.channel_id,
        ModesEvent(
            slow_seconds=modes.slow_seconds,
            followers_minutes=modes.followers_minutes,
            emote_only=modes.emote_only,
            shield=modes.shield,
        ),
    )
