"""Why reports, decisions and appeals are refused."""

from core.errors import Conflict, DomainError, Forbidden


class HeldByStaff(Forbidden):
    """Staff stopped a stream of this account. It goes live again once they release it: ``reason``, ``since``."""

    code = "held_by_staff"


class CaseTaken(Conflict):
    """Somebody else of staff is at this case: ``by``."""

    code = "case_taken"


class NotPossible(Conflict):
    """The decision does not fit what it is about: ``details.reason`` is ``erased``, ``action`` or ``staff``."""

    code = "not_possible"


class Appealed(Conflict):
    """There is one appeal a decision, and it was made."""

    code = "appealed"


class AppealLate(DomainError):
    """Appeals are taken for ``days``."""

    code = "appeal_late"
    http_status = 410
