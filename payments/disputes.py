"""A buyer's bank wants money back: what happens to coins, to creators and to us (docs/money.md, Disputes)."""

import uuid

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from core.audit import audit_record
from core.errors import NotFound
from core.facts import publish_on_commit
from payments.coins import wallet_ensure
from payments.errors import AmountInvalid, DisputeDecided, KeyUsedOtherwise
from payments.events import WalletShut
from payments.ledger.posting import Line, account_of, begin, book
from payments.models import AccountKind, CoinLot, Dispute, DisputeState, Entry, Wallet
from payments.taking import give_again, held_lock, take
from payments.terms import book_terms


@transaction.atomic
def dispute_open(
    *, reference: str, order_reference: str, amount: int | None = None, payer_id: uuid.UUID | None = None
) -> Dispute:
    """Freeze the payer's wallet and take an order back, from whoever has it now. A repeat does nothing.

    ``reference`` is the provider's name of the dispute. ``amount``, in minor units of the books' currency, is what it
    is about; None is all that is left. ``payer_id`` must be told of what is not coins. Locks: the wallet, the lot, then
    the creators in the order of their ids. Queries: 30, and 9 per creator. Raises: NotFound, AmountInvalid,
    KeyUsedOtherwise when it is about another order.
    """
    if amount is not None and amount <= 0:
        raise AmountInvalid(amount=amount)
    now = timezone.now()
    payer_id = (
        CoinLot.objects.filter(order_reference=order_reference).values_list("party_id", flat=True).first()
        or payer_id
    )
    if payer_id is None:
        raise NotFound()
    wallet_ensure(party_id=payer_id)
    wallet = Wallet.objects.select_for_update(no_key=True).get(pk=payer_id)
    held = held_lock(order_reference=order_reference)
    known = Dispute.objects.filter(reference=reference).first()
    if known is not None:
        if known.order_reference != order_reference:
            raise KeyUsedOtherwise(key=f"dispute:{reference}:opened")
        return known
    dispute = Dispute.objects.create(
        reference=reference, order_reference=order_reference, payer_id=payer_id, opened_at=now
    )
    if not wallet.frozen:
        Wallet.objects.filter(pk=wallet.pk).update(frozen=Wallet.Frozen.DISPUTE)
        publish_on_commit(WalletShut(party_id=str(wallet.pk)))
    # Of an order that was given back, or is disputed already, there is nothing left to take.
    if taken := held.pick(held.parts_for(amount)):
        begun = begin(
            kind="dispute_opened",
            key=f"dispute:{reference}:opened",
            content={"order": order_reference},
            at=now,
            about=f"dispute:{reference}",
        )
        lines, creators = take(held, taken, begun.id)
        disputed = account_of(AccountKind.DISPUTED, book_terms().currency)
        book(begun.id, [*lines, Line(disputed, -taken.worth)], creators=creators)
        dispute.opened_id = begun.id
        dispute.save(update_fields=["opened"])
    audit_record(actor_party_id=None, action="dispute.opened", target=f"dispute:{reference}")
    return dispute


@transaction.atomic
def dispute_withdrawn(*, reference: str, amount: int, fee: int, key: str) -> None:
    """The provider took the disputed money, and a fee; below zero it gave them back. A repeat does nothing.

    In minor units of the books' currency as settled, in which a cent of another one may be nothing. Locks: the dispute.
    Queries: 8. Raises: NotFound, KeyUsedOtherwise.
    """
    dispute = _lock(reference)
    if amount == fee == 0:
        return
    currency = book_terms().currency
    begun = begin(
        kind="dispute_withdrawn",
        key=key,
        content={"dispute": reference, "amount": amount, "fee": fee},
        at=timezone.now(),
        about=f"dispute:{reference}",
    )
    if not begun.fresh:
        return
    book(
        begun.id,
        [
            Line(account_of(AccountKind.DISPUTED, currency), amount),
            Line(account_of(AccountKind.LOSS, currency), fee),
            Line(account_of(AccountKind.PROVIDER, currency), -amount - fee),
        ],
    )
    _close_bridge(dispute)


@transaction.atomic
def dispute_lost(*, reference: str) -> None:
    """It is final: nothing comes back. The wallet stays frozen until staff decide. A repeat does nothing.

    Locks: the dispute. Queries: 6. Raises: NotFound, DisputeDecided when it was won before.
    """
    dispute = _lock(reference)
    if dispute.state == DisputeState.WON:
        raise DisputeDecided(state=dispute.state)
    if dispute.state == DisputeState.OPEN:
        dispute.state = DisputeState.LOST
        dispute.save(update_fields=["state"])
        audit_record(actor_party_id=None, action="dispute.lost", target=f"dispute:{reference}")
        _close_bridge(dispute)


@transaction.atomic
def dispute_won(*, reference: str) -> None:
    """Give everything back that the opening took, in a new transaction. A repeat does nothing.

    Locks: the dispute, the wallet, the lot, then the creators. Queries: 20, and 7 per creator. Raises: NotFound,
    DisputeDecided when it was lost before.
    """
    now = timezone.now()
    dispute = _lock(reference)
    if dispute.state == DisputeState.LOST:
        raise DisputeDecided(state=dispute.state)
    if dispute.state == DisputeState.WON:
        return
    wallet = Wallet.objects.select_for_update(no_key=True).get(pk=dispute.payer_id)
    if dispute.opened_id is not None:
        begun = begin(
            kind="dispute_won",
            key=f"dispute:{reference}:won",
            content={"dispute": reference},
            at=now,
            about=f"dispute:{reference}",
        )
        lines, creators = give_again(
            taken_by=dispute.opened_id, order_reference=dispute.order_reference, transaction_id=begun.id
        )
        book(begun.id, lines, creators=creators)
    dispute.state = DisputeState.WON
    dispute.save(update_fields=["state"])
    others = Dispute.objects.filter(payer_id=wallet.pk).exclude(state=DisputeState.WON)
    if wallet.frozen == Wallet.Frozen.DISPUTE and not others.exists():
        Wallet.objects.filter(pk=wallet.pk).update(frozen=Wallet.Frozen.NO)
    audit_record(actor_party_id=None, action="dispute.won", target=f"dispute:{reference}")


def _lock(reference: str) -> Dispute:
    disputes = Dispute.objects.select_for_update(of=("self",), no_key=True)
    dispute = disputes.filter(reference=reference).first()
    if dispute is None:
        raise NotFound()
    return dispute


def _close_bridge(dispute: Dispute) -> None:
    """Of a lost dispute whose money was withdrawn: what both differ by, since rates of exchange move, is our loss."""
    if dispute.state != DisputeState.LOST:
        return
    currency = book_terms().currency
    disputed = account_of(AccountKind.DISPUTED, currency)
    bridge = Entry.objects.filter(account_id=disputed, transaction__about=f"dispute:{dispute.reference}")
    rest = bridge.aggregate(sum=Sum("amount", default=0))["sum"]
    if rest == 0 or not bridge.filter(transaction__kind="dispute_withdrawn").exists():
        return
    begun = begin(
        kind="dispute_difference",
        key=f"dispute:{dispute.reference}:difference:{bridge.count()}",
        content={"rest": rest},
        at=timezone.now(),
        about=f"dispute:{dispute.reference}",
    )
    book(begun.id, [Line(disputed, -rest), Line(account_of(AccountKind.LOSS, currency), rest)])
