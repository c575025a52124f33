from core.errors import Conflict
from streams.errors import StreamNotLive as StreamNotLive


class GiftChanged(Conflict):
    """The gift costs something else now, or is not sold any more: show the catalogue again."""

    code = "gift_changed"
