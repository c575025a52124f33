"""Ordering: what is wanted is written down first, then the provider is asked to take the money."""

import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.errors import EmailUnconfirmed
from accounts.models import User
from accounts.selectors import email_confirmed, old_enough_to_pay
from core.errors import NotFound
from core.ids import new_id
from payments.creators.cards import card_check
from payments.errors import OwnChannel, WalletFrozen
from payments.gateway import GatewayError, gateway
from payments.models import Wallet
from payments.orders.errors import OrderClosed
from payments.orders.limits import declines_check, placed_from, spending_check
from payments.orders.looking import order_close, order_look
from payments.orders.models import Flow, Order, OrderState, Purpose
from payments.orders.prices import Offer, amount_check
from payments.orders.sources import STRIPE
from payments.provider import provider
from streams.errors import TooYoung

logger = logging.getLogger(__name__)

OPEN_FOR = timedelta(minutes=60)
# Stripe's least for a page is 30 minutes, counted from when it reads the request: an order that has less left, and may
# have none yet, is not handed out again.
WORTH_REUSING = timedelta(minutes=31)
FIRST_LOOK = timedelta(minutes=1)


@dataclass(frozen=True)
class Begun:
    """An order and how to pay it: on the page at ``url``, or by ``client_secret`` in an app."""

    order: Order
    url: str = field(default="", repr=False)
    client_secret: str = field(default="", repr=False)


@dataclass(frozen=True)
class Wanted:
    """What somebody wants to pay for; ``amount`` in minor units of ``currency``. ``creator_id`` is a party.

    ``again``: the same that waits already is handed out again. ``attach`` writes what belongs to a new order, in the
    transaction that makes it, after all that is asked of every order; what it raises undoes the order.
    """

    purpose: Purpose
    title: str
    amount: int
    currency: str
    coins: int | None = None
    creator_id: uuid.UUID | None = None
    stream_id: uuid.UUID | None = None
    again: bool = True
    attach: Callable[[Order], None] | None = None


@dataclass(frozen=True)
class Payer:
    """Who pays, and how: ``address`` is theirs, ``back_to`` where the provider's page leads to."""

    user: User
    flow: Flow
    address: str
    back_to: str
    source: str = STRIPE


def coins_order(
    *, user: User, offer: Offer, flow: Flow, address: str, back_to: str, source: str = STRIPE
) -> Begun:
    """Order coins. Queries, locks and errors are those of ``order_place``."""
    wanted = Wanted(Purpose.COINS, f"{offer.coins:,} coins", offer.amount, offer.currency, coins=offer.coins)
    return order_place(wanted, Payer(user, flow, address, back_to, source))


def order_place(wanted: Wanted, payer: Payer) -> Begun:
    """Write an order down and have the provider wait for its money. Must not run in a transaction.

    Locks: the user. Queries: 17, and those of ``attach``. Raises: EmailUnconfirmed, TooYoung, WalletFrozen, OwnChannel,
    CardShared, AmountOutOfRange, CurrencyUnknown, SpendLimitReached, TooManyDeclines, GatewayError, NotSupported.
    """
    provider()  # whoever may not sell writes nothing down
    order, is_new = _written(wanted, payer)
    try:
        begun = _begun(order, user=payer.user, back_to=payer.back_to)
    except GatewayError as failed:
        logger.warning("order %s could not be begun: %s", order.pk, failed)
        if failed.permanent and is_new:
            order_close(order_id=order.pk, state=OrderState.FAILED)
        raise
    if begun is None:  # what was to be handed out again is over
        return order_place(wanted, payer)
    return begun


def order_cancel(*, user: User, order_id: uuid.UUID) -> Order:
    """Take back an order that is not paid. One that was paid meanwhile is answered as paid.

    Must not run in a transaction. Raises: NotFound, OrderClosed, GatewayError.
    """
    order = Order.objects.filter(pk=order_id, party_id=user.party_id).first()
    if order is None:
        raise NotFound()
    if order.state != OrderState.OPEN:
        raise OrderClosed(state=order.state)
    if order.checkout_id:
        gateway().checkout_expire(order.checkout_id)
    elif order.intent_id:
        gateway().intent_cancel(order.intent_id)
    looked = order_look(order_id=order.pk)
    if looked.state == OrderState.EXPIRED:
        # The provider knows no other end of a page.
        Order.objects.filter(pk=order.pk, state=OrderState.EXPIRED).update(state=OrderState.CANCELLED)
        looked.refresh_from_db()
    elif looked.state == OrderState.OPEN:  # it never got as far as the provider
        looked = order_close(order_id=order.pk, state=OrderState.CANCELLED)
    return looked


@transaction.atomic
def _written(wanted: Wanted, payer: Payer) -> tuple[Order, bool]:
    """The order, and whether it is new. What is checked here holds until it is committed."""
    locked = User.objects.select_for_update(of=("self",), no_key=True).get(pk=payer.user.pk)
    if wanted.creator_id == locked.party_id:
        raise OwnChannel()
    if wanted.creator_id is not None:
        card_check(payer_id=locked.party_id, creator_id=wanted.creator_id)
    if not old_enough_to_pay(locked):
        raise TooYoung(least_age=settings.PAY_LEAST_AGE)
    if not email_confirmed(user=locked):
        raise EmailUnconfirmed(help="confirm_email")
    if Wallet.objects.filter(pk=locked.party_id).exclude(frozen="").exists():
        raise WalletFrozen()
    terms = amount_check(amount=wanted.amount, currency=wanted.currency)
    now, network = timezone.now(), placed_from(payer.address)
    order = Order(
        id=new_id(),
        party_id=locked.party_id,
        purpose=wanted.purpose,
        source=payer.source,
        flow=payer.flow,
        amount=wanted.amount,
        currency=wanted.currency,
        coins=wanted.coins,
        creator_id=wanted.creator_id,
        stream_id=wanted.stream_id,
        title=wanted.title[:120],
        placed_from=network,
        created_at=now,
        expires_at=now + OPEN_FOR,
        look_at=now + FIRST_LOOK,
    )
    declines_check(party_id=locked.party_id, placed_from=network)
    if wanted.again and (waiting := _waiting_like(order)):
        return waiting, False
    spending_check(user=locked, amount=wanted.amount, terms=terms)
    order.save(force_insert=True)
    if wanted.attach is not None:
        wanted.attach(order)
    return order, True


def _waiting_like(order: Order) -> Order | None:
    """The same of the same person, with enough time left to be paid. Queries: 1."""
    same = ("party_id", "purpose", "source", "flow", "amount", "currency", "coins", "creator_id", "stream_id")
    waiting = Order.objects.filter(state=OrderState.OPEN, expires_at__gt=order.created_at + WORTH_REUSING)
    return waiting.filter(**{name: getattr(order, name) for name in same}).first()


def _begun(order: Order, *, user: User, back_to: str) -> Begun | None:
    """Ask the provider, who answers a repeat as the first time; None when it has closed the order."""
    if order.flow == Flow.INTENT:
        if order.intent_id:
            intent = gateway().intent_get(order.intent_id)
        else:
            intent = gateway().intent_create(
                order_id=order.pk, amount=order.amount, currency=order.currency, title=order.title
            )
            Order.objects.filter(pk=order.pk).update(intent_id=intent.id)
            order.intent_id = intent.id
        if intent.status in {"succeeded", "canceled", "processing"}:
            order_look(order_id=order.pk)
            return None
        return Begun(order, client_secret=intent.client_secret)
    if order.checkout_id:
        checkout = gateway().checkout_get(order.checkout_id)
        if checkout.status != "open":
            order_look(order_id=order.pk)
            return None
        return Begun(order, url=checkout.url)
    separator = "&" if "?" in back_to else "?"
    checkout = gateway().checkout_create(
        order_id=order.pk,
        amount=order.amount,
        currency=order.currency,
        title=order.title,
        expires_at=order.expires_at,
        success_url=f"{back_to}{separator}order={order.pk}",
        cancel_url=f"{back_to}{separator}order={order.pk}&left=1",
        email=user.email,
    )
    Order.objects.filter(pk=order.pk).update(checkout_id=checkout.id)
    order.checkout_id = checkout.id
    return Begun(order, url=checkout.url)
