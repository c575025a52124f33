"""Giving a tip, booking it once it is paid, and taking down what it says."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from core.audit import audit_record
from core.errors import NotFound, NotSignedIn
from core.facts import publish_on_commit
from core.text import said
from payments.errors import CurrencyUnknown
from payments.orders.errors import AmountOutOfRange
from payments.orders.goods import Goods, register_goods, sale_paid
from payments.orders.models import Order, Payment, Purpose
from payments.orders.prices import MOST
from payments.orders.services import Begun, Payer, Wanted, order_place
from payments.terms import terms
from payments.tips.errors import TipMessageTooLong
from payments.tips.events import TipHidden, TipPaid
from payments.tips.models import Tip
from payments.tips.tiers import TIERS, Tier, tier_of
from streams.access import Action, barred, require
from streams.errors import StreamNotLive
from streams.models import Stream, StreamStatus
from streams.viewers import Viewer


def tip_order(
    *,
    viewer: Viewer,
    stream: Stream,
    amount: int,
    currency: str,
    payer: Payer,
    message: str = "",
    anonymous: bool = False,
) -> Begun:
    """Order a tip for who streams. ``amount`` is in minor units. Must not run in a transaction.

    Who says something with it must be allowed to write in the chat; who is named by it, to speak; others to enter.
    Queries, locks: those of ``streams.access`` and ``order_place``. Raises: theirs, NotSignedIn, StreamNotLive,
    TipMessageTooLong.
    """
    if viewer.user is None:
        raise NotSignedIn(help="sign_in")
    tier = tip_tier(amount=amount, currency=currency)
    text = tip_text(message, tier=tier)
    if text:
        require(viewer=viewer, stream=stream, action=Action.CHAT)
    require(viewer=viewer, stream=stream, action=Action.SPEAK if text or not anonymous else Action.ENTER)
    if stream.status != StreamStatus.LIVE:
        raise StreamNotLive()

    def attach(order: Order) -> None:
        Tip.objects.create(order=order, message=text, anonymous=anonymous, tier=tier.number)

    creator = stream.creator.name if stream.creator else ""
    wanted = Wanted(
        Purpose.TIP,
        f"Tip for {creator}",
        amount,
        currency,
        creator_id=stream.party_id,
        stream_id=stream.pk,
        # One that waits may say something else; whoever asks twice says so by the key of the request.
        again=False,
        attach=attach,
    )
    return order_place(wanted, payer)


def tip_tier(*, amount: int, currency: str) -> Tier:
    """The step of an amount that may be given. Queries: none. Raises: CurrencyUnknown, AmountOutOfRange."""
    known = terms().get(currency)
    if known is None:
        raise CurrencyUnknown(currency=currency)
    if not settings.TIP_LEAST <= amount <= MOST:
        raise AmountOutOfRange(least=settings.TIP_LEAST, most=MOST, currency=currency)
    return tier_of(amount=amount, terms=known)


def tip_text(raw: str, *, tier: Tier) -> str:
    """What is kept of a message; it may be empty. Raises: TipMessageTooLong."""
    # Far too long is not worth looking at each character.
    text = raw if len(raw) > 4 * tier.characters else said(raw)
    if len(text) > tier.characters:
        raise TipMessageTooLong(limit=tier.characters, length=len(text))
    return text


@transaction.atomic
def tip_take_down(*, viewer: Viewer, stream_id: uuid.UUID, tip_id: uuid.UUID, reason: str = "") -> Tip:
    """Show nobody any more what a tip says, and pin it no longer. The money stays. A repeat changes nothing.

    Locks: the tip. Queries: 6, and those of ``streams.access``. Emits: TipHidden. Raises: NotFound, Forbidden.
    """
    stream = Stream.objects.filter(pk=stream_id).first()
    if stream is None:
        raise NotFound()
    require(viewer=viewer, stream=stream, action=Action.SEE)
    require(viewer=viewer, stream=stream, action=Action.MODERATE)
    tip = (
        Tip.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk=tip_id, order__stream_id=stream_id, paid_at__isnull=False)
        .first()
    )
    if tip is None:
        raise NotFound()
    if tip.hidden_at is None:
        _hide(tip, stream_id=stream_id, by=viewer.user)
        audit_record(
            action="tip.taken_down",
            target=f"tip:{tip.pk}",
            actor_party_id=viewer.party_id,
            reason=reason,
        )
    return tip


def _hide(tip: Tip, *, stream_id: uuid.UUID, by: User | None) -> None:
    tip.hidden_at, tip.pinned_until = timezone.now(), None
    tip.hidden_by_id = by.party_id if by else None
    tip.save(update_fields=["hidden_at", "pinned_until", "hidden_by"])
    publish_on_commit(TipHidden(tip_id=str(tip.pk), stream_id=str(stream_id)))


def _paid(payment: Payment) -> None:
    """Book it, also when the stream is over by now; then it is not pinned.

    Of somebody who may not speak there any more neither words nor name are shown; the money is the creator's.
    """
    order = payment.order
    assert order.stream_id is not None
    stream = Stream.objects.get(pk=order.stream_id)
    tip = Tip.objects.select_for_update(no_key=True).get(order=order)
    sale_paid(payment)
    tip.paid_at = timezone.now()
    seconds = TIERS[tip.tier].pinned_seconds
    if not _may_speak(order, stream):
        tip.hidden_at, tip.anonymous = tip.paid_at, True
    elif seconds and stream.status == StreamStatus.LIVE:
        tip.pinned_until = tip.paid_at + timedelta(seconds=seconds)
    tip.save(update_fields=["paid_at", "pinned_until", "hidden_at", "anonymous"])
    publish_on_commit(TipPaid(tip_id=str(tip.pk), stream_id=str(order.stream_id), order_id=str(order.pk)))


def _may_speak(order: Order, stream: Stream) -> bool:
    """Asked again when it is paid, which may be long after it was ordered. Queries: 2, or 1 of somebody erased."""
    user = User.objects.filter(party=order.party_id).first()
    if user is None:
        return True
    viewer = Viewer(user=user, viewer_id=f"u:{user.pk}")
    return barred(viewer=viewer, stream=stream, action=Action.SPEAK) is None


def _taken(order: Order) -> None:
    """Words that are not paid for any more are not shown. What was hidden stays so, whatever comes of it."""
    tip = Tip.objects.select_for_update(no_key=True).get(order=order)
    if tip.hidden_at is None and tip.paid_at is not None:
        assert order.stream_id is not None
        _hide(tip, stream_id=order.stream_id, by=None)


register_goods(Purpose.TIP, Goods(paid=_paid, taken=_taken))
