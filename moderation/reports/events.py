"""What reports and decisions tell: facts for the apps above, and an event for the channel's team."""

from core.facts import Fact
from realtime.events import RoomEvent, room_event


class ReportMade(Fact, frozen=True, kw_only=True):
    """Somebody reported something; their report is in the case."""

    case_id: str


class MessageTakenDown(Fact, frozen=True, kw_only=True):
    """Staff decided that a message is shown to nobody any more."""

    stream_id: str
    message_id: str


class MessagePutBack(Fact, frozen=True, kw_only=True):
    """Staff decided that a message which they took down is to be seen again."""

    stream_id: str
    message_id: str


class GoLiveHeld(Fact, frozen=True, kw_only=True):
    """This account sends no pictures until staff release it."""

    user_id: str


@room_event
class ReportAdded(RoomEvent, frozen=True, kw_only=True, tag="report:added"):
    """Something in this channel was reported: ``count`` times by now. Who did is told to staff only."""

    audience = "team"

    case_id: str
    # "message", "stream" or "channel".
    subject: str
    subject_id: str
    # The gravest that was named.
    category: str
    count: int
    at: str
