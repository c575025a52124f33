"""The short way to a socket of uvicorn's ``websockets-sansio`` protocol: its transport.

The server would frame each message again for each socket. When no extension was negotiated the frame is the same
for all, so it is built once and the same bytes are written to every transport; this was 2-3 times cheaper per
delivery. Everything else goes the general way (``realtime.writers.AsgiWriter``).
"""

import asyncio
from typing import TYPE_CHECKING, Any

from realtime.frames import Frame, close_frame
from realtime.writers import BACKLOG_BYTES, AsgiWriter, Send, TooSlow, Writer

if TYPE_CHECKING:
    from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

# A peer that reads again within this time still learns why it was closed.
CLOSE_GRACE_SECONDS = 5


class TransportWriter:
    """Writes to the transport; what it has buffered is the socket's own queue, and tells who is slow."""

    __slots__ = ("_protocol", "_transport")

    def __init__(self, protocol: "WebSocketsSansIOProtocol") -> None:
        self._protocol = protocol
        self._transport = protocol.transport

    def write(self, frame: Frame) -> None:
        transport = self._transport
        if transport.is_closing() or self._protocol.close_sent:
            return
        if transport.get_write_buffer_size() > BACKLOG_BYTES:
            raise TooSlow()
        transport.write(frame.wire)

    def close(self, code: int, reason: str) -> None:
        if self._protocol.writable.is_set():
            AsgiWriter(self._protocol.send).close(code, reason)
            return
        # The protocol would wait for a peer that does not read; so would a transport told to close.
        self._transport.write(close_frame(code, reason))
        self._protocol.close_sent = True
        asyncio.get_running_loop().call_later(CLOSE_GRACE_SECONDS, self._transport.abort)


def writer_for(send: Send) -> Writer:
    """The fastest writer that fits the server behind ``send``, asked after the socket was accepted."""
    protocol: Any = getattr(send, "__self__", None)
    if _is_plain_uvicorn(protocol):
        return TransportWriter(protocol)
    return AsgiWriter(send)


def _is_plain_uvicorn(protocol: Any) -> bool:
    if (
        type(protocol).__name__ != "WebSocketsSansIOProtocol"
    ):  # a name, so that Daphne need not import uvicorn
        return False
    # Private ground: what is relied on is checked, so that another version falls back to the general way.
    parts = ("transport", "writable", "close_sent", "handshake_complete", "conn")
    return (
        all(hasattr(protocol, part) for part in parts)
        and protocol.handshake_complete
        and not protocol.conn.extensions
    )
