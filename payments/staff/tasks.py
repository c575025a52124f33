"""What runs by the clock for staff. Each task is only a door to a service."""

from celery import shared_task

from payments.provider import payments_mode
from payments.staff import evidence, refunding, reminding, warnings


@shared_task
def staff_remind() -> None:
    """Tell of evidence that is due, and end requests on which nobody decided."""
    reminding.disputes_remind()
    refunding.requests_expire()


@shared_task
def staff_look() -> None:
    """Hand in evidence that waits, and look for warnings of which nobody told us."""
    if payments_mode() != "off":
        evidence.evidence_sweep()
        warnings.warnings_look_or_say()
