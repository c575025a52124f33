from core.errors import Conflict, Forbidden


class CannotFollowYourself(Conflict):
    code = "cannot_follow_yourself"


class EmailUnconfirmed(Forbidden):
    """Watching is free; going live, chatting and paying need a confirmed address."""

    code = "email_unconfirmed"
