"""What the sandbox remembers: objects by id, answers by idempotency key; in memory, and in a file if it has one."""

import json
import os
import secrets
import threading
from pathlib import Path
from typing import Any

Thing = dict[str, Any]


class Store:
    """Everything of one account. ``lock`` is held by whoever reads or writes."""

    def __init__(self, path: Path | None = None) -> None:
        self.lock = threading.RLock()
        self._path = path
        self.objects: dict[str, Thing] = {}
        self.answers: dict[str, Thing] = {}
        if path is not None and path.exists():
            kept = json.loads(path.read_text(encoding="utf-8"))
            self.objects, self.answers = kept["objects"], kept["answers"]

    def add(self, kind: str, prefix: str, **fields: Any) -> Thing:
        thing = {"id": f"{prefix}_{secrets.token_hex(12)}", "object": kind, "livemode": False, **fields}
        self.objects[thing["id"]] = thing
        return thing

    def get(self, kind: str, wanted: str) -> Thing | None:
        thing = self.objects.get(wanted)
        return thing if thing is not None and thing["object"] == kind else None

    def all(self, kind: str, **fields: Any) -> list[Thing]:
        """Newest first."""
        found = [thing for thing in self.objects.values() if thing["object"] == kind]
        return [
            thing
            for thing in reversed(found)
            if all(thing.get(name) == value for name, value in fields.items())
        ]

    def keep(self) -> None:
        """Write it down, whole or not at all."""
        if self._path is None:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        half = self._path.with_suffix(".half")
        with open(half, "w", encoding="utf-8", opener=_private) as file:
            json.dump({"objects": self.objects, "answers": self.answers}, file)
        half.rename(self._path)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
