"""What the rest of Busk may want to know of tickets."""

from core.facts import Fact


class TicketBought(Fact, frozen=True, kw_only=True):
    """Somebody has a ticket: ``order_id`` is None for one that was paid in coins, or cost nothing."""

    ticket_id: str
    stream_id: str
    party_id: str
    order_id: str | None
