"""What streams leave on the disk when they are over, whoever owned them and however that process ended."""

import logging
import shutil
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from streams.models import Stream

from .passes import KEY_GRACE_SECONDS, KEY_SECONDS
from .stages import stages

logger = logging.getLogger(__name__)


def sweep() -> int:
    """Delete the folders of streams whose last segment key is dead. Returns how many. Queries: 1, or none."""
    folders = {}
    for folder in Path(settings.MEDIA_WORK_DIR).glob("*-*"):
        try:
            folders[UUID(folder.name)] = folder
        except ValueError:
            logger.warning("%s is no stream's folder; it is left alone", folder)
    if not folders:
        return 0
    dead_before = timezone.now() - timedelta(seconds=KEY_SECONDS + KEY_GRACE_SECONDS)
    needed = set(
        Stream.objects.filter(pk__in=folders).exclude(ended_at__lt=dead_before).values_list("pk", flat=True)
    )
    needed.update(stages.owned())
    gone = [folder for stream_id, folder in folders.items() if stream_id not in needed]
    for folder in gone:
        shutil.rmtree(folder, ignore_errors=True)
    return len(gone)
