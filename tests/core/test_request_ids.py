"""One id goes from the request to everything it causes: its lines, what its socket calls, the tasks it queued."""

import threading

import pytest
from asgiref.testing import ApplicationCommunicator
from celery import shared_task

from config.celery import app
from config.embedded.worker import EmbeddedWorker
from core.asgi import with_request_id
from core.logs import request_id
from realtime.calls import call

seen: list[str] = []
ran = threading.Semaphore(0)


@shared_task
def note_request_id(again: bool = False) -> None:
    seen.append(request_id.get())
    if again:
        note_request_id.delay()
    ran.release()


def test_an_answer_names_its_request(client, db):
    first, second = (client.get("/healthz", headers={"X-Request-ID": "forged"}) for _ in range(2))
    assert len({first["X-Request-ID"], second["X-Request-ID"], "forged"}) == 3
    assert request_id.get() == "-"


def test_lines_that_django_writes_about_a_refusal_carry_the_id(client, db, caplog):
    answer = client.get("/no/such/page")
    (line,) = [record for record in caplog.records if record.name == "django.request"]
    assert line.request.request_id == answer["X-Request-ID"]


async def test_each_connection_has_its_own_id_and_its_calls_have_it_too():
    ids: list[tuple[str, str]] = []

    async def application(scope, receive, send):
        ids.append((request_id.get(), await call(request_id.get)))

    for _ in range(2):
        communicator = ApplicationCommunicator(with_request_id(application), {"type": "websocket"})
        await communicator.wait()
    assert [own == called for own, called in ids] == [True, True]
    assert len({own for own, _called in ids} | {"-"}) == 3


@pytest.mark.django_db(transaction=True)
def test_a_task_has_the_id_of_who_queued_it_or_one_of_its_own(monkeypatch):
    monkeypatch.setitem(app.conf, "beat_schedule", {})
    seen.clear()
    app.control.purge()  # what other tests queued
    worker = EmbeddedWorker(app)
    worker.start()
    try:
        token = request_id.set("of-the-request")
        note_request_id.delay(again=True)
        request_id.reset(token)
        assert ran.acquire(timeout=20)
        assert ran.acquire(timeout=20)
        note_request_id.delay()
        assert ran.acquire(timeout=20)
    finally:
        worker.stop()
    assert seen[:2] == ["of-the-request"] * 2, "also what the task queues"
    assert len(seen[2]) == 32
