"""Tasks run in the server's own process when there is no Redis."""

import threading
import time

import pytest
from celery import current_app, shared_task

from config.celery import app
from config.embedded.worker import EmbeddedWorker

ran = threading.Event()


@shared_task
def ring() -> None:
    ran.set()


def test_every_task_of_the_schedule_exists() -> None:
    app.loader.import_default_modules()
    assert {entry["task"] for entry in app.conf.beat_schedule.values()} <= set(app.tasks)


def test_tasks_are_queued_and_never_run_in_the_caller() -> None:
    assert not app.conf.task_always_eager
    assert current_app.main == app.main


@pytest.mark.django_db(transaction=True)
def test_the_embedded_worker_runs_tasks_at_once_and_stops_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.conf, "beat_schedule", {})
    worker = EmbeddedWorker(app)
    worker.start()
    try:
        began = time.monotonic()
        ring.delay()
        assert ran.wait(10)
        print(f"ran after {time.monotonic() - began:.2f} s")  # noqa: T201 - for the reader of -rP
    finally:
        began = time.monotonic()
        worker.stop()
    assert time.monotonic() - began < 8
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("celery")]
