"""What a media engine may answer besides ``core.errors.NotSupported``."""

from core.errors import Busy, Conflict


class MediaAway(Busy):
    """The media engine does not answer. Rooms and chat go on; asking again in a moment is right."""

    code = "media_away"


class MediaFull(Busy):
    """As many as the operator allows are in the room; a place may become free at any time."""

    code = "media_full"


class SentElsewhere(Conflict):
    """Another studio of yours took over sending; ask without ``leaving`` to take it back."""

    code = "sent_elsewhere"
