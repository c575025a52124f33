"""Coins come into a wallet, and what a lot and its wallet go through when coins leave them or return."""

import uuid
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from core.errors import NotSupported
from payments.errors import AmountInvalid
from payments.ledger.posting import Line, account_of, begin, book, wallet_account_of
from payments.models import AccountKind, CoinLot, Wallet
from payments.rounding import share_between
from payments.terms import COIN, book_terms

# Who sells coins. The shops of telephones are named and refused until they are built.
SOURCES = frozenset({"stripe"})
MOST_COINS, MOST_PRICE = 10**8, 10**9


@transaction.atomic
def coins_credit(
    *,
    party_id: uuid.UUID,
    coins: int,
    source: str,
    price: int,
    processing: int,
    order_reference: str,
    charged_at: datetime,
    key: str,
) -> CoinLot:
    """Put coins that were paid for into a wallet, as a lot. A repeat answers with the same lot.

    ``price`` is what was paid and ``processing`` what of it the provider kept, both in minor units of the books'
    currency as settled. A frozen wallet gets its coins too: they were paid for.
    Locks: the wallet. Queries: 13. Raises: NotSupported for another source, AmountInvalid, KeyUsedOtherwise.
    """
    if source not in SOURCES:
        raise NotSupported(what=source)
    if not (0 < coins <= MOST_COINS and 0 < price <= MOST_PRICE and processing >= 0):
        raise AmountInvalid(coins=coins, price=price, processing=processing)
    now, currency = timezone.now(), book_terms().currency
    content = {
        "party": party_id, "coins": coins, "source": source, "price": price, "processing": processing,
        "currency": currency, "order": order_reference,
    }  # fmt: skip
    begun = begin(kind="coins_bought", key=key, content=content, at=now, about=f"order:{order_reference}")
    if not begun.fresh:
        return CoinLot.objects.get(transaction_id=begun.id)
    lot = CoinLot.objects.create(
        party_id=party_id,
        transaction_id=begun.id,
        source=source,
        order_reference=order_reference,
        coins=coins,
        price=price,
        currency=currency,
        charged_at=charged_at,
    )
    wallet = wallet_ensure(party_id=party_id)
    book(
        begun.id,
        [
            Line(account_of(AccountKind.PROVIDER, currency), price - processing),
            Line(account_of(AccountKind.PROCESSING, currency), processing),
            Line(account_of(AccountKind.COINS_SOLD, currency), -price, lot.pk),
            Line(account_of(AccountKind.COINS_OUT, COIN), coins),
            Line(wallet.account_id, -coins, lot.pk),
        ],
    )
    Wallet.objects.filter(pk=party_id).update(balance_coins=F("balance_coins") + coins)
    return lot


def wallet_ensure(*, party_id: uuid.UUID) -> Wallet:
    """Queries: 1, or 4 the first time."""
    wallet = Wallet.objects.filter(pk=party_id).first()
    if wallet is None:
        made = Wallet(party_id=party_id, account_id=wallet_account_of(party_id))
        Wallet.objects.bulk_create([made], ignore_conflicts=True)
        wallet = Wallet.objects.get(pk=party_id)
    return wallet


def wallet_lock_of(*, lot_id: uuid.UUID) -> tuple[Wallet, CoinLot]:
    """A lot and the wallet it is in, locked as a gift locks them: the wallet first. Queries: 3."""
    owner = CoinLot.objects.only("party_id").get(pk=lot_id).party_id
    wallet = Wallet.objects.select_for_update(no_key=True).get(pk=owner)
    return wallet, CoinLot.objects.select_for_update(no_key=True).get(pk=lot_id)


def coins_out_lines(wallet: Wallet, lot: CoinLot, coins: int) -> list[Line]:
    """The entries of coins that leave a wallet, or with a negative number come back to it."""
    return [
        Line(wallet.account_id, coins, lot.pk),
        Line(account_of(AccountKind.COINS_OUT, COIN), -coins),
    ]


def coins_take(lot: CoinLot, coins: int) -> None:
    """Let coins of a locked lot be gone, or with a negative number be back. Queries: 2."""
    lot.gone += coins
    lot.is_open = lot.gone < lot.coins
    lot.save(update_fields=["gone", "is_open"])
    Wallet.objects.filter(pk=lot.party_id).update(balance_coins=F("balance_coins") - coins)


def coins_put_back(lot: CoinLot, coins: int) -> int:
    """Let coins that were gone from a locked lot be there again: answers what they are worth there. Queries: 2."""
    worth = share_between(lot.price, begin=lot.gone - coins, end=lot.gone, whole=lot.coins)
    coins_take(lot, -coins)
    return worth
