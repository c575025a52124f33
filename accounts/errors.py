from core.errors import Conflict, DomainError, Forbidden


class CannotFollowYourself(Conflict):
    code = "cannot_follow_yourself"


class EmailUnconfirmed(Forbidden):
    """Watching is free; going live, chatting and paying need a confirmed address."""

    code = "email_unconfirmed"


class UsernameChangedLately(Conflict):
    """Once in 30 days; ``details.again_at`` says from when."""

    code = "username_changed_lately"


class CannotBlockYourself(Conflict):
    code = "cannot_block_yourself"


class ExportAskedLately(Conflict):
    """One export is under way, or was made within the last day; ``details.again_at`` says from when, if known."""

    code = "export_asked_lately"


class ReauthenticationRequired(DomainError):
    """Signed in, but not lately enough for this: show the password or the second factor again, then repeat."""

    code = "reauthentication_required"
    http_status = 401
