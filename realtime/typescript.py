"""The vocabulary of rooms in TypeScript, made from the event and command classes."""

import inspect
from collections.abc import Iterable

import msgspec.inspect as types
from msgspec import Struct

from realtime.commands import Command, command_types
from realtime.events import RoomEvent, event_types

_HEADER = """\
// Made by `manage.py export_events` from the classes in realtime/events.py and the apps' own. Do not edit.
"""
_PLAIN: dict[type[types.Type], str] = {
    types.AnyType: "unknown",
    types.BoolType: "boolean",
    types.IntType: "number",
    types.FloatType: "number",
    types.NoneType: "null",
    types.StrType: "string",
}


def vocabulary() -> str:
    """The whole file: one interface per event and command, and a union of each."""
    events, commands = event_types().values(), command_types().values()
    parts = [_HEADER]
    parts += [_interface(struct) for struct in _nested([*events, *commands])]
    parts += [_interface(struct) for struct in [*events, *commands]]
    parts += [_union("ServerEvent", events), _union("ClientCommand", commands)]
    return "\n".join(parts)


def _union(name: str, structs: Iterable[type[Struct]]) -> str:
    members = "".join(f"\n  | {_name(struct)}" for struct in structs)
    return f"export type {name} ={members};\n"


def _name(struct: type[Struct]) -> str:
    """The class's name, with what it is at its end where it is one of those."""
    kind = "Command" if issubclass(struct, Command) else "Event" if issubclass(struct, RoomEvent) else ""
    return struct.__name__.removesuffix(kind) + kind


def _tag(struct: type[Struct]) -> str | None:
    tag = struct.__struct_config__.tag
    return tag if isinstance(tag, str) else None


def _interface(struct: type[Struct]) -> str:
    info = types.type_info(struct)
    assert isinstance(info, types.StructType)
    lines = [f"/** {line} */" for line in [_summary(struct)] if line]
    lines.append(f"export interface {_name(struct)} {{")
    if tag := _tag(struct):
        lines.append(f'  readonly {struct.__struct_config__.tag_field}: "{tag}";')
    lines += [f"  readonly {_key(field)}: {_type(field.type)};" for field in info.fields]
    return "\n".join([*lines, "}", ""])


def _key(field: types.Field) -> str:
    """What is None by default is left out of the JSON then."""
    return field.encode_name if field.required or field.default is not None else f"{field.encode_name}?"


def _summary(struct: type[Struct]) -> str:
    """The first paragraph of the class's own docstring, on one line."""
    text = inspect.cleandoc(struct.__dict__.get("__doc__") or "")
    return " ".join(text.split("\n\n")[0].split()).replace("``", "`")


def _type(kind: types.Type) -> str:
    match kind:
        case types.Metadata(extra={"typescript": str(written)}):
            return written
        case types.Metadata(type=inner):
            return _type(inner)
        case types.UnionType(types=members):
            return " | ".join(_type(member) for member in members)
        case types.LiteralType(values=values):
            return " | ".join(f'"{value}"' for value in values)
        case types.ListType(item_type=item):
            return f"readonly {_type(item)}[]" if "|" not in _type(item) else f"readonly ({_type(item)})[]"
        case types.DictType(value_type=value):
            return f"Readonly<Record<string, {_type(value)}>>"
        case types.StructType(cls=struct):
            return _name(struct)
    return _PLAIN[type(kind)]


def _nested(structs: Iterable[type[Struct]]) -> list[type[Struct]]:
    """The classes that fields refer to, each once, in order of their names."""
    found: dict[str, type[Struct]] = {}

    def look(kind: types.Type) -> None:
        match kind:
            case (
                types.Metadata(type=inner)
                | types.ListType(item_type=inner)
                | types.DictType(value_type=inner)
            ):
                look(inner)
            case types.UnionType(types=members):
                for member in members:
                    look(member)
            case types.StructType(cls=struct, fields=fields):
                if not issubclass(struct, RoomEvent | Command):
                    found[struct.__name__] = struct
                for field in fields:
                    look(field.type)

    for struct in structs:
        look(types.type_info(struct))
    return [found[name] for name in sorted(found)]
