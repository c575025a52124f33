from core.errors import Conflict, Forbidden


class StreamNotLive(Conflict):
    """Gifts are for streams that are on."""

    code = "stream_not_live"


class OwnChannel(Forbidden):
    """Nobody pays themselves."""

    code = "own_channel"


class GiftChanged(Conflict):
    """The gift costs something else now, or is not sold any more: show the catalogue again."""

    code = "gift_changed"
