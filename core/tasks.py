from celery import shared_task

from core import facts


@shared_task
def outbox_sweep() -> None:
    """Deliver what a process that died, or a handler that failed, left in the outbox."""
    facts.sweep()
