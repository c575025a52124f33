"""What /ws/me/ says."""

from typing import Any

import msgspec

from realtime.events import RoomEvent, room_event


class PersonCard(msgspec.Struct, frozen=True, kw_only=True):
    """A person in one line, as ``creator`` in the card of a stream."""

    id: str
    username: str
    display_name: str
    avatar_url: str | None


@room_event
class MeWelcome(RoomEvent, frozen=True, kw_only=True, tag="me:welcome"):
    """The first event on ``/ws/me/``."""

    user: PersonCard
    # The name of the sign-in behind this socket, as `me:session_revoked` gives it.
    session: str
    heartbeat_seconds: int
    # My streams that are planned or live, newest first, as cards of `GET /api/streams/live`.
    streams: list[dict[str, Any]]


@room_event
class MeStream(RoomEvent, frozen=True, kw_only=True, tag="me:stream"):
    """One of my streams was prepared, began, paused, resumed, changed or ended; its card says how it is now."""

    stream: dict[str, Any]


@room_event
class MeFollow(RoomEvent, frozen=True, kw_only=True, tag="me:follow"):
    """Somebody follows me; ``followers`` are all there are now."""

    follower: PersonCard
    followers: int


@room_event
class MeNotification(RoomEvent, frozen=True, kw_only=True, tag="me:notification"):
    """Something else to tell me. ``url`` is where it leads, on this site; ``at`` is ISO 8601 in UTC."""

    id: str
    kind: str
    title: str
    text: str
    url: str | None
    at: str


@room_event
class MeSessionRevoked(RoomEvent, frozen=True, kw_only=True, tag="me:session_revoked"):
    """One of my sign-ins was ended from another device. The sockets it opened close with 4401."""

    session: str
