"""Who came and went since the last look, told in batches."""

from realtime.events import RoomEvent, ViewerJoined, ViewerLeft

# Names are for rooms where people notice each other; in larger ones they would be a wall of text.
NAMES_BELOW = 50


class Arrivals:
    """The viewers of one room in this process. Two sockets of one viewer are one viewer."""

    __slots__ = ("_came", "_names", "_sockets", "_went")

    def __init__(self) -> None:
        self._sockets: dict[str, int] = {}
        self._names: dict[str, str | None] = {}
        self._came: dict[str, str | None] = {}
        self._went: dict[str, str | None] = {}

    def __len__(self) -> int:
        return len(self._sockets)

    def sockets_of(self, viewer_id: str) -> int:
        return self._sockets.get(viewer_id, 0)

    def come(self, viewer_id: str, name: str | None) -> None:
        if viewer_id not in self._sockets:
            self._names[viewer_id] = name
            # A reload is a leave and a join within a second, and nobody's news.
            if self._went.pop(viewer_id, self) is self:
                self._came[viewer_id] = name
        self._sockets[viewer_id] = self._sockets.get(viewer_id, 0) + 1

    def go(self, viewer_id: str) -> None:
        self._sockets[viewer_id] -= 1
        if self._sockets[viewer_id] == 0:
            del self._sockets[viewer_id]
            name = self._names.pop(viewer_id)
            if self._came.pop(viewer_id, self) is self:
                self._went[viewer_id] = name

    def take_events(self, *, viewers: int) -> list[RoomEvent]:
        """The news since the last call; with names when the room of ``viewers`` is small."""
        events: list[RoomEvent] = []
        for event_type, people in ((ViewerJoined, self._came), (ViewerLeft, self._went)):
            if people:
                names = [name for name in people.values() if name] if viewers < NAMES_BELOW else []
                events.append(event_type(names=names, others=len(people) - len(names)))
                people.clear()
        return events
