"""Why moderation says no."""

from core.errors import Conflict, DomainError, Forbidden


class NotYourPlace(Forbidden):
    """The caller's role in this channel does not let them do that, or not to this person."""

    code = "not_your_place"


class Banned(Forbidden):
    """Kept out of this channel. ``help`` is "ask_unban" while that may be asked."""

    code = "banned"


class TimedOut(Forbidden):
    """Not to write in this channel ``until`` then; ``retry_after_seconds`` is how long that is."""

    code = "timed_out"


class Cautioned(Forbidden):
    """Warned: to write again, say that the warning ``caution`` with its ``reason`` was read."""

    code = "cautioned"


class SlowMode(DomainError):
    """One message every ``slow_seconds``; the next may come in ``retry_after_seconds``."""

    code = "slow_mode"
    http_status = 429


class FollowersMode(Forbidden):
    """Only who has followed for ``minutes`` may write; ``follows_since`` is None for who does not follow."""

    code = "followers_mode"


class EmoteOnly(Forbidden):
    """Nothing but emotes may be written now."""

    code = "emote_only"


class NotSaidHere(Forbidden):
    """The message has something that is not said in this channel. Which term it was is not told."""

    code = "not_said_here"


class NoLinks(Forbidden):
    """Links are not posted in this channel."""

    code = "no_links"


class TooManyHeld(DomainError):
    """So much waits for the team already, of this person or of all, that no more is kept."""

    code = "too_many_held"
    http_status = 429


class Decided(Conflict):
    """Somebody decided this already."""

    code = "decided"
