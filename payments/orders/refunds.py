"""Money going back: what it bought is taken first, so that it cannot be spent meanwhile, then the provider is asked."""

import logging
import uuid
from datetime import datetime

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from core.audit import audit_record
from core.errors import NotFound
from core.facts import publish_on_commit
from core.ids import new_id
from payments.answers import RefundMade
from payments.errors import AmountInvalid, WalletFrozen
from payments.gateway import GatewayError, gateway
from payments.models import Wallet
from payments.orders import events
from payments.orders.errors import NotRefundable
from payments.orders.keeping import disputed_of, goods_follow, order_left
from payments.orders.looking import InSame
from payments.orders.models import Order, OrderState, Payment, Refund, RefundState
from payments.orders.receipts import credit_note_issue
from payments.refunds import refund_book, refund_undo
from payments.rounding import share
from payments.taking import Held, Taken, held_lock

logger = logging.getLogger(__name__)

WAITING = (RefundState.ASKED, RefundState.PENDING)
LOOKS_AT_ONCE = 50


def order_refund(
    *,
    order_id: uuid.UUID,
    amount: int | None,
    reason: str,
    actor_party_id: uuid.UUID | None,
    include_spent: bool = False,
) -> Refund:
    """Take an order back, or a part of it, and have the provider give the money back.

    Must not run in a transaction. What the provider does not do now, ``refunds_look`` does later. Otherwise as
    ``refund_take``.
    """
    refund = refund_take(
        order_id=order_id,
        amount=amount,
        reason=reason,
        actor_party_id=actor_party_id,
        include_spent=include_spent,
    )
    try:
        refund_look(refund_id=refund.pk)
    except GatewayError as failed:
        logger.warning("refund %s is not made yet: %s", refund.pk, failed)
    refund.refresh_from_db()
    return refund


@transaction.atomic
def refund_take(
    *,
    order_id: uuid.UUID,
    amount: int | None,
    reason: str,
    actor_party_id: uuid.UUID | None,
    include_spent: bool = False,
) -> Refund:
    """Take back what a refund is for; ``refund_look``, after the commit, asks the provider to make it.

    ``amount`` is in minor units of the order's currency; None is all that may go back. Of coins those that are unspent
    go, and with ``include_spent`` then those that were spent last. ``actor_party_id`` is None for what happens by rule.
    Locks: the order, the wallet, the lot, the creators. Emits an audit event. Raises: NotFound, NotRefundable,
    AmountInvalid, WalletFrozen.
    """
    order = Order.objects.select_for_update(no_key=True).filter(pk=order_id).first()
    if order is None:
        raise NotFound()
    payment = Payment.objects.filter(order=order).select_related("order").first()
    if order.state != OrderState.PAID or payment is None:
        raise NotRefundable(reason="not_paid")
    if payment.chargebacks.filter(closed_at=None).exists():
        raise NotRefundable(reason="disputed")
    held = held_lock(order_reference=str(order.pk))
    # A warning froze it so that this can be done before a dispute.
    if held.wallet is not None and held.wallet.frozen not in {Wallet.Frozen.NO, Wallet.Frozen.WARNING}:
        raise WalletFrozen()
    left = order_left(payment)
    if left == 0:
        raise NotRefundable(reason="given_back")
    parts, most = held.parts, left
    if held.lot is not None and not include_spent and held.earnings:
        parts = held.unspent
        most = share(left, held.pick(parts).worth, held.worth) if held.worth else 0
    if parts == 0:
        raise NotRefundable(reason="spent")
    if most == 0:
        raise NotRefundable(reason="worth_nothing")
    wanted = most if amount is None else amount
    if not 0 < wanted <= most:
        raise AmountInvalid(amount=wanted, left=most)
    if wanted < most:
        parts = parts * wanted // most
    if parts == 0:  # less than one coin
        raise AmountInvalid(amount=wanted, left=most)
    return _refund_begin(
        payment,
        held,
        held.pick(parts),
        amount=wanted,
        reason=reason,
        asked_by_id=actor_party_id,
        action="order.refund_asked",
    )


def refund_look(*, refund_id: uuid.UUID) -> None:
    """Ask the provider for a refund, or how far it is: a repeat is answered as the first time. Raises: GatewayError."""
    refund = Refund.objects.select_related("payment").get(pk=refund_id)
    if refund.state not in WAITING:
        return
    if refund.provider_id is not None:
        charge_refunds_look(charge_id=refund.payment.charge_id)
        return
    try:
        made = gateway().refund_create(
            refund_id=refund.pk, charge_id=refund.payment.charge_id, amount=refund.amount
        )
    except GatewayError as failed:
        if failed.permanent:
            _given_again(refund_id=refund.pk, why=failed.reason)
            return
        raise
    refunds_converge(payment_id=refund.payment_id, made=[made])


def refunds_look() -> int:
    """Go on with the refunds that wait. Returns how many. Queries: 1."""
    waiting = list(Refund.objects.filter(state__in=WAITING).order_by("id")[:LOOKS_AT_ONCE])
    for refund in waiting:
        try:
            refund_look(refund_id=refund.pk)
        except GatewayError as failed:
            logger.warning("refund %s could not be looked at: %s", refund.pk, failed)
    return len(waiting)


def charge_refunds_look(*, charge_id: str, in_same: InSame | None = None) -> None:
    """Bring all refunds of a charge into line with what the provider says. A charge that is not ours is nothing.

    Must not run in a transaction. Raises: GatewayError.
    """
    payment = Payment.objects.filter(charge_id=charge_id).first()
    made = gateway().refunds_of(charge_id) if payment else []
    refunds_converge(payment_id=payment.pk if payment else None, made=made, in_same=in_same)


def _refund_begin(
    payment: Payment,
    held: Held,
    taken: Taken,
    *,
    amount: int,
    reason: str,
    action: str,
    asked_by_id: uuid.UUID | None = None,
    provider_id: str | None = None,
    asked_at: datetime | None = None,
) -> Refund:
    """The row, the books, what was bought, and the audit event."""
    order = payment.order
    booked = _in_books(payment, amount)
    with goods_follow(payment):
        refund = Refund.objects.create(
            id=new_id(),
            payment=payment,
            provider_id=provider_id,
            amount=amount,
            coins=taken.coins,
            booked=booked,
            reason=reason,
            asked_by_id=asked_by_id,
            asked_at=asked_at or timezone.now(),
        )
        refund_book(
            order_reference=str(order.pk), held=held, taken=taken, money=booked, key=f"refund:{refund.pk}"
        )
    audit_record(
        actor_party_id=asked_by_id,
        action=action,
        target=f"order:{order.pk}",
        reason=reason,
        after={
            "refund": provider_id or str(refund.pk),
            "amount": amount,
            "currency": order.currency,
            "coins": taken.coins,
        },
    )
    return refund


def _in_books(payment: Payment, amount: int) -> int:
    """What so much of an order is as it was settled: of what is left the same part, so that the last has the rest."""
    order = payment.order
    if order.currency == payment.settled_currency:
        return amount
    left = order_left(payment)
    back = payment.refunds.exclude(state=RefundState.FAILED).aggregate(sum=Sum("booked"))["sum"] or 0
    for lost in payment.chargebacks.filter(status="lost"):
        back += share(payment.settled_amount, disputed_of(payment, lost), order.amount)
    settled = max(payment.settled_amount - back, 0)
    return share(settled, amount, left) if left else share(payment.settled_amount, amount, order.amount)


@transaction.atomic
def refunds_converge(
    *, payment_id: uuid.UUID | None, made: list[RefundMade], in_same: InSame | None = None
) -> None:
    """What was seen of a payment's refunds, in the books. Locks: the order. Queries: 2, and 4 per refund that moved."""
    if payment_id is not None:
        payment = Payment.objects.select_related("order").get(pk=payment_id)
        Order.objects.select_for_update(no_key=True).get(pk=payment.order_id)
        for one in made:
            _follow(payment, one)
    if in_same is not None:
        in_same()


def _follow(payment: Payment, made: RefundMade) -> None:
    refund = Refund.objects.filter(provider_id=made.id).first()
    if refund is None and made.refund_id:
        refund = Refund.objects.filter(pk=made.refund_id, payment=payment, provider_id=None).first()
    if refund is None:
        refund = _made_past_us(payment, made)
    if refund.provider_id is None:
        refund.provider_id = made.id
        refund.save(update_fields=["provider_id"])
    if made.status == "succeeded" and refund.state in WAITING:
        refund.state, refund.closed_at = RefundState.MADE, timezone.now()
        refund.save(update_fields=["state", "closed_at"])
        credit_note_issue(refund=refund)
        publish_on_commit(
            events.RefundMade(
                order_id=str(payment.order_id),
                party_id=str(payment.order.party_id),
                refund_id=str(refund.pk),
            )
        )
    elif made.status in {"pending", "requires_action"} and refund.state == RefundState.ASKED:
        refund.state = RefundState.PENDING
        refund.save(update_fields=["state"])
    elif made.status in {"failed", "canceled"} and refund.state != RefundState.FAILED:
        _give_again(refund, why=made.failure or made.status)


def _made_past_us(payment: Payment, made: RefundMade) -> Refund:
    """Somebody paid back at the provider itself: as a refund that takes spent coins too. Staff are told to look."""
    held, left = held_lock(order_reference=str(payment.order_id)), order_left(payment)
    parts = held.parts
    if made.amount < left:
        parts = -(-parts * made.amount // left)
    refund = _refund_begin(
        payment,
        held,
        held.pick(parts),
        amount=made.amount,
        reason="made at the provider",
        action="order.refunded_past_us",
        provider_id=made.id,
        asked_at=made.at,
    )
    logger.error("refund %s of order %s was made past us: compare the books", made.id, payment.order_id)
    return refund


@transaction.atomic
def _given_again(*, refund_id: uuid.UUID, why: str) -> None:
    refund = Refund.objects.select_related("payment__order").get(pk=refund_id)
    Order.objects.select_for_update(no_key=True).get(pk=refund.payment.order_id)
    refund.refresh_from_db(fields=["state", "booked"])
    if refund.state in WAITING:
        _give_again(refund, why=why)


def _give_again(refund: Refund, *, why: str) -> None:
    """The provider did not pay it back: everybody has again what was taken from them."""
    payment = refund.payment
    with goods_follow(payment):
        refund.state, refund.failure, refund.closed_at = RefundState.FAILED, why[:60], timezone.now()
        refund.save(update_fields=["state", "failure", "closed_at"])
        refund_undo(order_reference=str(payment.order_id), key=f"refund:{refund.pk}")
    audit_record(
        actor_party_id=None,
        action="order.refund_failed",
        target=f"order:{payment.order_id}",
        reason=refund.failure,
    )
    # Who asked for it sees that it failed; what happened by rule nobody waits for.
    logger.error(
        "refund %s of order %s (%s) failed, and needs a hand: %s",
        refund.pk,
        payment.order_id,
        "by rule" if refund.asked_by_id is None else "by staff",
        refund.failure,
    )
