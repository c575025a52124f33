from core.errors import Conflict


class StreamNotLive(Conflict):
    """Gifts are for streams that are on."""

    code = "stream_not_live"


class GiftChanged(Conflict):
    """The gift costs something else now, or is not sold any more: show the catalogue again."""

    code = "gift_changed"
