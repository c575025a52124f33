"""Refunds in the books: what an order is taken back from, and what goes to the buyer (docs/money.md, Refunds)."""

from django.db import transaction
from django.utils import timezone

from payments.ledger.posting import Line, account_of, begin, book
from payments.models import AccountKind, Transaction
from payments.taking import Held, Taken, give_again, take
from payments.terms import book_terms


@transaction.atomic
def refund_book(*, order_reference: str, held: Held, taken: Taken, money: int, key: str) -> None:
    """Take this of an order, for so much money that goes back. A repeat does nothing.

    ``held`` is of ``held_lock``, in the caller's transaction. ``money`` in minor units of the books' currency; what it
    is more than is taken, or less, is ours. Queries: 12, and 9 per creator. Raises: KeyUsedOtherwise.
    """
    if not taken and money == 0:
        return
    begun = begin(
        kind="refund",
        key=key,
        content={"order": order_reference, "coins": taken.coins, "money": money},
        at=timezone.now(),
        about=f"order:{order_reference}",
    )
    if not begun.fresh:
        return
    currency = book_terms().currency
    lines, creators = take(held, taken, begun.id) if taken else ([], [])
    worth = taken.worth if taken else 0
    lines += [
        Line(account_of(AccountKind.PROVIDER, currency), -money),
        Line(account_of(AccountKind.LOSS, currency), money - worth),
    ]
    book(begun.id, lines, creators=creators)


@transaction.atomic
def refund_undo(*, order_reference: str, key: str) -> None:
    """The money of the refund that was booked under ``key`` did not go back: give all again. A repeat does nothing.

    Locks: the wallet, the lot, the creators. Queries: 22, and 5 per creator.
    """
    booked = Transaction.objects.filter(idempotency_key=key).first()
    if booked is None:  # it was worth nothing
        return
    begun = begin(
        kind="refund_failed",
        key=f"{key}:failed",
        content={"refund": booked.pk},
        at=timezone.now(),
        about=f"order:{order_reference}",
    )
    if begun.fresh:
        lines, creators = give_again(
            taken_by=booked.pk, order_reference=order_reference, transaction_id=begun.id
        )
        book(begun.id, lines, creators=creators)
