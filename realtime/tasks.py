from celery import shared_task

from realtime import store


@shared_task
def stored_events_prune() -> None:
    """Forget the events that no client can still ask for."""
    store.prune()
