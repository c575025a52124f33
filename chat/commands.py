"""What a client may say about the chat."""

from typing import Annotated

import msgspec

from accounts.errors import EmailUnconfirmed
from chat import slashing
from chat.pipeline import pipeline
from chat.rooms import StreamRoomState
from chat.services import Line, author_role
from chat.slash import is_slash
from chat.text import message_text
from core.errors import DomainError, Forbidden, NotSignedIn
from realtime.commands import Command, handles_command
from realtime.passes import JoinPass
from realtime.sockets import RoomSocket
from streams.errors import FollowersOnly, StreamOver

CLIENT_ID_LENGTH = 64
ClientId = Annotated[str, msgspec.Meta(min_length=1, max_length=CLIENT_ID_LENGTH, pattern=r"^[\x21-\x7e]+$")]

_REFUSALS: dict[str, type[DomainError]] = {
    error.code: error for error in (NotSignedIn, EmailUnconfirmed, FollowersOnly)
}


class ChatSend(Command, frozen=True, kw_only=True, tag="chat:send"):
    """Say something. Answered by ``chat:ack``, or by an ``error`` with this ``client_id``.

    What begins with "/" is a command and is never said; it is answered by ``chat:told``.

    The same ``client_id`` again is the same message: after a lost answer, send it again.
    """

    client_id: ClientId
    text: str


@handles_command(ChatSend)
async def chat_send(socket: RoomSocket, command: ChatSend) -> None:
    """Answered later, so that a socket's heartbeats never wait for its messages."""
    holder, state = socket.holder, socket.room.state
    if holder is not None and is_slash(command.text):
        slashing.submit(socket, command.client_id, command.text)
        return
    if refusal := chat_refusal(holder, state):
        raise refusal
    assert holder is not None
    assert holder.user_id is not None
    assert holder.party_id is not None
    line = Line(
        user_id=holder.user_id,
        party_id=holder.party_id,
        name=holder.name or "",
        role=author_role(user_id=holder.user_id, is_staff=holder.is_staff, creator_id=state.creator_id),
        client_id=command.client_id,
        text=message_text(command.text),
    )
    pipeline.submit(holder.room_id, socket, line)


def chat_refusal(holder: JoinPass | None, state: StreamRoomState | None) -> DomainError | None:
    """Why this socket may not write now; None when it may. What the pass said holds until the socket is closed."""
    if holder is None or state is None:
        return Forbidden()
    if state.is_over:
        return StreamOver()
    if holder.chat_refusal is not None:
        return _REFUSALS.get(holder.chat_refusal, Forbidden)()
    if holder.user_id is None or holder.party_id is None:
        return NotSignedIn()
    return None
