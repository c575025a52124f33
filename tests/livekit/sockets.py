"""A client of LiveKit's signalling, without media: it comes in, listens, and goes."""

import asyncio
import base64
import gzip
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

from livekit.protocol import models, rtc
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

# As what it appears: older ones of livekit-client are not told that they resumed.
PROTOCOL, VERSION = 16, "2.23.0"
PATIENCE_SECONDS = 10


class Shut(Exception):
    """The handshake was refused."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"{status} {text}")
        self.status, self.text = status, text


def join_request(*, zipped: bool = False, reconnect: bool = False, sid: str = "") -> str:
    """What clients of `/rtc/v1` say of themselves in the address."""
    said = rtc.JoinRequest(
        client_info=models.ClientInfo(sdk=models.ClientInfo.SDK.JS, protocol=PROTOCOL, version=VERSION),
        connection_settings=rtc.ConnectionSettings(auto_subscribe=True),
        reconnect=reconnect,
        participant_sid=sid,
    ).SerializeToString()
    wrapped = rtc.WrappedJoinRequest(join_request=gzip.compress(said) if zipped else said)
    if zipped:
        wrapped.compression = rtc.WrappedJoinRequest.Compression.GZIP
    return base64.urlsafe_b64encode(wrapped.SerializeToString()).decode()


class Socket:
    """``async with Socket(url, token)``: Shut when refused. ``path`` is `/rtc` or `/rtc/v1`."""

    def __init__(
        self,
        url: str,
        token: str,
        path: str = "/rtc",
        *,
        resume: str | None = None,
        zipped: bool = False,
        in_header: bool = False,
        cookies: str = "",
        **query: Any,
    ) -> None:
        if path == "/rtc/v1":
            query["join_request"] = join_request(
                zipped=zipped, reconnect=resume is not None, sid=resume or ""
            )
        else:
            query |= {"protocol": PROTOCOL, "sdk": "js", "version": VERSION, "auto_subscribe": 1}
            query |= {"reconnect": 1, "sid": resume} if resume is not None else {}
        self._headers = {"Authorization": f"Bearer {token}"} if in_header else {}
        if cookies:
            self._headers["Cookie"] = cookies
        if not in_header:
            query["access_token"] = token
        self._url = f"ws{url.removeprefix('http')}{path}?{urlencode(query)}"
        self._connection: ClientConnection | None = None
        self.heard: list[rtc.SignalResponse] = []

    async def __aenter__(self) -> Self:
        try:
            self._connection = await connect(
                self._url, additional_headers=self._headers, proxy=None, open_timeout=PATIENCE_SECONDS
            )
        except InvalidStatus as error:
            answer = error.response
            raise Shut(answer.status_code, (answer.body or b"").decode()) from None
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Only the socket: nothing is said."""
        await self._open.close()

    async def hear(self, kind: str) -> Any:
        """The next message of this kind; others are heard on the way."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                message = rtc.SignalResponse.FromString(await self._next())
                self.heard.append(message)
                if message.WhichOneof("message") == kind:
                    return getattr(message, kind)

    async def joined(self) -> rtc.JoinResponse:
        answer: rtc.JoinResponse = await self.hear("join")
        return answer

    async def end(self, *, patience: float = PATIENCE_SECONDS) -> tuple[rtc.LeaveRequest | None, int]:
        """How the server ended it: its last words, and the code of the closing."""
        leave = None
        try:
            async with asyncio.timeout(patience):
                while True:
                    message = rtc.SignalResponse.FromString(await self._next())
                    self.heard.append(message)
                    if message.WhichOneof("message") == "leave":
                        leave = message.leave
        except ConnectionClosed as closed:
            return leave, closed.rcvd.code if closed.rcvd else 1006

    async def say(self, request: rtc.SignalRequest) -> None:
        await self._open.send(request.SerializeToString())

    async def _next(self) -> bytes:
        received = await self._open.recv()
        assert isinstance(received, bytes)
        return received

    @property
    def _open(self) -> ClientConnection:
        assert self._connection is not None
        return self._connection
