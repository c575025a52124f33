"""The ingest socket, ``/ws/ingest/<stream>/?pass=``: a studio's recording comes in, byte counts go back.

A plain ASGI application, since a channel layer, a session and a thread per message are nothing to a flow of bytes.
The protocol is in docs/relay.md.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

import msgspec

from core.errors import DomainError, InvalidInput, NotFound, NotSignedIn, RateLimited
from core.ids import new_id
from realtime.calls import call
from realtime.consumer import origin_is_ours
from realtime.hub import hub
from realtime.passes import JoinPass, PassRefused
from realtime.sockets import CLOSE_SIGN_IN
from streams.access import Action, require
from streams.errors import StreamOver
from streams.metrics import INGESTS
from streams.models import Stream
from streams.viewers import Viewer

from .limits import BUFFER_BYTES, MAX_FRAME_BYTES, SILENT_SECONDS, STARTS_PER_MINUTE
from .passes import ingest_pass_claim
from .run import Run
from .stage import REPLACED, STREAM_ENDED, Replaced, Stage
from .stages import stages

logger = logging.getLogger(__name__)

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

FORBIDDEN, NO_SUCH_STREAM, SILENT, TOO_MUCH, TOO_MANY, TRY_AGAIN = 4403, 4404, 4408, 4008, 4429, 1013
# A studio that reads nothing back is not worth more memory than this many messages.
_MOST_UNSENT = 64


class IngestStart(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="ingest:start", tag_field="type"
):
    """A new recording begins; its bytes follow. Its size and rate are hints: the header decides."""

    epoch: int
    mime: str = ""
    width: int = 0
    height: int = 0
    bitrate: int = 0


_start_decoder = msgspec.json.Decoder(IngestStart)


def ingest_admit(*, stream_id: UUID, token: str) -> JoinPass:
    """Use up the pass of the stream's creator, who may still publish now. Returns: whom orders to close are about.

    Queries: 2. Raises: PassRefused, NotFound, and the refusals of ``streams.access``.
    """
    claimed = ingest_pass_claim(token, stream_id=stream_id)
    stream = Stream.objects.select_related("creator").filter(pk=stream_id, creator__is_active=True).first()
    if stream is None:
        raise NotFound()
    creator = Viewer(user=stream.creator, viewer_id=f"u:{stream.creator_id}")
    require(viewer=creator, stream=stream, action=Action.PUBLISH)
    return JoinPass(
        room_id=new_id(),  # none: what closes the stream's room does not take its pictures away
        session_id=new_id(),
        viewer_id=creator.viewer_id,
        role="studio",
        user_id=stream.creator_id,
        party_id=stream.party_id,
        name=None,
        chat_refusal=None,
        is_staff=False,
        login=claimed.login,
        about={},
        epoch=claimed.order,
        expires_at=0,
        jti="",
    )


async def ingest(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """The ASGI application; the route gives ``stream_id``."""
    await receive()  # websocket.connect
    if not origin_is_ours(scope):
        await send({"type": "websocket.close", "code": FORBIDDEN, "reason": "origin"})
        return
    await send({"type": "websocket.accept"})
    stream_id = scope["url_route"]["kwargs"]["stream_id"]
    token = parse_qs(scope["query_string"].decode("latin-1")).get("pass", [""])[0]
    try:
        hub.start()
        holder = await call(ingest_admit, stream_id=stream_id, token=token)
        if hub.refuses(holder):
            raise NotSignedIn()
    except DomainError as refusal:
        await send({"type": "websocket.send", "text": json.dumps({"type": "error", **refusal.as_dict()})})
        await send({"type": "websocket.close", "code": _close_code(refusal), "reason": refusal.code})
        return
    socket = IngestSocket(stream_id=stream_id, holder=holder, receive=receive, send=send)
    hub.keep(socket)
    try:
        with INGESTS.track_inprogress():
            await socket.serve()
    finally:
        hub.drop(socket)


def _close_code(refusal: DomainError) -> int:
    match refusal:
        case StreamOver():
            return STREAM_ENDED
        case NotFound():
            return NO_SUCH_STREAM
        case PassRefused():
            return FORBIDDEN
        case NotSignedIn():
            return CLOSE_SIGN_IN
    return FORBIDDEN if refusal.http_status in {401, 403} else TRY_AGAIN


class IngestSocket:
    """One studio's connection, as a ``Publisher`` of its stage."""

    def __init__(self, *, stream_id: UUID, holder: JoinPass, receive: Receive, send: Send) -> None:
        self.holder = holder
        self.order = holder.epoch
        self._stream_id = stream_id
        self._receive = receive
        self._send = send
        self._stage: Stage | None = None
        self._run: Run | None = None
        self._stray_bytes = 0
        self._started_at: list[float] = []
        # What goes back: messages in order, and of acks only the newest.
        self._unsent: list[dict[str, Any]] = []
        self._ack: dict[str, Any] | None = None
        self._closing: tuple[int, str] | None = None
        self._to_send = asyncio.Event()

    def tell(self, message: dict[str, Any]) -> None:
        if message["type"] == "ingest:ack":
            self._ack = message
        elif len(self._unsent) < _MOST_UNSENT:
            self._unsent.append(message)
        else:
            self.close(TOO_MUCH, "unread messages")
        self._to_send.set()

    def close(self, code: int, reason: str) -> None:
        self._closing = self._closing or (code, reason)
        self._to_send.set()

    async def serve(self) -> None:
        """Returns when the connection is over and its last pictures are published."""
        sending = asyncio.create_task(self._send_back())
        reading = asyncio.create_task(self._read())
        try:
            # Whichever ends first ends the other: the studio hung up, or was told to.
            await asyncio.wait({sending, reading}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sending, reading):
                task.cancel()
            results = await asyncio.gather(sending, reading, return_exceptions=True)
            if self._stage is not None:
                await stages.leave(self._stage, self)
        for result in results:
            if isinstance(result, Exception):
                raise result

    async def _read(self) -> None:
        while True:
            try:
                message = await asyncio.wait_for(self._receive(), SILENT_SECONDS)
            except TimeoutError:
                self.close(SILENT, "silent")
                await asyncio.Event().wait()  # until the close has been sent
                return
            if message["type"] == "websocket.disconnect":
                return
            if (data := message.get("bytes")) is not None:
                self._take(data)
            else:
                await self._obey(message.get("text") or "")

    def _take(self, data: bytes) -> None:
        if self._run is None or self._run.over:
            # The rest of a recording that broke off, on its way before the studio knew.
            self._stray_bytes += len(data)
            if self._stray_bytes > BUFFER_BYTES:
                self.close(TOO_MUCH, "bytes without a recording")
        elif len(data) > MAX_FRAME_BYTES:
            self._run.fail("frame_too_large")
        else:
            self._run.put(data)

    async def _obey(self, text: str) -> None:
        try:
            start = _start_decoder.decode(text)
        except (msgspec.DecodeError, UnicodeDecodeError) as problem:
            self.tell({"type": "error", **InvalidInput(message=[str(problem)]).as_dict()})
            return
        now = asyncio.get_running_loop().time()
        self._started_at = [at for at in self._started_at if at > now - 60] + [now]
        if len(self._started_at) > STARTS_PER_MINUTE:
            self.tell({"type": "error", **RateLimited(retry_after_seconds=60).as_dict()})
            self.close(TOO_MANY, "too many recordings")
            return
        try:
            self._stage, self._run = await stages.begin(self._stream_id, publisher=self, epoch=start.epoch)
        except Replaced:
            self.close(REPLACED, "a newer studio took over")
        except DomainError as refusal:
            self.tell({"type": "error", **refusal.as_dict()})
            self.close(_close_code(refusal), refusal.code)
        else:
            self._stray_bytes = 0
            self.tell({"type": "ingest:ready", "epoch": start.epoch})

    async def _send_back(self) -> None:
        while True:
            await self._to_send.wait()
            self._to_send.clear()
            messages, self._unsent = self._unsent, []
            if self._ack is not None:
                messages.append(self._ack)
                self._ack = None
            for message in messages:
                await self._send({"type": "websocket.send", "text": json.dumps(message)})
            if self._closing is not None:
                code, reason = self._closing
                await self._send({"type": "websocket.close", "code": code, "reason": reason})
                return
