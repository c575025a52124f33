"""Public ids: UUIDv7, so they sort by time of birth and say nothing else.

Made here and never by the database, since neither Python 3.11 nor PostgreSQL 15 to 17 has them.
Source: RFC 9562, section 5.7 and 6.2 (method 1, a counter in rand_a).
"""

import secrets
import threading
import time
import uuid
from datetime import datetime

_lock = threading.Lock()
_last = 0  # milliseconds << 12 | counter, of the newest id of this process


def new_id() -> uuid.UUID:
    """A new UUIDv7, greater than every one this process made before."""
    global _last
    with _lock:
        # Starting the counter in the lower half leaves room for 2,048 ids in a millisecond before time is borrowed.
        _last = max(_last + 1, (time.time_ns() // 1_000_000) << 12 | secrets.randbits(11))
        stamp = _last
    value = (stamp >> 12) << 80 | 0x7 << 76 | (stamp & 0xFFF) << 64 | 0b10 << 62 | secrets.randbits(62)
    return uuid.UUID(int=value)


def first_id_of(moment: datetime) -> uuid.UUID:
    """Not an id, but below all that are made from this moment on: where a scan in the order of time begins."""
    return uuid.UUID(int=int(moment.timestamp() * 1000) << 80)
