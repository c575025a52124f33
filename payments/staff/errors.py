from core.errors import Conflict, DomainError


class SecondPersonNeeded(DomainError):
    """Whoever asked for a refund does not decide on it."""

    code = "second_person_needed"
    http_status = 403


class RequestDecided(Conflict):
    """``details.state`` is what became of the request meanwhile."""

    code = "request_decided"


class RequestWaits(Conflict):
    """A refund of this order waits for a second person already: ``details.request_id``."""

    code = "request_waits"


class FreezeImpossible(Conflict):
    """``details.reason`` says why a wallet stays as it is: ``frozen``, ``not_frozen``, ``own``, ``disputed``,
    ``erased``.
    """

    code = "freeze_impossible"


class EvidenceClosed(Conflict):
    """Nothing more is said to this dispute: ``details.reason`` is ``sent``, ``closed`` or ``late``."""

    code = "evidence_closed"
