"""Taking back what was paid for: from whom it went to. Disputes and refunds do it the same way (docs/money.md).

What is taken of an order's coins is first what is unspent, then what was spent last. The platform gives its part, a
creator theirs: out of what they have pending, then as debt up to a cap, and beyond that it is our loss.
"""

import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from django.conf import settings
from django.db.models import F, QuerySet, Sum

from core.errors import NotFound
from payments.coins import coins_out_lines, coins_put_back, coins_take, wallet_lock_of
from payments.earnings import creator_lock, pending_take
from payments.ledger.posting import Line, account_of, owed_on
from payments.models import (
    AccountKind,
    CoinLot,
    Earning,
    EarningSource,
    Entry,
    QueuedCredit,
    Taking,
    Wallet,
)
from payments.rounding import share, share_between
from payments.terms import book_terms

T = TypeVar("T", "Piece", Taking)


@dataclass(frozen=True)
class Piece:
    """So much of an earning, as ``Earning.back`` counts, and whose of its price that is."""

    earning: Earning
    part: int
    gross: int
    creator: int
    processing: int

    @property
    def platform(self) -> int:
        return self.gross - self.creator - self.processing


@dataclass(frozen=True)
class Taken:
    """What is to be taken: unspent coins for their price, and pieces of what was earned. ``worth`` is all of it."""

    unspent: int = 0
    unspent_worth: int = 0
    pieces: Sequence[Piece] = ()

    @property
    def worth(self) -> int:
        return self.unspent_worth + sum(piece.gross for piece in self.pieces)

    @property
    def coins(self) -> int:
        return self.unspent + sum(piece.part for piece in self.pieces if piece.earning.coins)

    def __bool__(self) -> bool:
        """Whether that moves anything: a coin that was spent may be worth nothing by itself."""
        return self.unspent > 0 or any(one.gross or one.creator or one.processing for one in self.pieces)


@dataclass
class Held:
    """What is left of an order, locked until commit. ``earnings``: what was earned last comes first."""

    lot: CoinLot | None = None
    wallet: Wallet | None = None
    earnings: list[Earning] = field(default_factory=list)
    # What takings that still hold have of each earning: gross, the creator's part, processing.
    had: dict[int, tuple[int, int, int]] = field(default_factory=dict)

    @property
    def unspent(self) -> int:
        return self.lot.coins - self.lot.gone if self.lot else 0

    @property
    def parts(self) -> int:
        """How many coins, or of a tip or ticket how much money, could be taken."""
        return self.unspent + sum(earning.left for earning in self.earnings)

    @property
    def worth(self) -> int:
        """What all of it was paid with, in minor units of the books' currency."""
        return self.pick(self.parts).worth

    def parts_for(self, money: int | None) -> int:
        """As many parts as this is of what is left, a coin that is touched in whole; None is all of it."""
        worth = self.worth
        if money is None or money >= worth:
            return self.parts
        return -(-self.parts * money // worth)

    def pick_spent(self) -> Taken:
        """All that was earned, and nothing that is unspent."""
        return Taken(pieces=self._pieces(sum(earning.left for earning in self.earnings)))

    def pick(self, parts: int) -> Taken:
        """So many of ``parts``: unspent coins first, then what was earned last."""
        unspent = min(parts, self.unspent)
        worth = 0
        if self.lot is not None:
            gone = self.lot.gone
            worth = share_between(self.lot.price, begin=gone, end=gone + unspent, whole=self.lot.coins)
        return Taken(unspent, worth, self._pieces(parts - unspent))

    def _pieces(self, left: int) -> list[Piece]:
        pieces = []
        for earning in self.earnings:
            if left == 0:
                break
            part = min(left, earning.left)
            pieces.append(self._piece(earning, part))
            left -= part
        assert left == 0
        return pieces

    def _piece(self, earning: Earning, part: int) -> Piece:
        """Along the payment: what it comes to up to here, less what was taken before, so that pieces add up."""
        gross, creator, processing = self.had.get(earning.pk, (0, 0, 0))
        until, whole = earning.back + part, earning.whole
        gross = max(share(earning.gross, until, whole) - gross, 0)
        creator = max(share(earning.amount, until, whole) - creator, 0)
        processing = max(share(earning.processing, until, whole) - processing, 0)
        return Piece(earning, part, gross, creator, processing)


def held_lock(*, order_reference: str) -> Held:
    """What is left of an order. Locks: the wallet and the lot of coins, then the creators in the order of their ids.

    Queries: 7 for coins, else 4; and 1 per creator. Raises: NotFound.
    """
    lot = CoinLot.objects.filter(order_reference=order_reference).first()
    if lot is not None:
        wallet, lot = wallet_lock_of(lot_id=lot.pk)
        return _held(Earning.objects.filter(lot=lot, coins__gt=0, back__lt=F("coins")), lot, wallet)
    sale = Earning.objects.filter(order_reference=order_reference)
    if not sale.exists():
        raise NotFound()
    return _held(sale)


def spent_lock(*, transaction_id: uuid.UUID) -> tuple[Wallet, list[Held]]:
    """What is left of one spending of coins, lot by lot, and the wallet that it came from.

    Locks: the wallet, the lots, the creator. Queries: 5, and 3 per lot. Raises: NotFound.
    """
    lot_ids = set(
        Entry.objects.filter(transaction_id=transaction_id, lot__isnull=False).values_list(
            "lot_id", flat=True
        )
    )
    spent = Earning.objects.filter(lot__in=lot_ids, transaction_id=transaction_id, coins__gt=0)
    payer = spent.values_list("lot__party_id", flat=True).first()
    if payer is None:
        raise NotFound()
    wallet = Wallet.objects.select_for_update(no_key=True).get(pk=payer)
    lots = list(CoinLot.objects.select_for_update(no_key=True).filter(pk__in=lot_ids).order_by("id"))
    return wallet, [_held(spent.filter(lot=lot, back__lt=F("coins")), lot, wallet) for lot in lots]


def take(held: Held, taken: Taken, transaction_id: uuid.UUID) -> tuple[list[Line], list[Line]]:
    """Take it, in a transaction that was begun. Answers its entries, those of creators apart.

    They add up to ``taken.worth``; where that goes is up to the caller, who books them. What was gifted leaves totals
    and leaderboards with the next fold. Queries: 6 and those of ``coins_take`` for coins, and 6 per creator.
    """
    currency = book_terms().currency
    takings = [
        taking
        for creator_id, pieces in _by_creator(taken.pieces)
        for taking in _take_from(creator_id, pieces, transaction_id)
    ]
    Taking.objects.bulk_create(takings)
    _move([(piece.earning, piece.part) for piece in taken.pieces])
    lines = [
        Line(account_of(AccountKind.PLATFORM, currency), sum(one.from_platform for one in takings)),
        Line(account_of(AccountKind.PROCESSING, currency), sum(one.from_processing for one in takings)),
        Line(account_of(AccountKind.LOSS, currency), sum(one.from_loss for one in takings)),
    ]
    if held.lot is not None and held.wallet is not None and taken.unspent:
        lines += [
            *coins_out_lines(held.wallet, held.lot, taken.unspent),
            Line(account_of(AccountKind.COINS_SOLD, currency), taken.unspent_worth, held.lot.pk),
        ]
        coins_take(held.lot, taken.unspent)
    creators = []
    for creator_id, theirs in _by_creator(takings):
        pending, debt = sum(one.from_pending for one in theirs), sum(one.from_debt for one in theirs)
        creators += [
            Line(account_of(AccountKind.PENDING, currency, creator_id), pending),
            Line(account_of(AccountKind.DEBT, currency, creator_id), debt),
        ]
    return lines, creators


def give_again(
    *, taken_by: uuid.UUID, order_reference: str, transaction_id: uuid.UUID
) -> tuple[list[Line], list[Line]]:
    """Turn round what one transaction took of an order, in another one that was begun. Answers all its entries.

    Coins return to their lot. Of a creator's debt is forgiven what is still owed; what was taken or repaid is earned
    anew. A cent by which coins are worth more or less at their place in the lot now is ours.
    Locks: as ``held_lock``. Queries: 20, and 5 per creator.
    """
    currency = book_terms().currency
    lot = CoinLot.objects.filter(order_reference=order_reference).first()
    wallet = None
    if lot is not None:
        wallet, lot = wallet_lock_of(lot_id=lot.pk)
    was = {
        row["account__kind"]: row["sum"]
        for row in Entry.objects.filter(transaction_id=taken_by)
        .values("account__kind")
        .annotate(sum=Sum("amount"))
        .order_by()
    }
    takings = list(
        Taking.objects.filter(transaction_id=taken_by, is_given_again=False)
        .select_related("earning__lot", "earning__transaction")
        .order_by("earning__creator_id", "id")
    )
    creators = [
        line
        for creator_id, theirs in _by_creator(takings)
        for line in _give_again_to(creator_id, theirs, transaction_id)
    ]
    Taking.objects.filter(pk__in=[one.pk for one in takings]).update(is_given_again=True)
    _move([(one.earning, -one.part) for one in takings])
    ours = (AccountKind.PLATFORM, AccountKind.PROCESSING, AccountKind.DISPUTED, AccountKind.PROVIDER)
    lines = [Line(account_of(kind, currency), -was.get(kind, 0)) for kind in ours]
    coins, of_coins = was.get(AccountKind.WALLET, 0), []
    if lot is not None and wallet is not None and coins:
        of_coins = coins_out_lines(wallet, lot, -coins)
        lines.append(Line(account_of(AccountKind.COINS_SOLD, currency), -coins_put_back(lot, coins), lot.pk))
    rest = sum(line.amount for line in (*lines, *creators))
    return [*lines, *of_coins, Line(account_of(AccountKind.LOSS, currency), -rest)], creators


def _held(earnings: QuerySet[Earning], lot: CoinLot | None = None, wallet: Wallet | None = None) -> Held:
    for creator_id in sorted(set(earnings.values_list("creator_id", flat=True))):
        creator_lock(creator_id)
    left = list(earnings.select_related("transaction", "lot").order_by("-id"))
    begun = [earning.pk for earning in left if earning.back]
    sums = (
        Taking.objects.filter(earning__in=begun, is_given_again=False)
        .values("earning")
        .annotate(
            of_gross=Sum("gross"),
            of_part=Sum(F("from_pending") + F("from_debt") + F("from_loss")),
            of_processing=Sum("from_processing"),
        )
        .order_by()
    )
    had = {row["earning"]: (row["of_gross"], row["of_part"], row["of_processing"]) for row in sums}
    return Held(lot, wallet, left, had)


def _by_creator(things: Iterable[T]) -> list[tuple[uuid.UUID, list[T]]]:
    """In the order of the creators' ids, which is that of their locks."""
    found = defaultdict(list)
    for thing in things:
        found[thing.earning.creator_id].append(thing)
    return sorted(found.items())


def _take_from(creator_id: uuid.UUID, pieces: Sequence[Piece], transaction_id: uuid.UUID) -> Iterator[Taking]:
    """From the platform its part; a creator's from what is pending, then as debt up to the cap, then from us."""
    owed = sum(piece.creator for piece in pieces)
    pending = pending_take(creator_id, owed)
    debt_account = account_of(AccountKind.DEBT, book_terms().currency, creator_id)
    debt = min(owed - pending, max(settings.CREATOR_DEBT_MOST + owed_on(debt_account), 0))
    for piece in pieces:
        from_pending = min(piece.creator, pending)
        from_debt = min(piece.creator - from_pending, debt)
        pending -= from_pending
        debt -= from_debt
        yield Taking(
            transaction_id=transaction_id,
            earning=piece.earning,
            part=piece.part,
            gross=piece.gross,
            from_platform=piece.platform,
            from_processing=piece.processing,
            from_pending=from_pending,
            from_debt=from_debt,
            from_loss=piece.creator - from_pending - from_debt,
        )


def _give_again_to(creator_id: uuid.UUID, takings: Sequence[Taking], transaction_id: uuid.UUID) -> list[Line]:
    currency = book_terms().currency
    creator_lock(creator_id)
    debt = account_of(AccountKind.DEBT, currency, creator_id)
    forgiven = left = min(sum(one.from_debt for one in takings), -owed_on(debt))
    # As it was earned: what came from one stream waits for its end.
    earned: Counter[tuple[str, uuid.UUID | None, uuid.UUID | None, datetime]] = Counter()
    for one in takings:
        piece = min(one.from_debt, left)
        left -= piece
        was = one.earning
        earned[was.source, was.lot_id, was.stream_id, was.charged_at] += (
            one.from_pending + one.from_debt - piece
        )
    Earning.objects.bulk_create(
        Earning(
            transaction_id=transaction_id,
            source=source,
            lot_id=lot,
            creator_id=creator_id,
            stream_id=stream,
            gross=0,
            amount=amount,
            processing=0,
            charged_at=charged_at,
        )
        for (source, lot, stream, charged_at), amount in earned.items()
        if amount
    )
    pending = account_of(AccountKind.PENDING, currency, creator_id)
    return [Line(debt, -forgiven), Line(pending, -earned.total())]


def _move(parts: Sequence[tuple[Earning, int]]) -> None:
    """Let so much of earnings be called back, or with negative numbers not any more; the boards follow."""
    for earning, part in parts:
        earning.back += part
    Earning.objects.bulk_update([earning for earning, _ in parts], ["back"], batch_size=500)
    QueuedCredit.objects.bulk_create(
        QueuedCredit(
            stream_id=earning.stream_id,
            creator_id=earning.creator_id,
            sender_id=earning.lot.party_id,
            anonymous=earning.anonymous,
            coins=-part,
            gifted_at=earning.transaction.created_at,
        )
        for earning, part in parts
        if earning.lot is not None and earning.source == EarningSource.GIFT
    )
