"""What gifts tell."""

from core.facts import Fact


class GiftSent(Fact, frozen=True, kw_only=True):
    """Coins were spent on a gift, and the creator's part is booked. ``coins`` is of all ``quantity`` together."""

    gift_send_id: str
    stream_id: str
    sender_id: str
    gift: str
    quantity: int
    coins: int
    anonymous: bool
