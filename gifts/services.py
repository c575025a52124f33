"""Sending gifts: the one way in."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import msgspec
from django.conf import settings
from django.db import connection
from django.utils import timezone

from accounts.models import User
from accounts.selectors import old_enough_to_pay
from core import facts
from core.errors import DomainError, InvalidInput, NotSignedIn
from core.ids import new_id
from gifts.errors import GiftChanged, StreamNotLive
from gifts.events import GiftSent, Giver, Streak
from gifts.models import Gift, GiftSend
from payments.errors import CardShared, KeyUsedOtherwise, NotEnoughCoins, OwnChannel, WalletFrozen
from payments.ledger.posting import request_hash
from payments.models import Transaction
from payments.terms import book_terms, creator_per_coin
from streams.access import Action, StreamLike, require
from streams.errors import TooYoung
from streams.viewers import Viewer

QUANTITY_MOST = 99
# A tap this long after the one before it still belongs to the same streak.
COMBO_PAUSE = timedelta(seconds=3)

_SEND = """
SELECT outcome, known, balance, combo, combo_quantity, combo_coins, combo_ends_at
FROM gifts_send(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s::jsonb, %s)
"""


class Sent(NamedTuple):
    """``balance_coins`` is what is left now; ``repeated``: it was sent before under this request id."""

    gift: GiftSend
    balance_coins: int | None
    repeated: bool


def gift_send(
    *,
    sender: Viewer,
    stream: StreamLike,
    gift: Gift,
    quantity: int,
    request_id: uuid.UUID,
    anonymous: bool = False,
) -> Sent:
    """Spend the sender's coins on a gift to a live stream, at most once per ``request_id``.

    What the gift cost when it was read is what it costs: a catalogue that changed meanwhile is told. The whole of it
    is one statement, which locks the sender's wallet and nothing that other senders need: who begins while the stream
    is live may be booked a moment after its end. Taps that follow each other within ``COMBO_PAUSE`` are one streak.
    A repeat answers as the first time, also when the stream is over.
    Queries: 1, and those of ``streams.access``. Emits: GiftSent.
    Raises: the refusals of ``streams.access``, NotSignedIn, TooYoung, InvalidInput, StreamNotLive, OwnChannel,
    CardShared, GiftChanged, NotEnoughCoins, WalletFrozen, KeyUsedOtherwise; then nothing is written.
    """
    user = sender.user
    if user is None:
        raise NotSignedIn(help="sign_in")
    if not 1 <= quantity <= QUANTITY_MOST:
        raise InvalidInput(quantity=[f"From 1 to {QUANTITY_MOST}."])
    key = f"gift:{user.party_id}:{request_id}"
    content = {"stream": stream.id, "gift": gift.pk, "quantity": quantity, "anonymous": anonymous}
    try:
        require(viewer=sender, stream=stream, action=Action.ENTER if anonymous else Action.SPEAK)
        if not old_enough_to_pay(user):
            raise TooYoung(least_age=settings.PAY_LEAST_AGE)
    except DomainError:
        if known := _sent_before(key, content):
            return Sent(known, None, True)
        raise
    return _send(user, stream.id, gift, quantity, anonymous, key, content)


def _send(
    user: User,
    stream_id: uuid.UUID,
    gift: Gift,
    quantity: int,
    anonymous: bool,
    key: str,
    content: dict[str, Any],
) -> Sent:
    send = GiftSend(
        id=new_id(),
        gift=gift,
        stream_id=stream_id,
        sender_id=user.party_id,
        quantity=quantity,
        coins=quantity * gift.price_coins,
        anonymous=anonymous,
        created_at=timezone.now(),
    )
    ends_at = send.created_at + COMBO_PAUSE
    fact = facts.outbox_row(
        GiftSent(
            gift_send_id=str(send.pk),
            stream_id=str(stream_id),
            sender_id=str(user.party_id),
            user=None if anonymous else Giver(id=str(user.pk), name=user.name),
            gift=gift.sku,
            name=gift.name,
            animation=gift.animation,
            rarity=gift.rarity,
            quantity=quantity,
            coins=send.coins,
            # If it begins one; else the statement knows better.
            combo=Streak(id=str(send.pk), quantity=quantity, coins=send.coins, ends_at=_iso(ends_at)),
            at=_iso(send.created_at),
        )
    )
    if fact is not None:
        fact.pk = send.pk
    with connection.cursor() as cursor:
        cursor.execute(
            _SEND,
            [
                send.pk, key, request_hash(content), send.created_at, user.party_id, stream_id, gift.pk,
                quantity, gift.price_coins, anonymous, book_terms().currency, *creator_per_coin(),
                fact.name if fact else None, msgspec.json.encode(fact.payload).decode() if fact else None, ends_at,
            ],
        )  # fmt: skip
        outcome, known, balance, send.combo_id, grown_quantity, grown_coins, ends_at = cursor.fetchone()
    match outcome:
        case "done":
            if fact is not None:
                fact.payload["combo"] = {
                    "id": str(send.combo_id),
                    "quantity": grown_quantity,
                    "coins": grown_coins,
                    "ends_at": _iso(ends_at),
                }
                facts.deliver_on_commit(fact)
            return Sent(send, balance, False)
        case "replayed":
            return Sent(GiftSend.objects.select_related("gift").get(pk=known), None, True)
        case "short":
            raise NotEnoughCoins(
                balance_coins=balance, needed_coins=send.coins, missing_coins=send.coins - balance
            )
    raise _REFUSALS[outcome]()


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


_REFUSALS: dict[str, type[DomainError]] = {
    "reused": KeyUsedOtherwise,
    "over": StreamNotLive,
    "own_channel": OwnChannel,
    "shared_card": CardShared,
    "price_changed": GiftChanged,
    "frozen": WalletFrozen,
}


def _sent_before(key: str, content: dict[str, Any]) -> GiftSend | None:
    """The gift that this request sent. Queries: 1, or 2."""
    paid = Transaction.objects.filter(idempotency_key=key, request_hash=request_hash(content)).first()
    return GiftSend.objects.select_related("gift").get(pk=paid.pk) if paid else None
