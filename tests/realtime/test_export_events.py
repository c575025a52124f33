from django.conf import settings

from realtime.management.commands.export_events import PATH
from realtime.typescript import vocabulary


def test_the_typescript_vocabulary_is_up_to_date() -> None:
    written = (settings.BASE_DIR / PATH).read_text(encoding="utf-8")

    assert written == vocabulary(), "run `manage.py export_events` and commit the file"
