"""What the rest of Busk may want to know of the books."""

from core.facts import Fact


class WalletShut(Fact, frozen=True, kw_only=True):
    """Nothing can be bought with somebody's wallet, and their tickets let nobody in, until it is freed."""

    party_id: str
