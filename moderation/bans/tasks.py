"""What runs by the clock. Each task is only a door to a service."""

from celery import shared_task

from moderation.bans import evasion


@shared_task
def sightings_forget() -> None:
    """Forget who came with what more than 30 days ago, and bans of networks that are over."""
    evasion.old_forget()
