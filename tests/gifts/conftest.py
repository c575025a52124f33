"""Gifts to alice's stream, and what a room is shown."""

import uuid
from typing import Any

import msgspec
import pytest

from gifts.services import gift_send
from realtime.hub import hub
from tests.conftest import viewer_of
from tests.payments.books import request
from tests.payments.conftest import catalogue

__all__ = ["catalogue"]  # a fixture


@pytest.fixture
def send(live_stream, bob, catalogue):
    """bob sends gifts to alice's stream."""

    def send(sku="rose", quantity=1, **more):
        told = {"sender": viewer_of(bob), "stream": live_stream, "request_id": request()} | more
        return gift_send(gift=catalogue[sku], quantity=quantity, **told)

    return send


@pytest.fixture
def shown(monkeypatch) -> list[tuple[uuid.UUID, dict[str, Any]]]:
    """What reaches the hub of this process: the room, and the event."""
    seen: list[tuple[uuid.UUID, dict[str, Any]]] = []

    def publish_soon(room_id, entries):
        seen.extend((room_id, msgspec.json.decode(entry.body)) for entry in entries)

    monkeypatch.setattr(hub, "publish_soon", publish_soon)
    return seen
