"""What goes along with a task: the id of the request that queued it; and what is counted of it."""

import time
from typing import Any

from celery.signals import before_task_publish, task_postrun, task_prerun

from core.ids import new_id
from core.logs import request_id
from core.metrics import TASK_SECONDS, TASKS

_HEADER = "request_id"
_STARTED = "busk_started"


@before_task_publish.connect
def _send_along(headers: dict[str, Any] | None = None, **kwargs: Any) -> None:
    if headers is not None and (current := request_id.get()) != "-":
        headers[_HEADER] = current


@task_prerun.connect
def _begin(task: Any, **kwargs: Any) -> None:
    request_id.set(getattr(task.request, _HEADER, None) or new_id().hex)
    setattr(task.request, _STARTED, time.perf_counter())


@task_postrun.connect
def _end(task: Any, state: str | None = None, **kwargs: Any) -> None:
    TASKS.labels(task.name, (state or "unknown").lower()).inc()
    if (started := getattr(task.request, _STARTED, None)) is not None:
        TASK_SECONDS.labels(task.name).observe(time.perf_counter() - started)
    request_id.set("-")
