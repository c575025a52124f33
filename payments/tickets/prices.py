"""What a ticket costs: set by the creator before anybody bought one, and lowered by promo codes."""

import uuid
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from core.errors import NotFound
from payments.errors import CurrencyUnknown
from payments.fees import Split, split_expected
from payments.orders.prices import LEAST as PAYMENT_LEAST
from payments.rounding import share
from payments.terms import book_terms, terms
from payments.tickets.errors import PriceInvalid, PriceSettled, PromoCodeRefused
from payments.tickets.models import PromoCode, StreamPrice, Ticket, TicketState
from payments.tickets.promo_codes import code_for, uses_left
from streams.errors import StreamOver
from streams.models import Stream, StreamStatus
from streams.services import stream_ticketed_set

MOST = 99_999
PREVIEW_SECONDS_MOST = 600


def least() -> int:
    """Of a ticket in money, in minor units. Queries: none."""
    return max(int(settings.TICKET_LEAST), PAYMENT_LEAST)


def coins_range() -> tuple[int, int]:
    """How many coins a ticket may cost: as many as are worth what one may cost in money. Queries: none."""
    of_hundred = book_terms().hundred_coins
    return -(-least() * 100 // of_hundred), MOST * 100 // of_hundred


@dataclass(frozen=True)
class Quote:
    """What one ticket costs now. ``amount`` and ``coins`` are None where it is not sold for these."""

    price: StreamPrice
    amount: int | None
    coins: int | None
    code: PromoCode | None = None

    @property
    def split(self) -> Split | None:
        """Who will probably get what of the money. Queries: none."""
        known = terms().get(self.price.currency)
        return split_expected(gross=self.amount, terms=known) if self.amount and known else None


@transaction.atomic
def price_set(
    *,
    stream_id: uuid.UUID,
    amount: int | None,
    currency: str,
    coins: int | None,
    pay_what_you_want: bool,
    preview_seconds: int,
) -> StreamPrice:
    """Sell tickets to a stream for this. Who may is decided before, by ``streams.access``.

    Freely while the stream is scheduled and nobody has a ticket; after that only down.
    Locks: the stream, which buyers hold while they pay in coins. Queries: 7. Emits: what ``stream_ticketed_set`` does.
    Raises: PriceInvalid, CurrencyUnknown, PriceSettled, StreamOver.
    """
    _check(amount=amount, currency=currency, coins=coins, preview_seconds=preview_seconds)
    stream = _lock(stream_id)
    before = StreamPrice.objects.filter(pk=stream_id).first()
    new = StreamPrice(
        stream_id=stream_id,
        amount=amount,
        currency=currency if amount is not None else "",
        coins=coins,
        pay_what_you_want=pay_what_you_want,
        preview_seconds=preview_seconds,
    )
    if (reason := _settled(stream)) and (before is None or _is_dearer(new, than=before)):
        raise PriceSettled(reason=reason)
    new.save(force_insert=before is None, force_update=before is not None)
    stream_ticketed_set(stream_id=stream_id, ticketed=True)
    return new


@transaction.atomic
def price_remove(*, stream_id: uuid.UUID) -> None:
    """Let everybody in for nothing. Locks: the stream. Queries: 6. Raises: PriceSettled once sold, StreamOver."""
    stream = _lock(stream_id)
    if _settled(stream) == "sold":
        raise PriceSettled(reason="sold")
    StreamPrice.objects.filter(pk=stream_id).delete()
    stream_ticketed_set(stream_id=stream_id, ticketed=False)


def price_get(*, stream_id: uuid.UUID) -> StreamPrice:
    """Whether the caller may see the stream is asked before. Queries: 1. Raises: NotFound for a free one."""
    price = StreamPrice.objects.select_related("stream").filter(pk=stream_id).first()
    if price is None:
        raise NotFound(what="price")
    return price


def quote(*, stream_id: uuid.UUID, promo_code: str = "") -> Quote:
    """What it costs, with a code. Queries: 1; with a code 3. Raises: NotFound, PromoCodeRefused."""
    price = price_get(stream_id=stream_id)
    if not promo_code:
        return Quote(price, price.amount, price.coins)
    code = code_for(stream=price.stream, text=promo_code)
    if code is None:
        raise PromoCodeRefused(reason="unknown")
    return quote_with(price, code)


def quote_with(price: StreamPrice, code: PromoCode) -> Quote:
    """Queries: 1. Raises: PromoCodeRefused."""
    if code.expires_at is not None and code.expires_at <= timezone.now():
        raise PromoCodeRefused(reason="expired")
    if uses_left(code) == 0:
        raise PromoCodeRefused(reason="spent")
    if code.percent is not None:
        return Quote(
            price,
            _worth_paying(percent_off(price.amount, code.percent)),
            percent_off(price.coins, code.percent),
            code,
        )
    if price.amount is None:
        raise PromoCodeRefused(reason="not_for_coins")
    if code.currency != price.currency:
        raise PromoCodeRefused(reason="other_currency")
    assert code.amount is not None
    return Quote(price, _worth_paying(max(price.amount - code.amount, 0)), None, code)


def percent_off(price: int | None, percent: int) -> int | None:
    """What is left to pay of a price, in its units. Queries: none."""
    return None if price is None else price - share(price, percent, 100)


def _worth_paying(left: int | None) -> int | None:
    """Nothing can be given; less than what can be paid cannot."""
    if left and left < least():
        raise PromoCodeRefused(reason="below_least", left=left, least=least())
    return left


def _check(*, amount: int | None, currency: str, coins: int | None, preview_seconds: int) -> None:
    problems: dict[str, Any] = {}
    if amount is None and coins is None:
        problems["amount"] = ["Name a price in money or in coins."]
    if amount is not None:
        if currency not in terms():
            raise CurrencyUnknown(currency=currency)
        if not least() <= amount <= MOST:
            problems["amount"] = [f"From {least()} to {MOST}, in minor units."]
    fewest, most = coins_range()
    if coins is not None and not fewest <= coins <= most:
        problems["coins"] = [f"From {fewest:,} to {most:,} coins."]
    if not 0 <= preview_seconds <= PREVIEW_SECONDS_MOST:
        problems["preview_seconds"] = [f"From 0 to {PREVIEW_SECONDS_MOST} seconds."]
    if problems:
        raise PriceInvalid(**problems)


def _lock(stream_id: uuid.UUID) -> Stream:
    stream = Stream.objects.select_for_update().filter(pk=stream_id).first()
    if stream is None or stream.is_over:
        raise StreamOver()
    return stream


def _settled(stream: Stream) -> str:
    """Why the price may only go down; "" while it may be anything. Queries: 1."""
    if Ticket.objects.filter(stream=stream, state=TicketState.VALID).exists():
        return "sold"
    return "live" if stream.status == StreamStatus.LIVE else ""


def _is_dearer(new: StreamPrice, *, than: StreamPrice) -> bool:
    """Whether somebody who could get in before would have to pay more now, or is shown less for nothing."""
    if than.amount is not None and (
        new.amount is None or new.currency != than.currency or new.amount > than.amount
    ):
        return True
    if than.coins is not None and (new.coins is None or new.coins > than.coins):
        return True
    return new.preview_seconds < than.preview_seconds
