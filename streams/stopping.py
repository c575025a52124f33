"""Staff stop somebody's stream. What that means besides its end, an app above says."""

import uuid
from collections.abc import Callable

from accounts.models import User
from streams.models import EndReason
from streams.services import stream_end

# The stream, who of staff stops it, and why.
Stopper = Callable[[uuid.UUID, User, str], None]
_stoppers: list[Stopper] = []


def register_stopper(stopper: Stopper) -> Stopper:
    """Have this function stop streams for staff in place of a mere end. It may refuse by raising."""
    _stoppers[:] = [stopper]
    return stopper


def stream_stop_by_staff(*, stream_id: uuid.UUID, by: User, why: str = "") -> None:
    """End the stream at once. A stream that is over stays as it is."""
    if _stoppers:
        _stoppers[-1](stream_id, by, why)
    else:
        stream_end(stream_id=stream_id, reason=EndReason.STAFF, by=by.party_id, why=why)
