"""Why a ban, a timeout or a request to lift one is not made."""

from core.errors import Conflict, NotFound


class NetworkShared(Conflict):
    """``accounts`` came from the person's address lately, and ``most`` may: it is not theirs alone. Ban without it."""

    code = "network_shared"


class IsBanned(Conflict):
    """A ban is more than a timeout and stays what it is."""

    code = "is_banned"


class NotBanned(NotFound):
    """There is no ban that could be asked to be lifted."""

    code = "not_banned"


class AskedAlready(Conflict):
    """Once for each ban. ``state`` is what became of it."""

    code = "asked_already"
