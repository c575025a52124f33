"""What a ban tells besides ``moderation.events``."""

from core.facts import Fact


class NetworksBanned(Fact, frozen=True, kw_only=True):
    """Whoever comes with the networks or browsers of this ban is kept out from now on."""

    ban_id: str
