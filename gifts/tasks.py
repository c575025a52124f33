"""What runs by the clock. Each task is only a door to a service."""

from celery import shared_task

from gifts.combos import combos_end
from gifts.goals import goals_tell


@shared_task
def gifts_settle() -> None:
    """End streaks whose time is over, and tell of goals that grew."""
    combos_end()
    goals_tell()
