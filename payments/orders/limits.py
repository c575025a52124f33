"""How much somebody spends in a day, and how many cards somebody tries."""

import hashlib
import hmac
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Count, QuerySet, Sum
from django.utils import timezone

from accounts.models import User
from core.clients import network_of
from core.limits import Usage, usages
from payments.orders.errors import SpendLimitReached, TooManyDeclines
from payments.orders.models import (
    WAITING,
    CardTry,
    Order,
    OrderState,
    Payment,
    Refund,
    RefundState,
    SpendLimit,
)
from payments.rounding import share
from payments.terms import Terms, book_terms, terms

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
# Networks and declined cards are of use for so long, and then forgotten.
TRACES_KEPT = timedelta(days=30)


@dataclass(frozen=True)
class Spending:
    """Of the last 24 hours, in minor units of the books' currency. ``own`` is what the person set."""

    limit: int
    spent: int
    own: int | None
    own_next: int | None
    own_next_from: datetime | None
    currency: str

    @property
    def left(self) -> int:
        return max(0, self.limit - self.spent)


def spending(*, user: User) -> Spending:
    """What is paid, and what may still be paid of what was begun, less what came back. Queries: 4."""
    now = timezone.now()
    wished = SpendLimit.objects.filter(pk=user.party_id).first() or SpendLimit(party_id=user.party_id)
    if wished.next_from is not None and wished.next_from <= now:
        wished.amount, wished.next_amount, wished.next_from = wished.next_amount, None, None
    limit = settings.SPEND_FIRST_DAY if user.date_joined > now - DAY else settings.SPEND_A_DAY
    if wished.amount is not None:
        limit = min(limit, wished.amount)
    counted = Order.objects.filter(party_id=user.party_id, created_at__gt=now - DAY).filter(
        state__in=[*WAITING, OrderState.PAID]
    )
    came_back = Refund.objects.filter(payment__order__in=counted).exclude(state=RefundState.FAILED)
    spent = _in_books(counted.values_list("currency").annotate(Sum("amount")).order_by())
    back = _in_books(came_back.values_list("payment__order__currency").annotate(Sum("amount")).order_by())
    return Spending(
        limit=limit,
        spent=spent - back,
        own=wished.amount,
        own_next=wished.next_amount,
        own_next_from=wished.next_from,
        currency=book_terms().currency,
    )


def spending_check(*, user: User, amount: int, terms: Terms) -> None:
    """Raises: SpendLimitReached. What is asked must be written before the lock on the user is given up. Queries: 4."""
    now = spending(user=user)
    if now.spent + in_books(amount, terms) > now.limit:
        raise SpendLimitReached(limit=now.limit, spent=now.spent, left=now.left, currency=now.currency)


@transaction.atomic
def spend_limit_set(*, user: User, amount: int | None) -> Spending:
    """Spend this much in 24 hours at most; None is the default. Less holds at once, more only after a day.

    Locks: the user. Queries: 8.
    """
    User.objects.select_for_update(of=("self",), no_key=True).get(pk=user.pk)
    now = timezone.now()
    limit, _made = SpendLimit.objects.get_or_create(pk=user.party_id)
    if limit.next_from is not None and limit.next_from <= now:
        limit.amount = limit.next_amount
    limit.next_amount = limit.next_from = None
    if limit.amount is None or (amount is not None and amount <= limit.amount):
        limit.amount = amount
    else:
        limit.next_amount, limit.next_from = amount, now + DAY
    limit.save()
    return spending(user=user)


def declines_check(*, party_id: uuid.UUID, placed_from: str) -> None:
    """Queries: 3. Raises: TooManyDeclines."""
    now = timezone.now()
    lately = CardTry.objects.filter(at__gt=now - HOUR)
    _check(lately.filter(party_id=party_id), settings.DECLINES_OF_PERSON, HOUR)
    if placed_from:
        _check(lately.filter(placed_from=placed_from), settings.DECLINES_FROM_ADDRESS, HOUR)
    # Whichever of the cards that this person uses, by whomever it was tried.
    theirs = CardTry.objects.filter(party_id=party_id).exclude(fingerprint="").values("fingerprint")
    paid = Payment.objects.filter(order__party_id=party_id).exclude(card_fingerprint="")
    cards = theirs.union(paid.values("card_fingerprint"))
    of_card = CardTry.objects.filter(at__gt=now - DAY, fingerprint__in=cards)
    worst = of_card.values_list("fingerprint").annotate(tries=Count("id")).order_by("-tries").first()
    if worst is not None:
        _check(of_card.filter(fingerprint=worst[0]), settings.DECLINES_OF_CARD, DAY)


def may_try_again(order: Order) -> bool:
    """Whether an order that waits may go on being paid. Queries: 3."""
    try:
        declines_check(party_id=order.party_id, placed_from=order.placed_from)
    except TooManyDeclines:
        return False
    return True


def placed_from(address: str) -> str:
    """The network of an address as something that can be compared and not read."""
    if not address:
        return ""
    return hmac.digest(
        settings.SECRET_KEY.encode(), f"network:{network_of(address)}".encode(), hashlib.sha256
    ).hex()


def in_books(amount: int, terms: Terms) -> int:
    """By what coins are worth in both, which is the operator's own rate of exchange."""
    return share(amount, book_terms().hundred_coins, terms.hundred_coins)


def traces_forget() -> None:
    """Queries: 2."""
    before = timezone.now() - TRACES_KEPT
    CardTry.objects.filter(at__lt=before).delete()
    Order.objects.filter(created_at__lt=before).exclude(placed_from="").update(placed_from="")


def _check(tries: QuerySet[CardTry], limit: int, window: timedelta) -> None:
    newest = list(tries.order_by("-at").values_list("at", flat=True)[:limit])
    if len(newest) >= limit:
        until = newest[-1] + window
        wait = max(1, round((until - timezone.now()).total_seconds()))
        if (noted := usages.get()) is not None:  # for the headers of the answer
            noted.append(Usage("declines", limit, round(window.total_seconds()), limit, wait))
        raise TooManyDeclines(retry_after_seconds=wait)


def _in_books(sums: QuerySet[Order, tuple[str, int]] | QuerySet[Refund, tuple[str, int]]) -> int:
    known = terms()
    return sum(
        in_books(amount, known[currency]) if currency in known else amount for currency, amount in sums
    )
