"""What runs by the clock, or soon after a webhook. Each task is only a door to a service."""

from celery import shared_task

from payments.orders import limits, looking, movements, refunds, webhooks
from payments.provider import payments_mode


@shared_task
def provider_events_handle() -> None:
    """Handle what the provider told."""
    if payments_mode() != "off":
        webhooks.events_handle()


@shared_task
def orders_look() -> None:
    """Ask the provider about orders and refunds that wait: webhooks get lost."""
    if payments_mode() != "off":
        looking.orders_look()
        refunds.refunds_look()


@shared_task
def movements_fetch() -> None:
    """Have the provider's account of our balance, for the books to be compared with."""
    if payments_mode() != "off":
        movements.movements_fetch()


@shared_task
def payment_traces_forget() -> None:
    """Forget what was told, and from where was tried to pay, when it cannot matter any more."""
    webhooks.events_forget()
    limits.traces_forget()
