"""What runs by the clock, or takes too long for an answer. Each task is only a door to a service."""

import uuid

from celery import shared_task
from django.utils import timezone

from accounts import ages, exports, renames


@shared_task
def age_bands_advance() -> None:
    """People grow older."""
    ages.bands_advance(today=timezone.now().date())


@shared_task
def export_build(export_id: str) -> None:
    """Gather everything about a person and mail them the link."""
    exports.export_build(export_id=uuid.UUID(export_id))


@shared_task
def exports_sweep() -> None:
    """Data exports that were lost or are over."""
    exports.exports_sweep()


@shared_task
def held_names_sweep() -> None:
    """Names of erased people become free, and unknown."""
    renames.held_names_sweep()
