"""Rooms without a server: sockets whose other end is a list."""

import asyncio
import json
from typing import Any
from uuid import UUID

from core.ids import new_id
from realtime.events import Entry, stored_entry
from realtime.frames import Frame
from realtime.passes import JoinPass
from realtime.rooms import RoomHub, RoomSnapshot
from realtime.sockets import RoomSocket


class Received:
    """A writer that keeps what it was given."""

    def __init__(self) -> None:
        self.frames: list[list[dict[str, Any]]] = []
        self.closed: tuple[int, str] | None = None

    @property
    def events(self) -> list[dict[str, Any]]:
        return [event for frame in self.frames for event in frame]

    @property
    def seqs(self) -> list[int]:
        return [event["seq"] for event in self.events if "seq" in event]

    def write(self, frame: Frame) -> None:
        self.frames.append(json.loads(frame.payload))

    def close(self, code: int, reason: str) -> None:
        self.closed = (code, reason)


def holder(room_id: UUID, **fields: Any) -> JoinPass:
    values: dict[str, Any] = {
        "session_id": new_id(),
        "viewer_id": f"a:{new_id()}",
        # Not presence, so that no viewer session is written for sockets that only try out the room.
        "role": "studio",
        "user_id": None,
        "party_id": None,
        "name": None,
        "chat_refusal": "not_signed_in",
        "is_staff": False,
        "login": None,
        "epoch": 0,
        "expires_at": 0,
        "jti": "",
        "about": {},
    }
    return JoinPass(room_id=room_id, **(values | fields))


def room_at(last_seq: int = 0, room_id: UUID | None = None) -> RoomHub:
    """A room in the running loop, loaded with nothing but its number."""
    room = RoomHub(room_id or new_id(), asyncio.get_running_loop())
    room.begin(RoomSnapshot(last_seq=last_seq, history=[], state=None, viewers=0))
    return room


def enter(room: RoomHub, **fields: Any) -> tuple[RoomSocket, Received]:
    received = Received()
    socket = RoomSocket(room=room, writer=received, holder=holder(room.room_id, **fields))
    room.add(socket)
    return socket, received


def stored(seq: int) -> Entry:
    return stored_entry("test:stored", seq, b'{"type":"test:stored"}')


def passing() -> Entry:
    """An event that is not stored and means nothing to anybody here."""
    return Entry("test:passing", 0, b'{"type":"test:passing"}')
