"""What can be read of the books."""

import uuid
from typing import NamedTuple

from payments.models import Wallet


def wallet_balance(*, party_id: uuid.UUID) -> int:
    """Somebody's unspent coins. Queries: 1."""
    return Wallet.objects.filter(pk=party_id).values_list("balance_coins", flat=True).first() or 0


class WalletState(NamedTuple):
    balance_coins: int
    frozen: bool


def wallet_state(*, party_id: uuid.UUID) -> WalletState:
    """Somebody's unspent coins, and whether they may be spent. Queries: 1."""
    held = Wallet.objects.filter(pk=party_id).first()
    return WalletState(held.balance_coins, bool(held.frozen)) if held else WalletState(0, False)
