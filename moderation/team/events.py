"""What a change of a team tells the apps."""

from core.facts import Fact


class TeamChanged(Fact, frozen=True, kw_only=True):
    """Somebody is something else in a channel than before: what their sockets were let in with does not hold."""

    channel_id: str
    user_id: str


class TeamInvited(Fact, frozen=True, kw_only=True):
    """Somebody is offered a place."""

    member_id: str
