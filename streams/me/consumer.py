"""The socket /ws/me/."""

import time
from typing import Any, ClassVar
from urllib.parse import parse_qs
from uuid import UUID

from django.conf import settings
from django.db import Error as DatabaseError
from django.http.cookie import parse_cookie

from accounts.models import User
from accounts.sign_in import SignIn, sign_in_of
from core.errors import Busy
from core.ids import new_id
from realtime.calls import call
from realtime.claims import claim
from realtime.commands import Command, RoomAck
from realtime.consumer import Refused, SocketConsumer
from realtime.events import RoomEvent, observes
from realtime.hub import hub
from realtime.passes import JoinPass, PassRefused
from realtime.rooms import RoomHub
from realtime.sockets import (
    CLOSE_PASS_REFUSED,
    CLOSE_SIGN_IN,
    CLOSE_TOO_MANY,
    CLOSE_TRY_AGAIN,
    RoomSocket,
)
from streams.me.events import MeStream, MeWelcome
from streams.me.selectors import me_welcome

# Tabs and devices of one person.
SOCKETS_PER_PERSON = 20


class MeConsumer(SocketConsumer):
    """Only to listen. Whoever connects shows an app's session token, a ticket, or the cookie of a browser.

    A foreign page that makes a browser connect, cookie and all, is refused by its origin before any of this.
    """

    commands: ClassVar[tuple[type[Command], ...] | None] = (RoomAck,)
    _welcome: MeWelcome

    async def enter(self) -> tuple[RoomHub, JoinPass | None]:
        try:
            holder, sign_in = await self._who()
            room = await hub.enter(holder.room_id, bare=True)
            changes = -1
            while changes != room.changes:  # else an event may pass between the look and the welcome
                changes = room.changes
                self._welcome = await call(me_welcome, sign_in)
        except PassRefused:
            raise Refused(CLOSE_PASS_REFUSED, "pass_refused")
        except (Busy, DatabaseError):
            raise Refused(CLOSE_TRY_AGAIN, "busy")
        # Asked last, since an order may have come meanwhile.
        if hub.refuses(holder):
            raise Refused(CLOSE_SIGN_IN, "not_signed_in")
        if len(room.sockets) >= SOCKETS_PER_PERSON:
            raise Refused(CLOSE_TOO_MANY, "too_many_sockets")
        return room, holder

    def welcome(self, socket: RoomSocket) -> None:
        socket.send(self._welcome)

    async def _who(self) -> tuple[JoinPass, SignIn]:
        """Raises: PassRefused, Busy, Refused."""
        if ticket := parse_qs(self.scope["query_string"].decode("latin-1")).get("ticket"):
            holder = await claim(ticket[0])
            user = await call(_active_user, holder.room_id)  # a ticket's room is a person
            if user is None:
                raise PassRefused()
            return holder, SignIn(user=user, login=holder.login or "")
        now_ms = int(time.time() * 1000)
        session_key = _session_key(self.scope)
        sign_in = await call(sign_in_of, session_key) if session_key else None
        if sign_in is None:
            raise Refused(CLOSE_SIGN_IN, "not_signed_in")
        return _holder(sign_in, now_ms), sign_in


@observes(MeStream)
def _on_stream(room: RoomHub, event: RoomEvent) -> None:
    room.changes += 1


def _session_key(scope: dict[str, Any]) -> str | None:
    """What the app's header says, else the browser's cookie."""
    headers = dict(scope["headers"])
    if token := headers.get(b"x-session-token"):
        return str(token.decode("latin-1"))
    cookies = parse_cookie(headers.get(b"cookie", b"").decode("latin-1"))
    return cookies.get(settings.SESSION_COOKIE_NAME)


def _active_user(user_id: UUID) -> User | None:
    """Queries: 1."""
    return User.objects.filter(pk=user_id, is_active=True).first()


def _holder(sign_in: SignIn, now_ms: int) -> JoinPass:
    """As if a ticket had been shown that was issued before the session was looked up."""
    user = sign_in.user
    return JoinPass(
        room_id=user.pk,
        session_id=new_id(),
        viewer_id=f"u:{user.pk}",
        role="me",
        user_id=user.pk,
        party_id=user.party_id,
        name=user.name,
        chat_refusal=None,
        is_staff=user.is_staff,
        login=sign_in.login,
        about={},
        epoch=now_ms,
        expires_at=0,
        jti="",
    )
