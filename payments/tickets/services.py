"""Buying a ticket: for money, for coins, or for nothing by a code."""

import logging
import uuid
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.errors import EmailUnconfirmed
from accounts.models import User
from accounts.selectors import email_confirmed, old_enough_to_pay
from core.errors import DomainError, NotSignedIn
from payments.errors import OwnChannel
from payments.gateway import GatewayError
from payments.models import Dispute, DisputeState, EarningSource
from payments.orders.errors import AmountOutOfRange, OrderClosed
from payments.orders.goods import Goods, SpentGoods, register_goods, register_spent_goods, sale_paid
from payments.orders.models import Chargeback, Flow, Order, OrderState, Payment, Purpose
from payments.orders.services import Begun, Payer, Wanted, order_cancel, order_place
from payments.spending import coins_spend
from payments.terms import COIN
from payments.tickets.errors import NotForSale, TicketElsewhere, TicketFrozen, TicketRequired
from payments.tickets.models import StreamPrice, Ticket, TicketState, VoidReason
from payments.tickets.prices import MOST, Quote, coins_range, quote
from payments.tickets.promo_codes import code_use
from payments.tickets.states import stream_is_over, ticket_let_in, ticket_lock, ticket_void, valid_ticket
from streams.access import Action, decide, is_creator
from streams.errors import StreamOver, TooYoung
from streams.models import Stream
from streams.viewers import Viewer

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Bought:
    """A ticket that lets in, or an order that has to be paid first."""

    ticket: Ticket | None = None
    begun: Begun | None = None


class _HasOne(Exception):
    """Somebody got their ticket while they were about to order it."""


def ticket_order(
    *,
    viewer: Viewer,
    stream: Stream,
    payer: Payer,
    amount: int | None = None,
    currency: str = "",
    promo_code: str = "",
) -> Bought:
    """Order a ticket for money. Who has one, and whom a code gives one, gets that and pays nothing.

    ``amount`` in minor units is what they want to pay, where that is up to them; None is the least. An earlier order of
    theirs for the same stream that waits is handed out again, or taken back when it is for another amount, or to be
    paid in another way. Must not run in a transaction.
    Queries, locks: those of ``order_place``; about 12 more. Raises: theirs, the refusals of ``streams.access``,
    OwnChannel, NotForSale, PromoCodeRefused, AmountOutOfRange.
    """
    user = _buyer(viewer, stream)
    if mine := valid_ticket(stream_id=stream.pk, party_id=user.party_id):
        return Bought(mine)
    offered = quote(stream_id=stream.pk, promo_code=promo_code)
    if offered.amount is None:
        raise NotForSale(reason="not_for_money")
    if currency not in {"", offered.price.currency}:
        raise NotForSale(reason="other_currency", currency=offered.price.currency)
    wanted = _wanted(offered, amount, least=offered.amount, most=MOST, currency=offered.price.currency)
    if wanted == 0:
        return Bought(_ticket_given(user, stream, offered))
    _earlier_cancel(user, stream, wanted, offered, payer.flow)

    def attach(order: Order) -> None:
        if valid_ticket(stream_id=stream.pk, party_id=user.party_id):
            raise _HasOne
        if offered.code is not None:
            code_use(offered.code)
        Ticket.objects.create(
            stream=stream,
            party_id=user.party_id,
            amount=order.amount,
            currency=order.currency,
            order=order,
            promo_code=offered.code,
            made_at=order.created_at,
        )

    try:
        begun = order_place(
            Wanted(
                Purpose.TICKET,
                f"Ticket: {stream.title}",
                wanted,
                offered.price.currency,
                creator_id=stream.party_id,
                stream_id=stream.pk,
                attach=attach,
            ),
            payer,
        )
    except _HasOne:
        return Bought(valid_ticket(stream_id=stream.pk, party_id=user.party_id))
    return Bought(begun=begun)


@transaction.atomic
def ticket_spend(
    *,
    viewer: Viewer,
    stream: Stream,
    request_id: uuid.UUID,
    coins: int | None = None,
    promo_code: str = "",
) -> Ticket:
    """A ticket for coins, at once and at most one per ``request_id``. Who has one gets that and pays nothing.

    Locks: this person at this stream, the stream against its end, the code, the wallet. Queries: 15, and those of
    ``streams.access``. Emits: TicketBought. Raises: the refusals of ``streams.access``, NotSignedIn, OwnChannel,
    TooYoung, NotForSale, PromoCodeRefused, AmountOutOfRange, NotEnoughCoins, WalletFrozen, KeyUsedOtherwise.
    """
    user = _buyer(viewer, stream)
    if not old_enough_to_pay(user):
        raise TooYoung(least_age=settings.PAY_LEAST_AGE)
    ticket_lock(stream_id=stream.pk, party_id=user.party_id)
    if mine := valid_ticket(stream_id=stream.pk, party_id=user.party_id):
        return mine
    if stream_is_over(stream.pk):
        raise StreamOver()
    offered = quote(stream_id=stream.pk, promo_code=promo_code)
    if offered.coins is None:
        raise NotForSale(reason="not_for_coins")
    most = coins_range()[1]
    wanted = _wanted(offered, coins, least=offered.coins, most=most, currency=COIN)
    if wanted == 0:
        return _ticket_given(user, stream, offered)
    if offered.code is not None:
        code_use(offered.code)
    now = timezone.now()
    spent = coins_spend(
        source=EarningSource.TICKET,
        payer_id=user.party_id,
        creator_id=stream.party_id,
        stream_id=stream.pk,
        coins=wanted,
        key=f"ticket:{user.party_id}:{request_id}",
        content={"stream": stream.pk, "coins": wanted, "code": offered.code.pk if offered.code else None},
        at=now,
        about=f"stream:{stream.pk}",
    )
    if spent.repeated:
        return Ticket.objects.get(transaction_id=spent.transaction_id)
    ticket = Ticket(
        stream=stream,
        party_id=user.party_id,
        amount=wanted,
        currency=COIN,
        transaction_id=spent.transaction_id,
        promo_code=offered.code,
        made_at=now,
    )
    ticket_let_in(ticket)
    return ticket


@transaction.atomic
def _ticket_given(user: User, stream: Stream, offered: Quote) -> Ticket:
    """For nothing, by a code that takes everything off. Locks: this person at this stream, the code."""
    assert offered.code is not None
    if not email_confirmed(user=user):
        raise EmailUnconfirmed(help="confirm_email")
    ticket_lock(stream_id=stream.pk, party_id=user.party_id)
    if mine := valid_ticket(stream_id=stream.pk, party_id=user.party_id):
        return mine
    if stream_is_over(stream.pk):
        raise StreamOver()
    code_use(offered.code)
    ticket = Ticket(
        stream=stream, party_id=user.party_id, amount=0, promo_code=offered.code, made_at=timezone.now()
    )
    ticket_let_in(ticket)
    return ticket


def _buyer(viewer: Viewer, stream: Stream) -> User:
    """Who may enter but for the ticket may buy one. Queries: those of ``streams.access``."""
    if viewer.user is None:
        raise NotSignedIn(help="sign_in")
    if is_creator(viewer, stream):
        raise OwnChannel()
    if not stream.ticketed:
        raise NotForSale(reason="free")
    refusal = decide(viewer=viewer, stream=stream, action=Action.ENTER).refusal
    if refusal is not None and not isinstance(refusal, TicketRequired | TicketElsewhere | TicketFrozen):
        raise refusal
    return viewer.user


def _wanted(offered: Quote, given: int | None, *, least: int, most: int, currency: str) -> int:
    """What they pay: the price, or more where that is up to them. Raises: AmountOutOfRange."""
    most = most if offered.price.pay_what_you_want else least
    wanted = least if given is None else given
    if not least <= wanted <= most:
        raise AmountOutOfRange(least=least, most=most, currency=currency)
    return wanted


def _earlier_cancel(user: User, stream: Stream, amount: int, offered: Quote, flow: Flow) -> None:
    """What they were about to pay before is not to be paid besides. One that is paid just now gives back by rule."""
    waiting = Order.objects.filter(
        party_id=user.party_id, purpose=Purpose.TICKET, stream=stream, state=OrderState.OPEN
    )
    same = waiting.filter(
        amount=amount, currency=offered.price.currency, ticket__promo_code=offered.code, flow=flow
    )
    for order in waiting.exclude(pk__in=same.values("pk")):
        try:
            order_cancel(user=user, order_id=order.pk)
        except (GatewayError, OrderClosed, DomainError) as failed:
            logger.warning("order %s waits on beside another one: %s", order.pk, failed)


def _paid(payment: Payment) -> None:
    """The money came: it is booked in any case, and goes back if there is nothing to be had for it any more."""
    order = payment.order
    assert order.stream_id is not None
    sale_paid(payment)
    ticket = Ticket.objects.select_for_update(no_key=True).get(order=order)
    ticket_lock(stream_id=order.stream_id, party_id=order.party_id)
    if stream_is_over(order.stream_id):
        ticket_void(ticket, VoidReason.STREAM_OVER, give_back=True)
    elif not StreamPrice.objects.filter(pk=order.stream_id).exists():
        ticket_void(ticket, VoidReason.FREE, give_back=True)
    elif valid_ticket(stream_id=order.stream_id, party_id=order.party_id):
        ticket_void(ticket, VoidReason.SECOND, give_back=True)
    else:
        ticket_let_in(ticket)


def _taken(order: Order) -> None:
    """The money went back, or somebody's bank wants it back."""
    ticket = Ticket.objects.select_for_update(no_key=True).filter(order=order).first()
    if ticket is None or ticket.state != TicketState.VALID:
        return
    disputed = Chargeback.objects.filter(payment__order=order, closed_at=None).exists()
    ticket_void(ticket, VoidReason.DISPUTED if disputed else VoidReason.REFUNDED)


def _given_again(order: Order) -> None:
    """The money stayed after all: what it took away is there again, unless they have another ticket by now."""
    ticket = Ticket.objects.select_for_update(no_key=True).filter(order=order).first()
    wanted_back = {VoidReason.DISPUTED, VoidReason.REFUNDED, VoidReason.BUYER}
    if ticket is None or ticket.void_reason not in wanted_back:
        return
    _let_in_again(ticket)


def _coins_taken(transaction_id: uuid.UUID) -> None:
    """The coins that paid for it were refunded themselves, or are disputed."""
    ticket = Ticket.objects.select_for_update(no_key=True).filter(transaction_id=transaction_id).first()
    if ticket is None or ticket.state != TicketState.VALID:
        return
    disputed = Dispute.objects.filter(payer_id=ticket.party_id, state=DisputeState.OPEN).exists()
    ticket_void(ticket, VoidReason.DISPUTED if disputed else VoidReason.REFUNDED)


def _coins_given_again(transaction_id: uuid.UUID) -> None:
    ticket = Ticket.objects.select_for_update(no_key=True).filter(transaction_id=transaction_id).first()
    if ticket is not None and ticket.void_reason in {VoidReason.DISPUTED, VoidReason.REFUNDED}:
        _let_in_again(ticket)


def _let_in_again(ticket: Ticket) -> None:
    """Without the lock on the person, since who buys takes that before the wallet, which is held here: should they buy
    one right now, this fails by the database's rule and is tried again.
    """
    if valid_ticket(stream_id=ticket.stream_id, party_id=ticket.party_id):
        return
    ticket.state, ticket.void_at, ticket.void_reason = TicketState.VALID, None, ""
    ticket.save(update_fields=["state", "void_at", "void_reason"])


register_goods(Purpose.TICKET, Goods(paid=_paid, taken=_taken, given_again=_given_again))
register_spent_goods(EarningSource.TICKET, SpentGoods(taken=_coins_taken, given_again=_coins_given_again))
