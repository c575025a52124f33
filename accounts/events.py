"""What accounts tells the apps above it."""

from core.facts import Fact


class UserSignedOut(Fact, frozen=True, kw_only=True):
    """One session of this user ended; ``session_hash`` is the hash its sockets carry."""

    user_id: str
    session_hash: str


class UserSuspended(Fact, frozen=True, kw_only=True):
    """The account was closed to its owner by staff."""

    user_id: str


class FollowChanged(Fact, frozen=True, kw_only=True):
    follower_id: str
    creator_id: str
    following: bool
