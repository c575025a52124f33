"""Celery inside the server process: without Redis nobody has to start, or could reach, a second process."""

import os
import threading
from typing import TYPE_CHECKING

from celery.beat import Scheduler, Service
from celery.worker import WorkController, state

if TYPE_CHECKING:
    from celery import Celery

THREADS = 4


class EmbeddedWorker:
    """A worker with a pool of threads, and beat; both in threads of this process."""

    def __init__(self, app: "Celery") -> None:
        os.environ["CELERY_SKIP_CHECKS"] = "1"  # the command that starts us has run Django's checks
        app.conf.worker_enable_remote_control = False  # nobody could reach it over a broker in memory
        app.conf.worker_hijack_root_logger = False
        app.finalize()
        self._app = app
        self._worker = WorkController(
            app=app,
            hostname="busk@embedded",
            pool_cls="threads",
            concurrency=THREADS,
            without_heartbeat=True,
            without_mingle=True,
            without_gossip=True,
            quiet=True,
        )
        # The schedule is static and kept in memory: a restart owes nobody a tick.
        self._beat = Service(app, max_interval=1, scheduler_cls=Scheduler)
        self._threads = [
            threading.Thread(target=self._worker.start, name="celery-worker", daemon=True),
            threading.Thread(target=self._beat.start, name="celery-beat", daemon=True),
        ]

    def start(self) -> None:
        state.should_stop = None  # as an earlier worker of this process left it
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let running tasks finish, 10 s at most."""
        self._beat.stop()
        state.should_stop = os.EX_OK  # type: ignore[assignment]  # None is only its value so far
        # An idle worker looks up every 2 s, and once more before it ends. Two tasks make it look at once; they
        # expire before they run.
        for _ in range(2):
            self._app.send_task("core.tasks.outbox_sweep", expires=0.001)
        for thread in self._threads:
            thread.join(timeout=10)
