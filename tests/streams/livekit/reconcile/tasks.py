"""Tasks as the worker would run them, when the test says so."""

import time
from dataclasses import dataclass, field
from typing import Any

from celery import Task, current_app


@dataclass
class Queue:
    """What was sent to the worker: when it is due, which task, with what."""

    waiting: list[tuple[float, str, tuple[Any, ...]]] = field(default_factory=list)

    def take(
        self,
        task: "Task[Any, Any]",
        args: Any = None,
        kwargs: Any = None,
        countdown: float = 0,
        **options: Any,
    ) -> None:
        self.waiting.append((time.time() + (countdown or 0), task.name, tuple(args or ())))

    def run(self) -> None:
        """All of it, as if the time had come, and what follows from it."""
        while self.waiting:
            self._run(self.waiting.pop(0))

    def run_due(self) -> None:
        """What is due by now."""
        while due := [entry for entry in self.waiting if entry[0] <= time.time()]:
            self.waiting.remove(due[0])
            self._run(due[0])

    def names(self) -> list[str]:
        return [name for _, name, _ in self.waiting]

    def _run(self, entry: tuple[float, str, tuple[Any, ...]]) -> None:
        current_app.tasks[entry[1]](*entry[2])
