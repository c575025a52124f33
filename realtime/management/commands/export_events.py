from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from typing_extensions import override

from realtime.typescript import vocabulary

PATH = Path("frontend/src/realtime/events.gen.ts")


class Command(BaseCommand):
    help = f"Write the events and commands of rooms to {PATH}, for the front end."
    requires_system_checks = []

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        path = settings.BASE_DIR / PATH
        path.write_text(vocabulary(), encoding="utf-8")
        self.stdout.write(f"Wrote {PATH}")
