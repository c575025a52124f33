"""docs/operations.md names every setting and every check there is, and no other."""

import re
from pathlib import Path

from config.embedded.postgres import CHECKOUT

PAGE = (CHECKOUT / "docs" / "operations.md").read_text()
APPS = ("accounts", "chat", "config", "core", "gifts", "payments", "realtime", "streams")
READ_BY_OTHERS = {
    "DJANGO_SETTINGS_MODULE",
    "STRIPE_SECRET_KEY",
    "STRIPE_WEBHOOK_SECRET",
}  # Django; by name in checks


def sources() -> list[Path]:
    return [path for app in APPS for path in (CHECKOUT / app).rglob("*.py")]


def test_every_setting_is_in_the_table_and_nothing_else() -> None:
    reading = re.compile(r"""env\.\w+\(\s*"([A-Z][A-Z0-9_]+)\"""")
    read = {name for path in sources() for name in reading.findall(path.read_text())}
    documented = set(re.findall(r"^\| `([A-Z][A-Z0-9_]+)` \|", PAGE, re.MULTILINE))
    assert documented == read | READ_BY_OTHERS


def test_every_check_is_in_the_table_and_nothing_else() -> None:
    raised = set(re.findall(r"busk\.[EW]\d{3}", (CHECKOUT / "config" / "checks.py").read_text()))
    assert set(re.findall(r"^\| (busk\.[EW]\d{3}) \|", PAGE, re.MULTILINE)) == raised
