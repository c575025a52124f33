"""docs/api.md tells what the limits are."""

import re

from django.conf import settings

from chat.services import CREATOR_MESSAGES_PER_WINDOW, MESSAGES_PER_WINDOW, WINDOW_SECONDS

DOCUMENT = (settings.BASE_DIR / "docs" / "api.md").read_text()


def test_every_bucket_and_its_number_is_documented():
    rows = dict(re.findall(r"^\| `([a-z]+)` \| (\d+)[^|]*\|", DOCUMENT, re.MULTILINE))
    documented = {
        name: int(number) for name, number in rows.items() if name in {*settings.RATE_LIMITS, "chat"}
    }
    assert documented == {name: own for name, (own, _together) in settings.RATE_LIMITS.items()} | {
        "chat": MESSAGES_PER_WINDOW
    }
    assert f"{MESSAGES_PER_WINDOW} in {WINDOW_SECONDS} s" in DOCUMENT
    assert f"creators in their own room {CREATOR_MESSAGES_PER_WINDOW}" in DOCUMENT
