"""What runs by the clock, or takes too long for an answer. Each task is only a door to a service."""

import uuid

from celery import shared_task

from moderation.legal import services


@shared_task
def notice_mail(notice_id: str) -> None:
    """Mail the sender of a notice what became of it."""
    services.notice_mail(notice_id=uuid.UUID(notice_id))


@shared_task
def notices_sweep() -> None:
    """Mails that were lost."""
    services.notices_sweep()


@shared_task
def counter_notices_restore() -> None:
    """Put back what nobody asked a court about in time."""
    services.counter_notices_restore()
