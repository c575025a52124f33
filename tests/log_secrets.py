"""Every line that the suite logs is read as it would be written, and must show nothing that opens a door."""

import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.sessions.backends.base import SessionBase

from core.logs import Lines, RequestIdFilter, SecretsFilter

PASSWORDS = ("correct horse", "battery staple")
SHAPES = {
    "a stream key": re.compile(r"live_[\w-]{20,}"),
    "a join pass": re.compile(r"[\w-]{80,}\.[\w-]{27}(?![\w-])"),
    "a signed value": re.compile(r"[\w-]+:[\w-]{6}:[\w-]{43}(?![\w-])"),
    "a CSRF token": re.compile(r"\b(?=\w*[A-Z])(?=\w*[a-z])[A-Za-z0-9]{64}\b"),
}
_MAYBE_A_SESSION = re.compile(r"\b[a-z0-9]{32}\b")


class LogReader(logging.Handler):
    """Keeps the lines with secrets in them, and which secrets."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.session_keys: set[str] = set()
        self.lines = 0
        self.setFormatter(Lines(format="json"))
        self.addFilter(SecretsFilter())
        self.addFilter(RequestIdFilter())

    def emit(self, record: logging.LogRecord) -> None:
        line = self.format(record)
        self.lines += 1
        self.found += [f"{secret}: {line}" for secret in self.secrets_in(line)]

    def secrets_in(self, line: str) -> list[str]:
        found = [f"the password {password!r}" for password in PASSWORDS if password in line]
        found += [name for name, shape in SHAPES.items() if shape.search(line)]
        if not self.session_keys.isdisjoint(_MAYBE_A_SESSION.findall(line)):
            found.append("a session key")
        return found


class LogReaderOfServer(LogReader):
    """For a process of its own: writes what it finds into a file, which whoever started it looks into."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = Path(path)

    def emit(self, record: logging.LogRecord) -> None:
        super().emit(record)
        if self.found:
            self._path.write_text("\n".join(self.found))


@pytest.fixture(scope="session")
def log_reader() -> Iterator[LogReader]:
    """Listens for the whole run, and remembers each key that a session is given."""
    reader = LogReader()
    make_key = SessionBase._get_new_session_key  # type: ignore[attr-defined]

    def remembered(session: SessionBase) -> str:
        key: str = make_key(session)
        reader.session_keys.add(key)
        return key

    patch = pytest.MonkeyPatch()
    patch.setattr(SessionBase, "_get_new_session_key", remembered)
    yield reader
    logging.getLogger().removeHandler(reader)
    patch.undo()


@pytest.fixture(autouse=True)
def _no_secret_was_logged(log_reader: LogReader) -> Iterator[None]:
    root = logging.getLogger()
    if log_reader not in root.handlers:  # loading an application configures logging anew
        root.addHandler(log_reader)
    yield
    found, log_reader.found = log_reader.found, []
    assert found == []
