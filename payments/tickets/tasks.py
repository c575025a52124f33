"""What runs by the clock. Each task is only a door to a service."""

from celery import shared_task

from payments.tickets import access, refunds


@shared_task
def previews_end() -> None:
    """Put out whose preview is over."""
    access.previews_end()


@shared_task
def tickets_use() -> None:
    """Note whose picture has come."""
    refunds.tickets_use()


@shared_task
def ticket_prices_return() -> None:
    """Give back what tickets cost that were good for nothing."""
    refunds.prices_return()


@shared_task
def previews_forget() -> None:
    """Forget who had a preview once it cannot matter any more."""
    access.previews_forget()
