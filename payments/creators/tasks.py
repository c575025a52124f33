"""What runs by the clock. Each task is only a door to a service."""

from celery import shared_task

from payments.creators import alerts


@shared_task
def senders_check() -> None:
    """Alert staff to creators whose week is mostly one sender's."""
    alerts.senders_check()
