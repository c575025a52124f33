"""What runs by the clock, or takes too long for an answer. Each task is only a door to a service."""

import uuid

from celery import shared_task

from moderation.reports import retention, statements


@shared_task
def statement_mail(statement_id: str) -> None:
    """Mail somebody what they were told."""
    statements.statement_mail(statement_id=uuid.UUID(statement_id))


@shared_task
def statements_sweep() -> None:
    """Mails that were lost."""
    statements.statements_sweep()


@shared_task
def evidence_forget() -> None:
    """Evidence of what was decided long ago."""
    retention.evidence_forget()
