"""The sockets as an AsyncAPI 3.0 document, out of the registered events and commands."""

import inspect
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import yaml
from django.conf import settings

from chat.consumers import LobbyConsumer, RoomConsumer
from realtime.commands import command_types
from realtime.consumer import SocketConsumer
from realtime.events import event_types
from streams.me.consumer import MeConsumer

_SCHEMAS = "#/components/schemas/"
# What every socket may say, whatever it is about.
_EVERYWHERE = {"room", "error"}


@dataclass(frozen=True)
class Socket:
    """``about`` are the first halves of the events' names."""

    name: str
    address: str
    consumer: type[SocketConsumer]
    about: frozenset[str]
    description: str


SOCKETS = (
    Socket(
        "room",
        "/ws/streams/{stream_id}/?pass={pass}",
        RoomConsumer,
        frozenset({"chat", "earnings", "gift", "goal", "held", "mod", "report", "stage", "stream", "viewer"}),
        "A stream's room. `ws_url` of `POST /api/streams/{id}/join` is its address; ask before every connect.",
    ),
    Socket(
        "lobby",
        "/ws/live/",
        LobbyConsumer,
        frozenset({"live"}),
        "The grid of live streams, for anybody.",
    ),
    Socket(
        "me",
        "/ws/me/?ticket={ticket}",
        MeConsumer,
        frozenset({"me"}),
        "What concerns one person. Signed in by X-Session-Token, session cookie, or a ticket of `POST /api/tickets`.",
    ),
)
_PARAMETERS = {
    "stream_id": {"description": "The stream's id."},
    "pass": {"description": "Good for one connect within 30 seconds."},
    "ticket": {"description": "Good for one connect within 30 seconds; only where no header can be sent."},
}


def document() -> str:
    """The YAML of the whole document."""
    events, commands = event_types(), command_types()
    structs: list[type[msgspec.Struct]] = [*events.values(), *commands.values()]
    _, schemas = msgspec.json.schema_components(structs, ref_template=_SCHEMAS + "{name}")
    content = {
        "asyncapi": "3.0.0",
        "info": {
            "title": f"{settings.SPECTACULAR_SETTINGS['TITLE']}: sockets",
            "version": settings.SPECTACULAR_SETTINGS["VERSION"],
            "description": "The server sends JSON arrays of events, the client single JSON objects, its commands. "
            "docs/realtime.md has order, heartbeat, gaps and close codes. "
            "Made by `manage.py export_asyncapi`. Do not edit.",
        },
        "defaultContentType": "application/json",
        "channels": {socket.name: _channel(socket) for socket in SOCKETS},
        "operations": {
            name: operation for socket in SOCKETS for name, operation in _operations(socket).items()
        },
        "components": {
            "messages": {tag: _message(tag, struct) for tag, struct in {**events, **commands}.items()},
            "schemas": dict(sorted(schemas.items())),
        },
    }
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=110)


def _channel(socket: Socket) -> dict[str, Any]:
    messages = [*_heard(socket), *_said(socket)]
    parameters = {name: text for name, text in _PARAMETERS.items() if f"{{{name}}}" in socket.address}
    return {
        "address": socket.address,
        "description": socket.description,
        **({"parameters": parameters} if parameters else {}),
        "messages": {tag: {"$ref": f"#/components/messages/{tag}"} for tag in messages},
    }


def _operations(socket: Socket) -> Mapping[str, Any]:
    """By the application's side: it receives commands and sends events."""
    return {
        f"{socket.name}.{action}": {
            "action": action,
            "channel": {"$ref": f"#/channels/{socket.name}"},
            "messages": [{"$ref": f"#/channels/{socket.name}/messages/{tag}"} for tag in tags],
        }
        for action, tags in (("send", _heard(socket)), ("receive", _said(socket)))
    }


def _heard(socket: Socket) -> list[str]:
    return [
        tag
        for tag in event_types()
        if tag.partition(":")[0] in socket.about | _EVERYWHERE and _fits(tag, socket)
    ]


def _fits(tag: str, socket: Socket) -> bool:
    """The first event on /ws/me/ is one of its own."""
    return tag != "room:welcome" or "me" not in socket.about


def _said(socket: Socket) -> Iterable[str]:
    allowed = socket.consumer.commands
    return [tag for tag, command in command_types().items() if allowed is None or command in allowed]


def _message(tag: str, struct: type[msgspec.Struct]) -> dict[str, Any]:
    summary = " ".join(inspect.cleandoc(struct.__doc__ or "").split("\n\n")[0].split()).replace("``", "`")
    return {"name": tag, "summary": summary, "payload": {"$ref": f"{_SCHEMAS}{struct.__name__}"}}
