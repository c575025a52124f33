"""docs/realtime.md is the contract: what a socket can say, hear or be closed with stands there."""

import re

import pytest
from django.conf import settings

from realtime import sockets
from realtime.commands import command_types
from realtime.events import event_types

DOCUMENT = (settings.BASE_DIR / "docs" / "realtime.md").read_text(encoding="utf-8")


def documented(name: str) -> str | None:
    """The table row of an event, command or code."""
    row = re.search(rf"^\| `?{re.escape(name)}`? \|(.*)$", DOCUMENT, re.MULTILINE)
    return row.group(1) if row else None


@pytest.mark.parametrize("name", [*event_types(), *command_types()])
def test_each_event_and_command_is_documented_with_its_fields(name: str) -> None:
    struct = {**event_types(), **command_types()}[name]
    row = documented(name)

    assert row is not None, f"{name} is not in docs/realtime.md"
    for field in struct.__struct_fields__:
        assert f"`{field}" in row, f"{name}.{field} is not in docs/realtime.md"


def test_no_other_event_or_command_is_documented() -> None:
    named = set(re.findall(r"^\| `([a-z]+:[a-z]+)` \|", DOCUMENT, re.MULTILINE))

    assert named <= {*event_types(), *command_types()}


@pytest.mark.parametrize("name", [name for name in vars(sockets) if name.startswith("CLOSE_")])
def test_each_close_code_is_documented(name: str) -> None:
    assert documented(str(getattr(sockets, name))) is not None
