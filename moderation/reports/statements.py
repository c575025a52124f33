"""Telling people what was decided: on their page of notices, and by mail."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.core.cache import cache
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Q, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from core.errors import NotFound
from moderation.reports.models import Decision, Statement

# As in accounts.exports: whoever claimed a mail this long ago is gone. What is older than TRIED is not sent any more.
CLAIM, TRIED = timedelta(minutes=10), timedelta(days=2)
UNREAD_SECONDS = 300
_SALT = "moderation.statement"


def statement_add(
    *, party_id: uuid.UUID, kind: str, title: str, text: str, decision: Decision | None = None
) -> Statement:
    """Tell somebody, in the transaction of what it is about; the mail leaves after it. Queries: 1."""
    statement = Statement.objects.create(
        party_id=party_id, kind=kind, title=title, text=text, decision=decision, created_at=timezone.now()
    )
    transaction.on_commit(lambda: _told(statement))
    return statement


@transaction.atomic
def statement_read(*, person: User, statement_id: uuid.UUID) -> Statement:
    """Note that the person has seen it. Raises: NotFound, also for what somebody else was told."""
    statement = Statement.objects.filter(pk=statement_id, party=person.party_id).first()
    if statement is None:
        raise NotFound()
    if statement.read_at is None:
        statement.read_at = timezone.now()
        statement.save(update_fields=["read_at"])
        transaction.on_commit(lambda: cache.delete(_unread_key(person.party_id)))
    return statement


def statements_of(person: User) -> QuerySet[Statement]:
    """What somebody was told, newest first. Queries: 1."""
    return (
        Statement.objects.filter(party=person.party_id)
        .select_related("decision__appeal", "decision__case")
        .order_by("-id")
    )


def unread_count(person: User) -> int:
    """How much they have not read, at most five minutes ago. Queries: none on a cache hit, else 1."""
    key = _unread_key(person.party_id)
    count: int | None = cache.get(key)
    if count is None:
        count = Statement.objects.filter(party=person.party_id, read_at=None).count()
        cache.set(key, count, timeout=UNREAD_SECONDS)
    return count


def statement_mail(*, statement_id: uuid.UUID) -> None:
    """Send the mail, of several at once one does. Must not run in a transaction: it sends mail."""
    now = timezone.now()
    waiting = Statement.objects.filter(pk=statement_id, mailed_at=None)
    if not waiting.filter(Q(mail_claimed_at=None) | Q(mail_claimed_at__lt=now - CLAIM)).update(
        mail_claimed_at=now
    ):
        return
    statement = Statement.objects.select_related("party").get(pk=statement_id)
    user = User.objects.filter(party=statement.party_id).first()
    if user is not None and user.email:
        text = render_to_string(
            "moderation/email/notice.txt",
            {
                "statement": statement,
                "name": user.name,
                "link": settings.PUBLIC_URL + _address(statement),
                "site_name": settings.SITE_NAME,
            },
        )
        send_mail(f"{settings.SITE_NAME}: {statement.title}", text, settings.DEFAULT_FROM_EMAIL, [user.email])
    waiting.update(mailed_at=timezone.now())


def statements_sweep() -> None:
    """Mails that were lost with their worker. Queries: 1."""
    now = timezone.now()
    lost = Statement.objects.filter(
        mailed_at=None, created_at__lt=now - CLAIM, created_at__gt=now - TRIED
    ).values_list("pk", flat=True)
    for statement_id in lost:
        _mail_soon(statement_id)


def statement_token(statement: Statement) -> str:
    """What lets its holder read this one statement, and object to it, without signing in."""
    return signing.TimestampSigner(salt=_SALT).sign(statement.pk.hex)


def statement_of_token(token: str) -> Statement:
    """Queries: 1. Raises: NotFound, also once the link is over."""
    days = settings.APPEAL_DAYS + settings.STRIKE_DAYS
    try:
        name = signing.TimestampSigner(salt=_SALT).unsign(token, max_age=timedelta(days=days))
    except signing.BadSignature:
        raise NotFound() from None
    found = (
        Statement.objects.select_related("decision__appeal", "decision__case", "party__user")
        .filter(pk=uuid.UUID(name))
        .first()
    )
    if found is None:
        raise NotFound()
    return found


def _address(statement: Statement) -> str:
    """What needs no sign-in is only for those who may not be able to sign in."""
    if statement.decision_id is None:
        return reverse("moderation:notices")
    return reverse("moderation:notice-by-mail", args=[statement_token(statement)])


def _told(statement: Statement) -> None:
    cache.delete(_unread_key(statement.party_id))
    _mail_soon(statement.pk)


def _mail_soon(statement_id: uuid.UUID) -> None:
    from moderation.reports import tasks  # it imports this module

    tasks.statement_mail.delay(str(statement_id))


def _unread_key(party_id: uuid.UUID) -> str:
    return f"notices-unread:{party_id}"
