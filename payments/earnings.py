"""What creators earn in money, and when it stops being on hold."""

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from core.locks import lock_until_commit
from payments.errors import AmountInvalid
from payments.fees import Split, split
from payments.ledger.posting import Line, account_of, begin, book, owed_on
from payments.models import AccountKind, Earning, EarningSource
from payments.terms import book_terms

AT_ONCE = 1000


@transaction.atomic
def sale_book(
    *,
    source: EarningSource,
    creator_id: uuid.UUID,
    stream_id: uuid.UUID | None,
    gross: int,
    processing: int,
    order_reference: str,
    charged_at: datetime,
    key: str,
) -> Split:
    """Book a tip or a ticket that was paid: the fee rule of docs/money.md. A repeat changes nothing.

    ``creator_id`` is their party. Amounts are in the books' currency as settled, ``processing`` what the provider kept:
    of it the creator bears no more than their part, and we the rest: what was paid is never left out of the books.
    Queries: 8, or 9. Raises: AmountInvalid, KeyUsedOtherwise.
    """
    if gross <= 0 or processing < 0:
        raise AmountInvalid(price=gross, processing=processing)
    parts = split(gross=gross, processing=processing)
    beyond = max(-parts.creator, 0)
    parts = replace(parts, processing=processing - beyond)
    now, currency = timezone.now(), book_terms().currency
    content = {
        "source": source, "creator": creator_id, "stream": stream_id, "gross": gross, "processing": processing,
        "currency": currency, "order": order_reference,
    }  # fmt: skip
    begun = begin(kind=source, key=key, content=content, at=now, about=f"order:{order_reference}")
    if not begun.fresh:
        return parts
    pending = account_of(AccountKind.PENDING, currency, creator_id)
    book(
        begun.id,
        [
            Line(account_of(AccountKind.PROVIDER, currency), gross - processing),
            Line(account_of(AccountKind.PLATFORM, currency), -parts.platform),
            *([Line(account_of(AccountKind.PROCESSING, currency), beyond)] if beyond else []),
        ],
        creators=[Line(pending, -parts.creator)],
    )
    Earning.objects.create(
        transaction_id=begun.id,
        source=source,
        creator_id=creator_id,
        stream_id=stream_id,
        gross=gross,
        processing=parts.processing,
        amount=parts.creator,
        order_reference=order_reference,
        charged_at=charged_at,
    )
    return parts


def sale_split(*, order_reference: str) -> Split | None:
    """Who got what of a tip or a ticket, as booked, in the books' currency. None for anything else. Queries: 1."""
    sold = Earning.objects.filter(order_reference=order_reference).first()
    if sold is None:
        return None
    return Split(sold.gross, sold.gross - sold.processing - sold.amount, sold.processing)


def earnings_release(*, now: datetime | None = None) -> int:
    """Make what was on hold long enough available, one transaction per creator and round. Returns how many earnings.

    Two at once release different creators, or one waits for the other. Queries: 1, and about 10 per creator.
    """
    now = now or timezone.now()
    released = 0
    creators = list(_due(now).order_by("creator_id").values_list("creator_id", flat=True).distinct())
    for creator_id in creators:
        while some := _release_of(creator_id, now):
            released += some
    return released


def creator_lock(creator_id: uuid.UUID) -> None:
    """Let nobody else move what this creator has pending or owes until commit. Gifts and sales only add. Queries: 1."""
    lock_until_commit(f"earnings:{creator_id}")


def _due(now: datetime) -> QuerySet[Earning]:
    stream_over = Q(stream=None) | Q(stream__ended_at__lte=now - timedelta(days=settings.HOLD_STREAM_DAYS))
    charged_before = now - timedelta(days=settings.HOLD_CHARGE_DAYS)
    return Earning.objects.filter(stream_over, is_pending=True, charged_at__lte=charged_before)


@transaction.atomic
def _release_of(creator_id: uuid.UUID, now: datetime) -> int:
    creator_lock(creator_id)
    due: Sequence[Earning] = list(_due(now).filter(creator_id=creator_id).order_by("id")[:AT_ONCE])
    if not due:
        return 0
    Earning.objects.filter(pk__in=[earning.pk for earning in due]).update(is_pending=False)
    amount = sum(earning.amount - earning.taken for earning in due)
    if amount == 0:
        return len(due)
    currency = book_terms().currency
    pending, available, debt = (
        account_of(kind, currency, creator_id)
        for kind in (AccountKind.PENDING, AccountKind.AVAILABLE, AccountKind.DEBT)
    )
    repaid = min(amount, max(-owed_on(debt), 0))
    begun = begin(
        kind="release",
        key=f"release:{creator_id}:{due[0].pk}-{due[-1].pk}",
        content={"earnings": [earning.pk for earning in due], "amount": amount},
        at=now,
    )
    book(
        begun.id,
        [],
        creators=[Line(pending, amount), Line(debt, -repaid), Line(available, repaid - amount)],
    )
    return len(due)


def pending_take(creator_id: uuid.UUID, most: int) -> int:
    """Take up to so much out of what a creator has pending, oldest first. Answers how much there was.

    ``creator_lock`` must be held; the entries are up to the caller. Queries: 2.
    """
    left = most
    changed = []
    for earning in Earning.objects.filter(
        creator_id=creator_id, is_pending=True, amount__gt=F("taken")
    ).order_by("id"):
        if left == 0:
            break
        piece = min(earning.amount - earning.taken, left)
        earning.taken += piece
        left -= piece
        changed.append(earning)
    Earning.objects.bulk_update(changed, ["taken"])
    return most - left
