"""What the chat does when a tip was paid, and when it is to be seen no more."""

import uuid
from datetime import UTC

from django.core.exceptions import ObjectDoesNotExist

from chat.events import Author, TipCard
from chat.services import Card, author_role, card_strip, cards_post
from core.facts import handles
from payments.tips.events import TipHidden, TipPaid
from payments.tips.models import Tip
from payments.tips.selectors import tip_get


@handles(TipPaid)
def on_tip_paid(fact: TipPaid) -> None:
    """Show it once. Queries: 2."""
    tip = tip_get(tip_id=uuid.UUID(fact.tip_id))
    order = tip.order
    pinned_until = tip.pinned_until
    card = TipCard(
        tip=str(tip.pk),
        amount=order.amount,
        currency=order.currency,
        tier=tip.tier,
        pinned_until=pinned_until.astimezone(UTC).isoformat(timespec="milliseconds")
        if pinned_until
        else None,
    )
    author = None if tip.anonymous else _giver(tip)
    posted = Card(
        client_id=_name(fact.tip_id),
        card=card,
        party_id=order.party_id if author else None,
        user=author,
        # It may be hidden before the fact is handled.
        text="" if tip.hidden_at else tip.message,
    )
    cards_post(uuid.UUID(fact.stream_id), [posted])


@handles(TipHidden)
def on_tip_hidden(fact: TipHidden) -> None:
    """Queries: 6. Raises: NotFound while it is not shown yet; then this is tried again."""
    card_strip(stream_id=uuid.UUID(fact.stream_id), client_id=_name(fact.tip_id))


def _name(tip_id: str) -> str:
    return f"tip:{tip_id}"


def _giver(tip: Tip) -> Author | None:
    """None when they are erased meanwhile."""
    stream = tip.order.stream
    assert stream is not None
    try:
        user = tip.order.party.user
    except ObjectDoesNotExist:
        return None
    role = author_role(user_id=user.pk, is_staff=user.is_staff, creator_id=stream.creator_id)
    return Author(id=str(user.pk), name=user.name, role=role)
