"""What the apps above are told of tips. They read the rest of the tip itself, which may have changed since."""

from core.facts import Fact


class TipPaid(Fact, frozen=True, kw_only=True):
    """A tip's money came and is in the books."""

    tip_id: str
    stream_id: str
    order_id: str


class TipHidden(Fact, frozen=True, kw_only=True):
    """What a tip says is not shown any more: it was taken down, or its money went back."""

    tip_id: str
    stream_id: str
