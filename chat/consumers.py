"""The sockets: /ws/streams/<id>/ for the room of a stream, /ws/live/ for the grid of live streams."""

from collections import Counter
from typing import ClassVar
from urllib.parse import parse_qs

import msgspec
from django.conf import settings
from django.db import Error as DatabaseError

from chat.commands import chat_refusal
from core.clients import network_of, scope_address
from core.errors import Busy, NotFound
from realtime import LOBBY
from realtime.claims import claim
from realtime.commands import Command, RoomAck
from realtime.consumer import Refused, SocketConsumer
from realtime.events import RoomModes, RoomState, RoomWelcome, You
from realtime.hub import HEARTBEAT_SECONDS, hub
from realtime.passes import JoinPass, PassRefused
from realtime.rooms import RoomHub
from realtime.sockets import (
    CLOSE_NO_ROOM,
    CLOSE_NOT_ALLOWED,
    CLOSE_PASS_REFUSED,
    CLOSE_TOO_MANY,
    CLOSE_TRY_AGAIN,
    RoomSocket,
)

# Tabs of one viewer in one room.
SOCKETS_PER_VIEWER = 20


class PerAddressConsumer(SocketConsumer):
    """A socket of which one address may hold only so many, counted in this process and by kind of socket."""

    _addresses: ClassVar[Counter[str]]
    _address: str | None = None

    def __init_subclass__(cls) -> None:
        cls._addresses = Counter()

    def take_place(self, most: int) -> None:
        """Raises: Refused."""
        address = network_of(scope_address(self.scope))
        if self._addresses[address] >= most:
            raise Refused(CLOSE_TOO_MANY, "too_many_sockets")
        self._addresses[address] += 1
        self._address = address

    def left(self) -> None:
        if self._address is not None:
            self._addresses[self._address] -= 1
            if not self._addresses[self._address]:
                del self._addresses[self._address]


class RoomConsumer(PerAddressConsumer):
    """The room of a stream, entered with a join pass. Connecting costs no query once the room is loaded."""

    async def enter(self) -> tuple[RoomHub, JoinPass | None]:
        try:
            holder = await claim(_pass_in(self.scope["query_string"]))
        except PassRefused:
            raise Refused(CLOSE_PASS_REFUSED, "pass_refused")
        is_for_here = holder.role != "me" and holder.room_id == self.scope["url_route"]["kwargs"]["stream_id"]
        if not is_for_here or hub.refuses(holder):
            raise Refused(CLOSE_NOT_ALLOWED, "forbidden")
        if holder.user_id is None:  # people with an account are counted by it
            self.take_place(settings.ROOM_SOCKETS_PER_ADDRESS)
        try:
            room = await hub.enter(holder.room_id)
        except NotFound:
            raise Refused(CLOSE_NO_ROOM, "not_found")
        except (Busy, DatabaseError):
            raise Refused(CLOSE_TRY_AGAIN, "busy")
        # Asked again, since an order may have come while the room was loading.
        if hub.refuses(holder):
            raise Refused(CLOSE_NOT_ALLOWED, "forbidden")
        if room.arrivals.sockets_of(holder.viewer_id) >= SOCKETS_PER_VIEWER:
            raise Refused(CLOSE_TOO_MANY, "too_many_sockets")
        return room, holder

    def welcome(self, socket: RoomSocket) -> None:
        room, holder = socket.room, socket.holder
        assert holder is not None
        refusal = chat_refusal(holder, room.state)
        socket.send(
            RoomWelcome(
                seq=room.seq,
                viewers=room.viewers,
                heartbeat_seconds=HEARTBEAT_SECONDS,
                you=You(
                    name=holder.name,
                    role=holder.role,
                    can_chat=refusal is None,
                    can_chat_reason=refusal.code if refusal else None,
                ),
                history=room.history,
                state=room.state.public(),
            )
        )


class LobbyConsumer(PerAddressConsumer):
    """The grid of live streams: for anybody, and only to listen."""

    commands: ClassVar[tuple[type[Command], ...] | None] = (RoomAck,)

    async def enter(self) -> tuple[RoomHub, JoinPass | None]:
        self.take_place(settings.LOBBY_SOCKETS_PER_ADDRESS)
        return await hub.enter(LOBBY, bare=True), None

    def welcome(self, socket: RoomSocket) -> None:
        socket.send(
            RoomWelcome(
                seq=0,
                viewers=0,
                heartbeat_seconds=HEARTBEAT_SECONDS,
                you=You(name=None, role="viewer", can_chat=False, can_chat_reason="forbidden"),
                history=msgspec.Raw(b"[]"),
                state=RoomState(
                    status="lobby", live=False, paused=False, pins=msgspec.Raw(b"[]"), modes=RoomModes()
                ),
            )
        )


def _pass_in(query: bytes) -> str:
    return parse_qs(query.decode("latin-1")).get("pass", [""])[0]
