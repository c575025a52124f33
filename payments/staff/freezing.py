"""Wallets that staff freeze, or that a warning froze; disputes freeze by themselves (payments.disputes)."""

import uuid

from django.db import transaction
from django.utils import timezone

from core.audit import audit_record
from core.facts import publish_on_commit
from core.ids import new_id
from payments.coins import wallet_ensure
from payments.events import WalletShut
from payments.models import Wallet
from payments.orders.models import Chargeback
from payments.staff.errors import FreezeImpossible
from payments.staff.models import WalletFreeze

INQUIRY = "warning_"


@transaction.atomic
def wallet_freeze(
    *,
    party_id: uuid.UUID,
    reason: str,
    told: str = "",
    actor_party_id: uuid.UUID | None,
    cause: Wallet.Frozen = Wallet.Frozen.STAFF,
) -> WalletFreeze:
    """Let nothing be bought with a wallet, nor into it, until staff free it. ``told`` is what its owner reads.

    What a dispute or a warning froze already is then frozen by staff, and stays so when the dispute is won.
    Locks: the wallet. Queries: 7. Raises: FreezeImpossible.
    """
    wallet_ensure(party_id=party_id)
    wallet = Wallet.objects.select_for_update(no_key=True).get(pk=party_id)
    if wallet.frozen == Wallet.Frozen.ERASED:
        raise FreezeImpossible(reason="erased")
    if wallet.frozen and (cause != Wallet.Frozen.STAFF or wallet.frozen == cause):
        raise FreezeImpossible(reason="frozen")
    before, now = wallet.frozen, timezone.now()
    WalletFreeze.objects.filter(wallet=wallet, ended_at=None).update(
        ended_by=actor_party_id, ended_at=now, ended_reason="frozen anew"
    )
    freeze = WalletFreeze.objects.create(
        id=new_id(),
        wallet=wallet,
        cause=cause,
        reason=reason,
        told=told,
        frozen_by_id=actor_party_id,
        frozen_at=now,
    )
    Wallet.objects.filter(pk=wallet.pk).update(frozen=cause)
    publish_on_commit(WalletShut(party_id=str(party_id)))
    _record("wallet.frozen", party_id, actor_party_id, reason, before, cause)
    return freeze


@transaction.atomic
def wallet_unfreeze(*, party_id: uuid.UUID, reason: str, actor_party_id: uuid.UUID) -> None:
    """Free a wallet, also one that a lost dispute left frozen. One with an open dispute stays frozen by that.

    Somebody else's than the one's who does it.

    Locks: the wallet. Queries: 5. Raises: FreezeImpossible.
    """
    wallet = Wallet.objects.select_for_update(no_key=True).filter(pk=party_id).first()
    if wallet is None or not wallet.frozen:
        raise FreezeImpossible(reason="not_frozen")
    if actor_party_id == party_id:
        raise FreezeImpossible(reason="own")
    if wallet.frozen == Wallet.Frozen.ERASED:
        raise FreezeImpossible(reason="erased")
    open_ones = Chargeback.objects.filter(payment__order__party_id=party_id, closed_at=None)
    is_disputed = open_ones.exclude(status__startswith=INQUIRY).exists()
    if is_disputed and wallet.frozen == Wallet.Frozen.DISPUTE:
        raise FreezeImpossible(reason="disputed")
    before, after = wallet.frozen, Wallet.Frozen.DISPUTE if is_disputed else Wallet.Frozen.NO
    WalletFreeze.objects.filter(wallet=wallet, ended_at=None).update(
        ended_by=actor_party_id, ended_at=timezone.now(), ended_reason=reason
    )
    Wallet.objects.filter(pk=wallet.pk).update(frozen=after)
    _record("wallet.freed", party_id, actor_party_id, reason, before, after)


def frozen_told(wallet: Wallet) -> str:
    """What staff want its owner to read. Queries: 1 of a frozen one, else none."""
    if not wallet.frozen:
        return ""
    freeze = WalletFreeze.objects.filter(wallet=wallet, ended_at=None).first()
    return freeze.told if freeze else ""


def _record(
    action: str, party_id: uuid.UUID, actor_party_id: uuid.UUID | None, reason: str, before: str, after: str
) -> None:
    audit_record(
        actor_party_id=actor_party_id,
        action=action,
        target=f"wallet:{party_id}",
        reason=reason,
        before={"frozen": before},
        after={"frozen": after},
    )
