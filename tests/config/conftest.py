import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest


@pytest.fixture
def home() -> Iterator[Path]:
    """An empty folder that PostgreSQL's own account may reach, which pytest's private one is not."""
    folder = Path(tempfile.mkdtemp(prefix="busk-"))
    folder.chmod(0o755)
    yield folder
    for process in processes_naming(folder):
        process.kill()
    shutil.rmtree(folder)


def processes_naming(folder: Path) -> list[psutil.Process]:
    """Living processes that carry the folder in their command line, as PostgreSQL does with its data."""
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        named = any(str(folder) in word for word in process.info["cmdline"] or [])
        if named and process.info["status"] != psutil.STATUS_ZOMBIE and process.pid != os.getpid():
            found.append(process)
    return found
