from core.errors import Conflict, DomainError, Forbidden


class CannotFollowYourself(Conflict):
    code = "cannot_follow_yourself"


class EmailUnconfirmed(Forbidden):
    """Watching is free; going live, chatting and paying need a confirmed address."""

    code = "email_unconfirmed"


class ReauthenticationRequired(DomainError):
    """Signed in, but not lately enough for this: show the password or the second factor again, then repeat."""

    code = "reauthentication_required"
    http_status = 401
