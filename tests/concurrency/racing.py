"""Running things at the same time, each on its own connection, with the window of the race held open."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from django.db import connections
from django.db.models import QuerySet


def at_once(count: int, work: Callable[[int], Any]) -> list[Any]:
    """What ``work(0..count-1)`` returned or raised, all begun behind one barrier."""
    gate = threading.Barrier(count)

    def run(number: int) -> Any:
        try:
            gate.wait(timeout=10)
            return work(number)
        except Exception as error:  # the race's outcome is what the test looks at
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


@contextmanager
def locks_removed(monkeypatch: Any) -> Iterator[None]:
    """``select_for_update`` locks nothing: the twin that shows the race is real and the test would see it."""
    with monkeypatch.context() as patch:
        patch.setattr(QuerySet, "select_for_update", lambda self, *args, **kwargs: self.all())
        yield
