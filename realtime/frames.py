"""A frame: a JSON array of events, built once and sent to many sockets."""

from collections.abc import Sequence
from functools import cached_property

# Servers limit messages in both directions at once (Daphne's library does), so a frame stays below what clients may
# send. A single event larger than this still goes alone.
FRAME_BYTES = 48 * 1024

TEXT = 0x81  # final fragment, opcode 1
CLOSE = 0x88


class Frame:
    """Holds the text in both forms that sockets take: as ASGI sends it, and as it goes over the wire."""

    def __init__(self, bodies: Sequence[bytes]) -> None:
        self.payload = b"[%b]" % b",".join(bodies)

    def __len__(self) -> int:
        return len(self.payload)

    @cached_property
    def message(self) -> dict[str, str]:
        """The ASGI message, shared by all sockets: nobody may change it."""
        return {"type": "websocket.send", "text": self.payload.decode()}

    @cached_property
    def wire(self) -> bytes:
        """The bytes of one unmasked, uncompressed websocket text message."""
        return websocket_header(TEXT, len(self.payload)) + self.payload


def frames_of(bodies: Sequence[bytes]) -> list[Frame]:
    """The events in as few frames as FRAME_BYTES allows."""
    frames, start, size = [], 0, 0
    for place, body in enumerate(bodies):
        if size + len(body) > FRAME_BYTES and place > start:
            frames.append(Frame(bodies[start:place]))
            start, size = place, 0
        size += len(body) + 1
    if start < len(bodies):
        frames.append(Frame(bodies[start:]))
    return frames


def websocket_header(first: int, length: int) -> bytes:
    """Source: RFC 6455, section 5.2; a server masks nothing."""
    if length < 126:
        return bytes((first, length))
    if length < 65536:
        return bytes((first, 126)) + length.to_bytes(2, "big")
    return bytes((first, 127)) + length.to_bytes(8, "big")


def close_frame(code: int, reason: str) -> bytes:
    content = code.to_bytes(2, "big") + reason.encode()[:123]
    return websocket_header(CLOSE, len(content)) + content
