"""What a client may say: typed commands, one class per ``type``, each with one handler.

A command is one JSON object. Unknown or malformed ones are answered with an ``error`` event and the socket is kept.
"""

from collections.abc import Awaitable, Callable
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from core.errors import DomainError

if TYPE_CHECKING:
    from realtime.sockets import RoomSocket


class Command(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type"):
    """Subclasses name their ``tag``: ``class ChatSend(Command, tag="chat:send")``."""


CommandT = TypeVar("CommandT", bound=Command)
Handler = Callable[["RoomSocket", Any], Awaitable[None]]


class Malformed(DomainError):
    """Not a JSON object with a ``type``."""

    code = "malformed"


class UnknownType(DomainError):
    """No command is called that, or not in this room."""

    code = "unknown_type"


class BadCommand(DomainError):
    """The fields of this command are not as they must be; ``details.message`` says which."""

    code = "invalid_input"


_handlers: dict[type[Command], Handler] = {}
_decoder: msgspec.json.Decoder[Command] | None = None


def handles_command(
    command_type: type[CommandT],
) -> Callable[[Callable[["RoomSocket", CommandT], Awaitable[None]]], Handler]:
    """Register ``async def handler(socket, command)``. One socket's commands are handled one after another."""

    def register(handler: Callable[["RoomSocket", CommandT], Awaitable[None]]) -> Handler:
        global _decoder
        assert command_type not in _handlers, f"{command_type.__qualname__} has a handler"
        _handlers[command_type] = handler
        _decoder = None
        return handler

    return register


def command_types() -> dict[str, type[Command]]:
    """Every registered command by its ``type``, in order of the names."""
    by_tag = {str(command_type.__struct_config__.tag): command_type for command_type in _handlers}
    return dict(sorted(by_tag.items()))


def handler_of(command: Command) -> Handler:
    return _handlers[type(command)]


def parse(text: str) -> Command:
    """Raises: Malformed, UnknownType, BadCommand; ``details.client_id`` is the sender's own where it was readable."""
    global _decoder
    if _decoder is None:
        _decoder = msgspec.json.Decoder(reduce(or_, _handlers))
    try:
        return _decoder.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise _explained(text, error)


def _explained(text: str, error: Exception) -> DomainError:
    """Look again at what could not be decoded, to say why."""
    try:
        content = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return Malformed()
    if not isinstance(content, dict) or not isinstance(content.get("type"), str):
        return Malformed()
    if content["type"] not in command_types():
        return UnknownType(type=content["type"][:64])
    refusal = BadCommand(message=str(error))
    if isinstance(client_id := content.get("client_id"), str) and len(client_id) <= 64:
        refusal.details["client_id"] = client_id
    return refusal


class RoomAck(Command, frozen=True, kw_only=True, tag="room:ack"):
    """The heartbeat, every ten seconds: the last ``seq`` this client has."""

    seq: int


@handles_command(RoomAck)
async def room_ack(socket: "RoomSocket", command: RoomAck) -> None:
    socket.acknowledge(command.seq)
