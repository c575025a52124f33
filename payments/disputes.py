"""A buyer's bank wants money back: what happens to coins, to creators and to us (docs/money.md, Disputes)."""

import uuid
from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from core.audit import audit_record
from core.errors import NotFound
from payments.coins import coins_out_lines, coins_take, wallet_lock_of
from payments.earnings import creator_lock, pending_take
from payments.errors import AmountInvalid, DisputeDecided, KeyUsedOtherwise
from payments.ledger.posting import Line, account_of, begin, book, owed_on
from payments.models import (
    AccountKind,
    CoinLot,
    Dispute,
    DisputeState,
    Earning,
    EarningSource,
    Entry,
    QueuedCredit,
    Taking,
    Wallet,
)
from payments.rounding import share_between


@transaction.atomic
def dispute_open(*, reference: str, order_reference: str) -> Dispute:
    """Freeze the wallet and take everything of an order of coins back, from whoever has it now. A repeat does nothing.

    ``reference`` is the provider's name of the dispute. Locks: the wallet, the lot, then the creators in the order of
    their ids. Queries: 21, and 7 per creator. Raises: NotFound, KeyUsedOtherwise when it is about another order.
    """
    now = timezone.now()
    found = CoinLot.objects.filter(order_reference=order_reference).first()
    if found is None:
        raise NotFound()
    currency = found.currency
    wallet, lot = wallet_lock_of(lot_id=found.pk)
    known = Dispute.objects.filter(reference=reference).first()
    if known is not None:
        if known.lot_id != lot.pk:
            raise KeyUsedOtherwise(key=f"dispute:{reference}:opened")
        return known
    dispute = Dispute.objects.create(reference=reference, lot=lot, opened_at=now)
    if not wallet.frozen:
        Wallet.objects.filter(pk=wallet.pk).update(frozen=Wallet.Frozen.DISPUTE)
    unspent = lot.coins - lot.gone
    money = share_between(lot.price, begin=lot.gone, end=lot.coins, whole=lot.coins)
    spent = list(
        lot.earnings.filter(voided_by=None).select_related("transaction").order_by("creator_id", "id")
    )
    takings = [_take(dispute, creator_id, spent) for creator_id in sorted({e.creator_id for e in spent})]
    lines = [
        *coins_out_lines(wallet, lot, unspent),
        Line(account_of(AccountKind.COINS_SOLD, currency), money, lot.pk),
        Line(account_of(AccountKind.PLATFORM, currency), sum(taking.from_platform for taking in takings)),
        Line(account_of(AccountKind.LOSS, currency), sum(taking.from_loss for taking in takings)),
        Line(
            account_of(AccountKind.DISPUTED, currency),
            -money - sum(earning.gross for earning in spent),
        ),
    ]
    creators = [
        line
        for taking in takings
        for line in (
            Line(account_of(AccountKind.PENDING, currency, taking.creator_id), taking.from_pending),
            Line(account_of(AccountKind.DEBT, currency, taking.creator_id), taking.from_debt),
        )
    ]
    # Of an order that was given back, or is disputed already, there is nothing left to take.
    if any(line.amount for line in (*lines, *creators)):
        begun = begin(
            kind="dispute_opened",
            key=f"dispute:{reference}:opened",
            content={"order": order_reference},
            at=now,
            about=f"dispute:{reference}",
        )
        book(begun.id, lines, creators=creators)
        dispute.opened_id = begun.id
        dispute.save(update_fields=["opened"])
    coins_take(lot, unspent)
    lot.earnings.filter(voided_by=None).update(voided_by=dispute)
    _recount(spent, lot, sign=-1)
    audit_record(actor_party_id=None, action="dispute.opened", target=f"dispute:{reference}")
    return dispute


@transaction.atomic
def dispute_withdrawn(*, reference: str, amount: int, fee: int, key: str) -> None:
    """The provider took the disputed money, and a fee; below zero it gave them back. A repeat does nothing.

    In minor units of the books' currency as settled. Locks: the dispute. Queries: 8. Raises: NotFound, AmountInvalid,
    KeyUsedOtherwise.
    """
    dispute = _lock(reference)
    if amount == 0:
        raise AmountInvalid(amount=amount)
    currency = dispute.lot.currency
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
    wallet, lot = wallet_lock_of(lot_id=dispute.lot_id)
    if dispute.opened_id is not None:
        _give_all_back(dispute, wallet, lot, at=now)
    _recount(dispute.voided.select_related("transaction").order_by("id"), lot, sign=1)
    dispute.state = DisputeState.WON
    dispute.save(update_fields=["state"])
    others = Dispute.objects.filter(lot__party_id=wallet.pk).exclude(state=DisputeState.WON)
    if wallet.frozen == Wallet.Frozen.DISPUTE and not others.exists():
        Wallet.objects.filter(pk=wallet.pk).update(frozen=Wallet.Frozen.NO)
    audit_record(actor_party_id=None, action="dispute.won", target=f"dispute:{reference}")


def _give_all_back(dispute: Dispute, wallet: Wallet, lot: CoinLot, *, at: datetime) -> None:
    currency = lot.currency
    begun = begin(
        kind="dispute_won",
        key=f"dispute:{dispute.reference}:won",
        content={"dispute": dispute.reference},
        at=at,
        about=f"dispute:{dispute.reference}",
    )
    sold = account_of(AccountKind.COINS_SOLD, currency)
    unspent, money = _opened_with(dispute, wallet.account_id), _opened_with(dispute, sold)
    takings = list(dispute.takings.all())
    creators = [line for taking in takings for line in _give_back(taking, begun.id, lot)]
    lines = [
        *coins_out_lines(wallet, lot, -unspent),
        Line(sold, -money, lot.pk),
        Line(account_of(AccountKind.PLATFORM, currency), -sum(taking.from_platform for taking in takings)),
        Line(account_of(AccountKind.LOSS, currency), -sum(taking.from_loss for taking in takings)),
    ]
    disputed = account_of(AccountKind.DISPUTED, currency)
    book(begun.id, [*lines, Line(disputed, -_opened_with(dispute, disputed))], creators=creators)
    coins_take(lot, -unspent)


def _lock(reference: str) -> Dispute:
    disputes = Dispute.objects.select_for_update(of=("self",), no_key=True).select_related("lot")
    dispute = disputes.filter(reference=reference).first()
    if dispute is None:
        raise NotFound()
    return dispute


def _take(dispute: Dispute, creator_id: uuid.UUID, spent: Iterable[Earning]) -> Taking:
    """From the platform its part; a creator's from what is pending, then as debt up to the cap, then from us."""
    theirs = [earning for earning in spent if earning.creator_id == creator_id]
    owed = sum(earning.amount for earning in theirs)
    creator_lock(creator_id)
    from_pending = pending_take(creator_id, owed)
    debt = -owed_on(account_of(AccountKind.DEBT, dispute.lot.currency, creator_id))
    from_debt = min(owed - from_pending, max(settings.CREATOR_DEBT_MOST - debt, 0))
    return Taking.objects.create(
        dispute=dispute,
        creator_id=creator_id,
        from_platform=sum(earning.gross - earning.amount for earning in theirs),
        from_pending=from_pending,
        from_debt=from_debt,
        from_loss=owed - from_pending - from_debt,
    )


def _give_back(taking: Taking, transaction_id: uuid.UUID, lot: CoinLot) -> list[Line]:
    """Debt is forgiven as far as it is still owed; what was taken or repaid is earned anew."""
    creator_lock(taking.creator_id)
    debt = account_of(AccountKind.DEBT, lot.currency, taking.creator_id)
    forgiven = min(taking.from_debt, -owed_on(debt))
    back = taking.from_pending + taking.from_debt - forgiven
    Earning.objects.create(
        transaction_id=transaction_id,
        source=EarningSource.GIFT,
        lot=lot,
        creator_id=taking.creator_id,
        gross=back + taking.from_platform,
        amount=back,
        charged_at=lot.charged_at,
    )
    pending = account_of(AccountKind.PENDING, lot.currency, taking.creator_id)
    return [Line(debt, -forgiven), Line(pending, -back)]


def _opened_with(dispute: Dispute, account: int) -> int:
    assert dispute.opened_id is not None
    entry = Entry.objects.filter(transaction_id=dispute.opened_id, account_id=account).first()
    return entry.amount if entry else 0


def _close_bridge(dispute: Dispute) -> None:
    """Of a lost dispute whose money was withdrawn: what both differ by, since rates of exchange move, is our loss."""
    if dispute.state != DisputeState.LOST:
        return
    currency = dispute.lot.currency
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


def _recount(earnings: Iterable[Earning], lot: CoinLot, *, sign: int) -> None:
    """Take the gifts of these coins off totals and leaderboards, or put them on again, with the next fold."""
    QueuedCredit.objects.bulk_create(
        QueuedCredit(
            stream_id=earning.stream_id,
            creator_id=earning.creator_id,
            sender_id=lot.party_id,
            anonymous=earning.anonymous,
            coins=sign * earning.coins,
            gifted_at=earning.transaction.created_at,
        )
        for earning in earnings
        if earning.coins
    )
