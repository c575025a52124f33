"""Money going back: what it bought is taken first, so that it cannot be spent meanwhile, then the provider is asked."""

import logging
import uuid

from django.db import transaction
from django.utils import timezone

from core.audit import audit_record
from core.errors import NotFound
from core.facts import publish_on_commit
from core.ids import new_id
from payments.coins import coins_credit, coins_refund, wallet_lock_of
from payments.errors import AmountInvalid
from payments.gateway import GatewayError, RefundMade, gateway
from payments.models import CoinLot
from payments.orders import events
from payments.orders.errors import NotRefundable
from payments.orders.looking import InSame
from payments.orders.models import Order, OrderState, Payment, Refund, RefundState
from payments.orders.receipts import credit_note_issue
from payments.rounding import share_between

logger = logging.getLogger(__name__)

WAITING = (RefundState.ASKED, RefundState.PENDING)
LOOKS_AT_ONCE = 50


def coins_give_back(
    *, order_id: uuid.UUID, coins: int | None, reason: str, actor_party_id: uuid.UUID
) -> Refund:
    """Take unspent coins of an order back and their price with them; all that are left, unless told how many.

    Must not run in a transaction. What the provider does not do now, ``refunds_look`` does later. Locks: the order, the
    wallet, the lot. Raises: NotFound, NotRefundable, AmountInvalid, WalletFrozen.
    """
    refund = _taken_back(order_id=order_id, coins=coins, reason=reason, actor_party_id=actor_party_id)
    try:
        refund_look(refund_id=refund.pk)
    except GatewayError as failed:
        logger.warning("refund %s is not made yet: %s", refund.pk, failed)
    refund.refresh_from_db()
    return refund


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
    _follow_all(payment_id=refund.payment_id, made=[made])


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
    _follow_all(payment_id=payment.pk if payment else None, made=made, in_same=in_same)


@transaction.atomic
def _taken_back(*, order_id: uuid.UUID, coins: int | None, reason: str, actor_party_id: uuid.UUID) -> Refund:
    order = Order.objects.select_for_update(no_key=True).filter(pk=order_id).first()
    if order is None:
        raise NotFound()
    if order.state != OrderState.PAID or not order.coins:
        raise NotRefundable(reason="not_paid")
    payment = Payment.objects.get(order=order)
    if payment.chargebacks.filter(closed_at=None).exists():
        raise NotRefundable(reason="disputed")
    lot = CoinLot.objects.get(order_reference=str(order.pk))
    _wallet, lot = wallet_lock_of(lot_id=lot.pk)
    left = lot.coins - lot.gone
    if left == 0:
        raise NotRefundable(reason="spent")
    wanted = left if coins is None else coins
    if not 0 < wanted <= left:
        raise AmountInvalid(coins=wanted, left=left)
    # Of what was paid in the buyer's currency, the same part as the books take of what was settled.
    amount = share_between(order.amount, begin=lot.gone, end=lot.gone + wanted, whole=lot.coins)
    if amount == 0:
        raise NotRefundable(reason="worth_nothing")
    refund = Refund.objects.create(
        id=new_id(),
        payment=payment,
        amount=amount,
        coins=wanted,
        reason=reason,
        asked_by_id=actor_party_id,
        asked_at=timezone.now(),
    )
    refund.booked = coins_refund(lot_id=lot.pk, coins=wanted, key=f"refund:{refund.pk}")
    refund.save(update_fields=["booked"])
    audit_record(
        actor_party_id=actor_party_id,
        action="order.refund_asked",
        target=f"order:{order.pk}",
        reason=reason,
        after={"amount": amount, "currency": order.currency, "coins": wanted},
    )
    return refund


@transaction.atomic
def _follow_all(
    *, payment_id: uuid.UUID | None, made: list[RefundMade], in_same: InSame | None = None
) -> None:
    """Locks: the order. Queries: 2, and 4 per refund that changed."""
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
    """Somebody paid back at the provider itself. As many coins are taken as are left; the rest is for staff to see."""
    order = payment.order
    lot = CoinLot.objects.get(order_reference=str(order.pk))
    _wallet, lot = wallet_lock_of(lot_id=lot.pk)
    # As many coins as the money is of the order, as far as they are there.
    wanted = -(-lot.coins * made.amount // order.amount)
    coins = min(lot.coins - lot.gone, wanted)
    refund = Refund.objects.create(
        id=new_id(),
        payment=payment,
        provider_id=made.id,
        amount=made.amount,
        coins=coins,
        reason="made at the provider",
        asked_at=made.at,
    )
    if coins and not _wallet.frozen:
        refund.booked = coins_refund(lot_id=lot.pk, coins=coins, key=f"refund:{refund.pk}")
    refund.save(update_fields=["booked"])
    audit_record(
        actor_party_id=None,
        action="order.refunded_past_us",
        target=f"order:{order.pk}",
        after={"refund": made.id, "amount": made.amount, "booked": refund.booked, "coins": coins},
    )
    logger.error("refund %s of order %s was made past us: compare the books", made.id, order.pk)
    return refund


@transaction.atomic
def _given_again(*, refund_id: uuid.UUID, why: str) -> None:
    refund = Refund.objects.select_related("payment__order").get(pk=refund_id)
    Order.objects.select_for_update(no_key=True).get(pk=refund.payment.order_id)
    refund.refresh_from_db(fields=["state", "booked"])
    if refund.state in WAITING:
        _give_again(refund, why=why)


def _give_again(refund: Refund, *, why: str) -> None:
    """The provider did not pay it back: the buyer has the coins again, as a lot of what they were worth."""
    order = refund.payment.order
    refund.state, refund.failure, refund.closed_at = RefundState.FAILED, why[:60], timezone.now()
    refund.save(update_fields=["state", "failure", "closed_at"])
    if refund.booked:
        coins_credit(
            party_id=order.party_id,
            coins=refund.coins,
            source=order.source,
            price=refund.booked,
            processing=0,
            order_reference=f"refund:{refund.pk}",
            charged_at=refund.payment.charged_at,
            key=f"refund:{refund.pk}:failed",
        )
    audit_record(
        actor_party_id=None, action="order.refund_failed", target=f"order:{order.pk}", reason=refund.failure
    )
    logger.error("refund %s of order %s failed: %s", refund.pk, order.pk, refund.failure)
