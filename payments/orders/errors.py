from core.errors import Conflict, DomainError, Forbidden


class AmountOutOfRange(DomainError):
    """``details``: ``least`` and ``most``, in minor units of ``currency``."""

    code = "amount_out_of_range"


class SpendLimitReached(Forbidden):
    """``details``: ``limit``, ``spent`` and ``left`` of any 24 hours, in minor units of ``currency``."""

    code = "spend_limit_reached"


class TooManyDeclines(DomainError):
    """Too many cards were declined; ``details.retry_after_seconds`` says when it is worth trying again."""

    code = "too_many_declines"
    http_status = 429


class OrderClosed(Conflict):
    """``details.state`` is how it ended: it can be neither paid nor cancelled any more."""

    code = "order_closed"


class NotRefundable(Conflict):
    """Nothing of it can be given back; ``details.reason`` says why."""

    code = "not_refundable"


class SourceUnavailable(Conflict):
    """Nothing is sold by this ``source`` on this ``platform``; ``reason`` says why, as ``/api/capabilities`` does."""

    code = "source_unavailable"
