"""What accounts tells the apps above it."""

from core.facts import Fact


class UserSignedOut(Fact, frozen=True, kw_only=True):
    """One session of this user ended; ``session_hash`` is the hash its sockets carry."""

    user_id: str
    session_hash: str


class UserSuspended(Fact, frozen=True, kw_only=True):
    """The account was closed to its owner by staff."""

    user_id: str


class SessionRevoked(Fact, frozen=True, kw_only=True):
    """One sign-in of this user was ended from another device."""

    user_id: str
    session_hash: str


class PasswordChanged(Fact, frozen=True, kw_only=True):
    """Every sign-in made before this is over, but that of the browser that changed it."""

    user_id: str


class UserErased(Fact, frozen=True, kw_only=True):
    """The identity is gone; what remains refers to the party."""

    user_id: str
    party_id: str


class BlockChanged(Fact, frozen=True, kw_only=True):
    """``blocker_id`` wants nothing to do with ``blocked_id``, or took that back."""

    blocker_id: str
    blocked_id: str
    blocking: bool


class FollowChanged(Fact, frozen=True, kw_only=True):
    follower_id: str
    creator_id: str
    following: bool
