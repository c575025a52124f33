from core.errors import Busy, Conflict, DomainError, Forbidden


class StreamKeyUnknown(DomainError):
    """No creator has this key, or none was shown."""

    code = "stream_key_unknown"
    http_status = 401


class StreamKeyRevoked(Forbidden):
    """It was replaced by a newer one, or its creator's account is closed."""

    code = "stream_key_revoked"


class NothingPrepared(Conflict):
    """No stream waits for an encoder. ``details.message`` says what to do, for whoever reads the encoder's log."""

    code = "nothing_prepared"


class OnAirFromBrowser(Conflict):
    """The only stream that could be meant is on air from its studio."""

    code = "on_air_from_browser"


class OfferRefused(DomainError):
    """The media server can do nothing with what the encoder offers; ``details.status`` is its own answer."""

    code = "offer_refused"


class NoCapacity(Busy):
    """The ingress service has no room for one more encoder now; asking again in a moment is right."""

    code = "no_capacity"
