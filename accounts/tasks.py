"""What runs by the clock, or takes too long for an answer. Each task is only a door to a service."""

from celery import shared_task
from django.utils import timezone

from accounts import ages


@shared_task
def age_bands_advance() -> None:
    """People grow older."""
    ages.bands_advance(today=timezone.now().date())
