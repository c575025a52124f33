"""Who is in which room, for the app that keeps viewer sessions. Only sockets of role "viewer" are presence."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol
from uuid import UUID

import msgspec


class Presence(msgspec.Struct, frozen=True, kw_only=True):
    """One socket of a viewer. Two tabs are two of these with one ``viewer_id``."""

    room_id: UUID
    session_id: UUID
    viewer_id: str
    user_id: UUID | None
    party_id: UUID | None
    about: dict[str, str]


class PresenceSink(Protocol):
    """Called in the hub's loop, so it only takes notes and never blocks."""

    def joined(self, presence: Presence) -> None: ...

    def left(self, presence: Presence) -> None: ...

    def seen(self, presences: Sequence[Presence]) -> None:
        """Those whose heartbeat came since the last call, about every ten seconds."""


# How many watch each of the rooms asked about; runs in a service thread. A room without an answer has none.
ViewerCounter = Callable[[Sequence[UUID]], Mapping[UUID, int]]

sinks: list[PresenceSink] = []
_counters: list[ViewerCounter] = []


def register_presence(sink: PresenceSink) -> None:
    if sink not in sinks:
        sinks.append(sink)


def register_viewer_count(counter: ViewerCounter) -> None:
    """Let ``counter`` say how many viewers rooms have. Asked once for all rooms whose presence changed."""
    _counters[:] = [counter]


def viewer_counter() -> ViewerCounter | None:
    return _counters[0] if _counters else None
