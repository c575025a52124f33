"""Promo codes. How often one was used is counted from its tickets, so that nothing has to be given back by anybody."""

import re
import uuid
from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from core.errors import InvalidInput, NotFound
from payments.errors import CurrencyUnknown
from payments.orders.models import WAITING
from payments.terms import terms
from payments.tickets.errors import PromoCodeRefused, PromoCodeTaken
from payments.tickets.models import PromoCode, Ticket, TicketState, VoidReason
from streams.models import Stream

USES_MOST = 100_000
AMOUNT_MOST = 99_999
_CODE = re.compile(r"[A-Z0-9][A-Z0-9_-]{2,23}")

# Whose use counts: not of those who got their money back, or gave up paying.
_COUNTED = (
    Q(state=TicketState.VALID)
    | Q(state=TicketState.WAITING, order__state__in=WAITING)
    | Q(void_reason=VoidReason.DISPUTED)
)


def code_make(
    *,
    stream: Stream,
    code: str,
    percent: int | None = None,
    amount: int | None = None,
    currency: str = "",
    uses_most: int | None = None,
    expires_at: datetime | None = None,
    everywhere: bool = False,
) -> PromoCode:
    """Lower the price of this stream, or of ``everywhere`` that its creator sells, for whoever knows the word.

    Either ``percent`` or ``amount``, in minor units of ``currency``. Queries: 1. Raises: InvalidInput, CurrencyUnknown,
    PromoCodeTaken.
    """
    text = normal(code)
    problems: dict[str, list[str]] = {}
    if not _CODE.fullmatch(text):
        problems["code"] = ["3 to 24 letters, digits, - or _."]
    if (percent is None) == (amount is None):
        problems["percent"] = ["Take off a percentage or an amount, not both."]
    elif percent is not None and not 1 <= percent <= 100:
        problems["percent"] = ["From 1 to 100."]
    elif amount is not None and not 1 <= amount <= AMOUNT_MOST:
        problems["amount"] = [f"From 1 to {AMOUNT_MOST}, in minor units."]
    if uses_most is not None and not 1 <= uses_most <= USES_MOST:
        problems["uses_most"] = [f"From 1 to {USES_MOST:,}."]
    if expires_at is not None and expires_at <= timezone.now():
        problems["expires_at"] = ["That is over already."]
    if problems:
        raise InvalidInput(**problems)
    if amount is not None and currency not in terms():
        raise CurrencyUnknown(currency=currency)
    try:
        with transaction.atomic():
            return PromoCode.objects.create(
                creator_id=stream.party_id,
                stream=None if everywhere else stream,
                code=text,
                percent=percent,
                amount=amount,
                currency=currency if amount is not None else "",
                uses_most=uses_most,
                expires_at=expires_at,
                created_at=timezone.now(),
            )
    except IntegrityError as taken:
        raise PromoCodeTaken(code=text) from taken


def code_revoke(*, stream: Stream, code_id: uuid.UUID) -> None:
    """Nobody buys with it any more; what was bought stays. Queries: 1. Raises: NotFound."""
    if not codes_of(stream).filter(pk=code_id, revoked_at=None).update(revoked_at=timezone.now()):
        raise NotFound()


def codes_of(stream: Stream) -> QuerySet[PromoCode]:
    """What lowers the price of this stream, also once it was revoked. Queries: 1."""
    return PromoCode.objects.filter(Q(stream=stream) | Q(stream=None), creator_id=stream.party_id)


def code_for(*, stream: Stream, text: str) -> PromoCode | None:
    """The code that this word is at this stream; the stream's own before one of all. Queries: 1."""
    found = codes_of(stream).filter(code=normal(text), revoked_at=None)
    return found.order_by("stream_id").first()


def code_use(code: PromoCode) -> None:
    """Make sure that one more may use it; the ticket that does so is to be written in this transaction.

    Locks: the code until commit, so that the last use is given once. Queries: 2. Raises: PromoCodeRefused.
    """
    locked = PromoCode.objects.select_for_update(no_key=True).get(pk=code.pk)
    if locked.revoked_at is not None:
        raise PromoCodeRefused(reason="unknown")
    if locked.expires_at is not None and locked.expires_at <= timezone.now():
        raise PromoCodeRefused(reason="expired")
    if uses_left(locked) == 0:
        raise PromoCodeRefused(reason="spent")


def uses(code: PromoCode) -> int:
    """By whoever has a ticket by it, or still may pay for one; not by those who got their money back. Queries: 1."""
    return code.tickets.filter(_COUNTED).count()


def uses_of(codes: Sequence[PromoCode]) -> dict[uuid.UUID, int]:
    """The same of many, by their ids; one that nobody used is left out. Queries: 1."""
    used = Ticket.objects.filter(_COUNTED, promo_code__in=codes).order_by()
    return dict(used.values_list("promo_code").annotate(Count("pk")))


def uses_left(code: PromoCode) -> int | None:
    """None is without end. Queries: none, or 1."""
    return None if code.uses_most is None else max(code.uses_most - uses(code), 0)


def normal(text: str) -> str:
    return text.strip().upper()
