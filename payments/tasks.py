"""What runs by the clock. Each task is only a door to a service."""

from celery import shared_task

from payments.creators.live import earnings_tell
from payments.earnings import earnings_release as release
from payments.ledger.check import ledger_check as check
from payments.ledger.folding import fold


@shared_task
def credits_fold() -> None:
    """Add gifts to creators' balances, streams' totals and leaderboards, and tell the studios."""
    fold()
    earnings_tell()


@shared_task
def earnings_release() -> None:
    """What was on hold long enough becomes available."""
    release()


@shared_task
def ledger_check() -> None:
    """Whether the books are in order."""
    check()
