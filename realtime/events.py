"""What a server may say in a room: typed events, one class per ``type``, mirrored in TypeScript.

An app declares its events in its own ``events.py`` with ``@room_event``; docs/realtime.md lists them all.
A frame is a JSON array of events.
"""

from collections import defaultdict
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, NamedTuple, TypeVar
from uuid import UUID

import msgspec

from realtime.passes import Audience, JoinPass

if TYPE_CHECKING:
    from realtime.rooms import RoomHub


class RoomEvent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type"):
    """One event of a room. Subclasses name their ``tag``: ``class ChatMessage(RoomEvent, tag="chat:message")``."""

    # Whether newcomers are shown the last of these in their welcome.
    in_history: ClassVar[bool] = False
    # Who alone is sent these: the sockets of this role, or of those who moderate. None for everybody.
    audience: ClassVar[Audience | None] = None
    # The field with the id of the person whose sockets alone are sent these. None for everybody.
    addressee: ClassVar[str | None] = None


class StoredRoomEvent(RoomEvent, frozen=True, kw_only=True, omit_defaults=True):
    """An event that no client may miss: the database gives it the room's next ``seq`` (see ``realtime.store``).

    ``seq`` is 0 until then, and left out of the stored text. Defaults are left out of the JSON, so no other field
    may have one but None, for what few events of the kind carry.
    """

    seq: int = 0


class Entry(NamedTuple):
    """An event serialised once, as it travels between processes and to every socket. ``seq`` is 0 when not stored."""

    tag: str
    seq: int
    body: bytes


EventT = TypeVar("EventT", bound=RoomEvent)
Observer = Callable[["RoomHub", Any], None]

_types: dict[str, type[RoomEvent]] = {}
# By tag: what the JSON must have in it, and who observes it then.
_observers: dict[str, list[tuple[bytes, Observer]]] = defaultdict(list)
_encoder = msgspec.json.Encoder()


def room_event(event_type: type[EventT]) -> type[EventT]:
    """Register an event class, so that it is documented and mirrored."""
    tag = event_tag(event_type)
    assert ":" in tag or tag == "error", f"{event_type.__qualname__} needs a tag such as 'room:welcome'"
    assert _types.get(tag, event_type) is event_type, f"two events are called {tag}"
    if issubclass(event_type, StoredRoomEvent):
        optional = {
            field.name: field.default for field in msgspec.structs.fields(event_type) if not field.required
        }
        assert optional.pop("seq") == 0
        assert not any(optional.values()), f"{tag}: a stored event's fields have no defaults but None"
        assert event_type.audience is None, f"{tag}: to all others its number would be a hole"
        assert event_type.addressee is None, f"{tag}: to all others its number would be a hole"
    _types[tag] = event_type
    return event_type


def event_types() -> dict[str, type[RoomEvent]]:
    """Every registered event by its ``type``, in order of the names."""
    return dict(sorted(_types.items()))


def event_tag(event_type: type[RoomEvent]) -> str:
    tag = event_type.__struct_config__.tag
    assert isinstance(tag, str)
    return tag


def observes(
    event_type: type[EventT], *, mention: bytes = b""
) -> Callable[[Callable[["RoomHub", EventT], None]], Callable[..., None]]:
    """Register ``fn(room, event)``, called in the hub's loop whenever such an event passes; it must not block.

    ``mention`` is a piece of the JSON that few of many have: the others are not decoded.
    """

    def register(observer: Callable[["RoomHub", EventT], None]) -> Callable[..., None]:
        _observers[event_tag(event_type)].append((mention, observer))
        return observer

    return register


def observe(room: "RoomHub", entry: Entry) -> None:
    """Show a passing entry to whoever observes its kind; only then is it decoded."""
    observers = [fn for mention, fn in _observers.get(entry.tag, ()) if mention in entry.body]
    if observers:
        event = msgspec.json.decode(entry.body, type=_types[entry.tag])
        for observer in observers:
            observer(room, event)


def in_history(entry: Entry) -> bool:
    event_type = _types.get(entry.tag)
    return event_type is not None and event_type.in_history


def hearers_of(entry: Entry) -> Callable[[JoinPass], bool] | None:
    """Who alone is sent it, by their passes; None for everybody. Only what is for one person is decoded for this."""
    event_type = _types.get(entry.tag)
    if event_type is None:
        return None
    if (audience := event_type.audience) is not None:
        return partial(_hears, audience)
    if (field := event_type.addressee) is not None:
        return partial(_is, UUID(getattr(msgspec.json.decode(entry.body, type=event_type), field)))
    return None


def _hears(audience: Audience, holder: JoinPass) -> bool:
    return holder.hears(audience)


def _is(user_id: UUID, holder: JoinPass) -> bool:
    return holder.user_id == user_id


def encode(event: RoomEvent) -> bytes:
    return _encoder.encode(event)


def entry_of(event: RoomEvent) -> Entry:
    """Raises: ValueError for a stored event that the database has not numbered."""
    tag = event_tag(type(event))
    if not isinstance(event, StoredRoomEvent):
        return Entry(tag, 0, encode(event))
    if event.seq == 0:
        raise ValueError(f"{tag} must go through realtime.store.append first")
    return stored_entry(tag, event.seq, encode(msgspec.structs.replace(event, seq=0)))


def stored_entry(tag: str, seq: int, body: bytes) -> Entry:
    """The wire form of a stored text: the same bytes whether the event comes live, in history or by REST."""
    return Entry(tag, seq, b'{"seq":%d,%b' % (seq, body[1:]))


# A ready-made JSON array of events, spliced in as it is.
EventsJson = Annotated[msgspec.Raw, msgspec.Meta(extra={"typescript": "readonly ServerEvent[]"})]


class You(msgspec.Struct, frozen=True, kw_only=True):
    """What the room takes this socket for."""

    name: str | None
    role: str
    can_chat: bool
    # The error code that a message would be refused with, or null.
    can_chat_reason: str | None


class RoomModes(msgspec.Struct, frozen=True, kw_only=True):
    """How strict the chat is. Null is off; 0 ``followers_minutes`` is for whoever follows."""

    slow_seconds: int | None = None
    followers_minutes: int | None = None
    emote_only: bool = False
    shield: bool = False


class RoomState(msgspec.Struct, frozen=True, kw_only=True):
    status: str
    live: bool
    # Live, but no pictures arrive at the moment.
    paused: bool
    # What is pinned above the chat now; the newest of it may be in the history too.
    pins: EventsJson
    modes: RoomModes


@room_event
class RoomWelcome(RoomEvent, frozen=True, kw_only=True, tag="room:welcome"):
    """The first event on every socket: all it needs to start from."""

    # Stored events up to this one are in the history, or older than it.
    seq: int
    viewers: int
    heartbeat_seconds: int
    you: You
    history: EventsJson
    state: RoomState


@room_event
class RoomResync(RoomEvent, frozen=True, kw_only=True, tag="room:resync"):
    """Stored events after ``after_seq`` were missed: fetch them by REST after a random part of ``jitter_seconds``."""

    after_seq: int
    jitter_seconds: float


@room_event
class RoomPong(RoomEvent, frozen=True, kw_only=True, tag="room:pong"):
    """The answer to each ``room:ack``: the connection is alive in both directions."""


@room_event
class ErrorEvent(RoomEvent, frozen=True, kw_only=True, tag="error"):
    """What this socket sent was refused; ``client_id`` names the message it is about, where it had one."""

    code: str
    details: dict[str, Any]
    client_id: str | None


@room_event
class ViewerCount(RoomEvent, frozen=True, kw_only=True, tag="viewer:count"):
    """How many watch now. At most once a second, when it changed."""

    viewers: int


@room_event
class ViewerJoined(RoomEvent, frozen=True, kw_only=True, tag="viewer:joined"):
    """Who came in the last second: names in small rooms only, the rest as a number."""

    names: list[str]
    others: int


@room_event
class ViewerLeft(RoomEvent, frozen=True, kw_only=True, tag="viewer:left"):
    """Who left in the last second: names in small rooms only, the rest as a number."""

    names: list[str]
    others: int
