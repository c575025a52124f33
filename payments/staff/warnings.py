"""A bank's warning that a card was not its owner's: staff may give the money back before it is disputed.

Source: https://docs.stripe.com/radar/early-fraud-warnings
"""

import logging
import uuid
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from core.audit import audit_record
from payments.answers import FraudWarned
from payments.gateway import GatewayError, gateway
from payments.models import Wallet
from payments.orders.looking import InSame
from payments.orders.models import Order, Payment
from payments.staff.errors import FreezeImpossible
from payments.staff.freezing import wallet_freeze
from payments.staff.models import FraudWarning

logger = logging.getLogger(__name__)

# How far the clock looks back for warnings of which nobody told us.
LOOKED_BACK = timedelta(days=3)


def warning_look(*, warning_id: str, in_same: InSame | None = None) -> None:
    """Ask the provider about a warning, and freeze the wallet of whoever paid. A repeat does nothing more.

    Must not run in a transaction. Locks: the order, the wallet. Emits an audit event and an error in the log.
    Raises: GatewayError.
    """
    _follow(gateway().warning_get(warning_id), in_same)


def warnings_look() -> int:
    """Look for warnings of which nobody told us. Returns how many there are. Raises: GatewayError."""
    warned = list(gateway().warnings(since=timezone.now() - LOOKED_BACK))
    known = set(
        FraudWarning.objects.filter(provider_id__in=[one.id for one in warned]).values_list(
            "provider_id", "actionable"
        )
    )
    for one in warned:
        if (one.id, one.actionable) not in known:
            _follow(one, None)
    return len(warned)


@transaction.atomic
def _follow(seen: FraudWarned, in_same: InSame | None) -> None:
    payment = Payment.objects.filter(charge_id=seen.charge_id).select_related("order").first()
    if payment is not None:
        Order.objects.select_for_update(no_key=True).get(pk=payment.order_id)
        warning, is_new = FraudWarning.objects.get_or_create(
            provider_id=seen.id,
            defaults={
                "payment": payment,
                "kind": seen.kind[:60],
                "actionable": seen.actionable,
                "told_at": seen.at,
                "seen_at": timezone.now(),
            },
        )
        if is_new:
            _tell(payment, warning)
        elif warning.actionable is not seen.actionable:
            warning.actionable = seen.actionable
            warning.save(update_fields=["actionable"])
    else:
        logger.warning("warning %s is of a charge that is not in the books", seen.id)
    if in_same is not None:
        in_same()


def _tell(payment: Payment, warning: FraudWarning) -> None:
    """What is unspent stays where it is until somebody decides."""
    if payment.warned_at is None:
        Payment.objects.filter(pk=payment.pk).update(warned_at=warning.told_at)
    frozen = _freeze(payment.order.party_id, warning)
    audit_record(
        actor_party_id=None,
        action="order.warned_of_fraud",
        target=f"order:{payment.order_id}",
        after={"warning": warning.provider_id, "kind": warning.kind, "wallet_frozen": frozen},
    )
    logger.error(
        "charge %s of order %s: the bank warns of fraud (%s); giving it back may prevent a dispute",
        payment.charge_id,
        payment.order_id,
        warning.kind,
    )


def _freeze(party_id: uuid.UUID, warning: FraudWarning) -> bool:
    """A wallet that is frozen already, by staff or by a dispute, stays frozen by that."""
    try:
        wallet_freeze(
            party_id=party_id,
            reason=f"warning {warning.provider_id}: {warning.kind}",
            actor_party_id=None,
            cause=Wallet.Frozen.WARNING,
        )
    except FreezeImpossible:
        return False
    return True


def warnings_look_or_say() -> None:
    """For the clock: a provider that is away is asked again the next time."""
    try:
        warnings_look()
    except GatewayError as failed:
        logger.warning("warnings could not be looked for: %s", failed)
