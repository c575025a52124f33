"""An event that no app owns. It is not registered, so it is not part of the protocol."""

from realtime.events import StoredRoomEvent


class Stored(StoredRoomEvent, frozen=True, kw_only=True, tag="test:stored"):
    text: str
