from core.errors import Conflict, DomainError, Forbidden, InvalidInput


class StreamOver(DomainError):
    """The stream has ended or was cancelled, so there is nothing to enter, publish or change."""

    code = "stream_ended"
    http_status = 410


class TooManyStreams(Conflict):
    """``details`` has the ``limit`` and the ``streams`` (ids) that are prepared or live."""

    code = "too_many_streams"


class FollowersOnly(Forbidden):
    code = "followers_only"


class BadImage(InvalidInput):
    """``details.thumbnail`` says what is wrong with the picture."""
