"""AMF0, the notation of RTMP's commands, as far as a publisher uses it.

Source: Adobe, "Action Message Format -- AMF 0", sections 2.2 to 2.13.
"""

import struct
from collections.abc import Mapping
from enum import IntEnum

Value = float | bool | str | None | dict[str, "Value"] | list["Value"]

_DEEPEST = 8


class _Type(IntEnum):
    NUMBER = 0
    BOOLEAN = 1
    STRING = 2
    OBJECT = 3
    NULL = 5
    UNDEFINED = 6
    ECMA_ARRAY = 8
    OBJECT_END = 9
    STRICT_ARRAY = 10
    DATE = 11
    LONG_STRING = 12


class NotAmf(ValueError):
    """The bytes are no AMF0."""


def read(data: bytes) -> list[Value]:
    """All values, one after the other. Raises: NotAmf."""
    values: list[Value] = []
    at = 0
    try:
        while at < len(data):
            value, at = _read(data, at, 0)
            values.append(value)
    except (struct.error, UnicodeDecodeError, IndexError) as error:
        raise NotAmf(str(error)) from error
    return values


def write(*values: Value) -> bytes:
    return b"".join(_write(value) for value in values)


def _read(data: bytes, at: int, depth: int) -> tuple[Value, int]:
    kind, at = data[at], at + 1
    if depth > _DEEPEST:
        raise NotAmf("too deep")
    match kind:
        case _Type.NUMBER:
            return struct.unpack_from(">d", data, at)[0], at + 8
        case _Type.BOOLEAN:
            return data[at] != 0, at + 1
        case _Type.STRING:
            return _text(data, at, 2)
        case _Type.LONG_STRING:
            return _text(data, at, 4)
        case _Type.OBJECT:
            return _pairs(data, at, depth)
        case _Type.ECMA_ARRAY:
            return _pairs(data, at + 4, depth)
        case _Type.NULL | _Type.UNDEFINED:
            return None, at
        case _Type.STRICT_ARRAY:
            (count,) = struct.unpack_from(">I", data, at)
            items: list[Value] = []
            at += 4
            for _ in range(count):
                item, at = _read(data, at, depth + 1)
                items.append(item)
            return items, at
        case _Type.DATE:
            return struct.unpack_from(">d", data, at)[0], at + 10
    raise NotAmf(f"type {kind}")


def _text(data: bytes, at: int, width: int) -> tuple[str, int]:
    size = int.from_bytes(data[at : at + width], "big")
    at += width
    if at + size > len(data):
        raise NotAmf("a string that is cut off")
    return data[at : at + size].decode(), at + size


def _pairs(data: bytes, at: int, depth: int) -> tuple[dict[str, Value], int]:
    found: dict[str, Value] = {}
    while True:
        name, at = _text(data, at, 2)
        if not name and data[at] == _Type.OBJECT_END:
            return found, at + 1
        found[name], at = _read(data, at, depth + 1)


def _write(value: Value) -> bytes:
    match value:
        case None:
            return bytes([_Type.NULL])
        case bool():
            return bytes([_Type.BOOLEAN, value])
        case float():
            return bytes([_Type.NUMBER]) + struct.pack(">d", value)
        case str():
            return bytes([_Type.STRING]) + _short(value)
        case Mapping():
            pairs = b"".join(_short(name) + _write(inner) for name, inner in value.items())
            return bytes([_Type.OBJECT]) + pairs + _short("") + bytes([_Type.OBJECT_END])
    raise NotAmf(f"cannot write {type(value).__name__}")


def _short(text: str) -> bytes:
    data = text.encode()
    return struct.pack(">H", len(data)) + data
