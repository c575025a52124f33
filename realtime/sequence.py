"""Putting stored events back in order."""

from realtime.events import Entry


class Sequence:
    """Takes numbered entries in any order, some twice, and gives each out once, in order, without holes."""

    __slots__ = ("_early", "last")

    def __init__(self, last: int) -> None:
        self.last = last
        self._early: dict[int, Entry] = {}

    @property
    def has_gap(self) -> bool:
        return bool(self._early)

    def take(self, entry: Entry) -> list[Entry]:
        """The entries whose turn has come with this one, which may be none."""
        if entry.seq <= self.last:
            return []
        if entry.seq > self.last + 1:
            self._early[entry.seq] = entry
            return []
        ready = [entry]
        while follower := self._early.pop(ready[-1].seq + 1, None):
            ready.append(follower)
        self.last = ready[-1].seq
        return ready

    def skip(self) -> list[Entry]:
        """Give up on what is missing: all that was held back, in order."""
        ready = [self._early[seq] for seq in sorted(self._early)]
        self._early.clear()
        if ready:
            self.last = ready[-1].seq
        return ready
