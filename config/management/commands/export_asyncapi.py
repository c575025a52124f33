from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from typing_extensions import override

PATH = Path("docs/asyncapi.yaml")


class Command(BaseCommand):
    help = f"Write the document of the sockets to {PATH}."
    requires_system_checks = []

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        from config.asyncapi import document

        (settings.BASE_DIR / PATH).write_text(document(), encoding="utf-8")
        self.stdout.write(f"Wrote {PATH}")
