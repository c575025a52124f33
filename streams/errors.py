from core.errors import Conflict, DomainError, Forbidden, InvalidInput


class StreamOver(DomainError):
    """The stream has ended or was cancelled, so there is nothing to enter, publish or change."""

    code = "stream_ended"
    http_status = 410


class StreamNotLive(Conflict):
    """What one gives is for streams that are on."""

    code = "stream_not_live"


class TooManyStreams(Conflict):
    """``details`` has the ``limit`` and the ``streams`` (ids) that are prepared or live."""

    code = "too_many_streams"


class FollowersOnly(Forbidden):
    code = "followers_only"


class NotApproved(Forbidden):
    """Here, staff approves who goes live. ``details.help`` is ``ask_staff``."""

    code = "not_approved"


class PayoutsNotReady(Forbidden):
    """Here, only who can be paid goes live. ``details.help`` is ``set_up_payouts``."""

    code = "payouts_not_ready"


class TooYoung(Forbidden):
    """``details.least_age`` is how old one must be for this."""

    code = "too_young"


class MatureGate(Forbidden):
    """Not for minors: say that you are of age first. ``details.help`` is ``confirm_age``."""

    code = "mature_gate"


class InvitationSpent(DomainError):
    """The invitation has expired, was revoked, or as many came as it was for."""

    code = "invitation_spent"
    http_status = 410


class BadImage(InvalidInput):
    """``details.thumbnail`` says what is wrong with the picture."""
