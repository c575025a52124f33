from celery import shared_task

from core import facts, idempotency


@shared_task
def outbox_sweep() -> None:
    """Deliver what a process that died, or a handler that failed, left in the outbox."""
    facts.sweep()


@shared_task
def idempotent_answers_sweep() -> None:
    """Forget what nobody may repeat any more."""
    idempotency.sweep()
