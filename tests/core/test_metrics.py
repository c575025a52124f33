"""What Prometheus is told, and who may hear it."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection
from django.test import Client, override_settings
from prometheus_client.parser import text_string_to_metric_families

from chat.models import AuthorRole
from chat.services import Line, messages_accept
from config.embedded.postgres import CHECKOUT
from core.ids import new_id
from core.models import OutboxFact
from realtime import metrics
from tests.realtime import rooms

TOKEN = "a-token-of-the-operators"


@pytest.fixture
def value(client, db) -> Callable[..., float]:
    """One number of /metrics; 0 for one that nobody counted yet."""

    def read(name: str, **labels: str) -> float:
        answer = client.get("/metrics")
        assert answer.status_code == 200
        for family in text_string_to_metric_families(answer.text):
            for sample in family.samples:
                if sample.name == name and labels.items() <= sample.labels.items():
                    return sample.value
        return 0

    return read


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("10.0.0.7", {}, 404),
        ("", {}, 404),
        ("127.0.0.1", {"X-Forwarded-For": "10.0.0.7"}, 404),
        ("10.0.0.7", {"X-Forwarded-For": "127.0.0.1"}, 404),
        ("10.0.0.7", {"Authorization": f"Bearer {TOKEN}"}, 200),
        ("127.0.0.1", {"X-Forwarded-For": "10.0.0.7", "Authorization": f"Bearer {TOKEN}"}, 200),
        ("10.0.0.7", {"Authorization": f"Bearer {TOKEN}x"}, 404),
        ("10.0.0.7", {"Authorization": "Bearer é"}, 404),
    ],
)
@override_settings(METRICS_TOKEN=TOKEN)
def test_only_this_machine_and_the_token_may_read(db, address, headers, status):
    assert Client(REMOTE_ADDR=address).get("/metrics", headers=headers).status_code == status


@override_settings(METRICS_TOKEN="")
def test_without_a_token_none_opens(db):
    away = Client(REMOTE_ADDR="10.0.0.7")
    assert away.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


def test_a_request_is_counted_by_its_route_and_never_by_its_address(client, value, live_stream):
    labels = {"route": "api/streams/<uuid:stream_id>", "method": "GET", "status": "200"}
    before = value("busk_http_requests_total", **labels)
    for _ in range(2):
        client.get(f"/api/streams/{live_stream.pk}")
    assert value("busk_http_requests_total", **labels) == before + 2
    assert value("busk_http_request_seconds_count", route=labels["route"], method="GET") >= 2


def test_what_callers_make_up_makes_no_series(client, value):
    made_up = uuid4().hex
    client.get(f"/{made_up}")
    client.generic("BREW" + made_up.upper(), "/live")
    text = client.get("/metrics").text
    assert made_up not in text.lower()
    assert value("busk_http_requests_total", route="unmatched", status="404") >= 1
    assert value("busk_http_requests_total", method="other") >= 1


def test_streams_viewers_and_the_outbox_are_read_when_asked(
    value, live_stream, client, django_assert_num_queries
):
    live_stream.viewers_peak = live_stream.viewers_current = 3
    live_stream.save()
    assert value("busk_live_streams") == 1
    assert value("busk_live_viewers") == 3
    assert value("busk_outbox_oldest_seconds") < 60
    row = OutboxFact.objects.create(name="x", payload={}, claimed_at="2026-01-01T00:00Z")
    OutboxFact.objects.filter(pk=row.pk).update(created_at="2026-01-01T00:00Z")
    assert value("busk_outbox_oldest_seconds") > 60
    with django_assert_num_queries(8):  # streams, outbox, books, and what waits for staff
        client.get("/metrics")


def test_without_the_database_the_rest_is_told_after_one_wait(client, db):
    asked = []

    def refuse(*args):
        asked.append(args)
        raise DatabaseError("gone")

    with connection.execute_wrapper(refuse):
        answer = client.get("/metrics")
    assert answer.status_code == 200
    assert "busk_sockets" in answer.text
    assert "busk_live_streams" not in answer.text
    assert len(asked) == 1


def test_lines_are_counted_by_what_became_of_them(value, live_stream, bob):
    before = {
        outcome: value("busk_chat_lines_total", outcome=outcome)
        for outcome in ("accepted", "repeated", "refused")
    }
    line = Line(
        user_id=bob.pk, party_id=bob.party_id, name="bob", role=AuthorRole.VIEWER, client_id="a", text="hello"
    )
    messages_accept(stream_id=live_stream.pk, lines=[line])
    messages_accept(stream_id=live_stream.pk, lines=[line] * 20)
    assert value("busk_chat_lines_total", outcome="accepted") == before["accepted"] + 1
    assert value("busk_chat_lines_total", outcome="repeated") == before["repeated"] + 20


@pytest.mark.django_db(transaction=True)
async def test_a_frame_is_counted_once_however_many_receive_it():
    frames, deliveries = (counter._value.get() for counter in (metrics.FRAMES, metrics.DELIVERIES))
    room = rooms.room_at(0, new_id())
    sockets = [rooms.enter(room) for _ in range(5)]
    room.receive([rooms.passing()])
    await asyncio.sleep(0.05)
    assert all(len(received.frames) == 1 for _socket, received in sockets)
    assert metrics.FRAMES._value.get() == frames + 1
    assert metrics.DELIVERIES._value.get() == deliveries + 5
    closed = metrics.CLOSED.labels("4008")._value.get()
    sockets[0][0].close(4008, "too slow")
    sockets[0][0].close(4008, "too slow")
    assert metrics.CLOSED.labels("4008")._value.get() == closed + 1


def test_several_processes_are_added_up(tmp_path):
    said = "from realtime.metrics import *; SOCKETS.set({}); FRAMES.inc({})"
    asked = (
        "import django; django.setup();"
        "from django.test import Client; print(Client(REMOTE_ADDR='::1', SERVER_NAME='localhost').get('/metrics').text)"
    )
    variables = os.environ | {
        "PROMETHEUS_MULTIPROC_DIR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
        "BUSK_LOG_LEVEL": "CRITICAL",
    }
    outputs = [
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=CHECKOUT,
            env=variables,
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for code in (said.format(2, 10), said.format(3, 5), asked)
    ]
    lines = outputs[-1].splitlines()
    assert "busk_sockets 5.0" in lines
    assert "busk_room_frames_total 15.0" in lines
