"""What is told when a channel's chat becomes stricter, or less strict."""

from core.facts import Fact
from realtime.events import RoomEvent, room_event


class ModesChanged(Fact, frozen=True, kw_only=True):
    channel_id: str


@room_event
class ModesEvent(RoomEvent, frozen=True, kw_only=True, tag="chat:modes"):
    """How strict the chat is now. Null is off; 0 ``followers_minutes`` is for whoever follows."""

    slow_seconds: int | None
    followers_minutes: int | None
    emote_only: bool
    shield: bool
