"""What the chat does when a tip was paid, and when something is to be seen no more."""

import uuid
from datetime import UTC

from django.core.exceptions import ObjectDoesNotExist

from accounts.models import User
from chat.events import Author, TipCard
from chat.removals import message_put_back, message_take_down, messages_purge_of_banned
from chat.services import Card, author_role, card_strip, cards_post
from core.facts import handles
from moderation.events import PersonBanned
from moderation.reports.events import MessagePutBack, MessageTakenDown
from payments.tips.events import TipHidden, TipPaid
from payments.tips.models import Tip
from payments.tips.selectors import tip_get
from streams.models import Stream


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
    """Queries: 7. Raises: NotFound while it is not shown yet; then this is tried again."""
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


@handles(PersonBanned)
def on_person_banned(fact: PersonBanned) -> None:
    """What they said goes where the team asked for it: in streams that are on, else in the last one. Queries: 3."""
    if not fact.purge:
        return
    channel_id, user_id = uuid.UUID(fact.channel_id), uuid.UUID(fact.user_id)
    person = User.objects.filter(pk=user_id).first()
    if person is None:
        return
    streams = Stream.objects.filter(creator_id=channel_id).order_by("-id")
    on = list(streams.filter(ended_at=None).values_list("id", flat=True))
    by = fact.by_party_id
    actor = User.objects.filter(party=uuid.UUID(by)).first() if by else None
    for stream_id in on or streams.values_list("id", flat=True)[:1]:
        messages_purge_of_banned(stream_id=stream_id, person=person, actor=actor)


@handles(MessageTakenDown)
def on_message_taken_down(fact: MessageTakenDown) -> None:
    message_take_down(stream_id=uuid.UUID(fact.stream_id), message_id=uuid.UUID(fact.message_id))


@handles(MessagePutBack)
def on_message_put_back(fact: MessagePutBack) -> None:
    message_put_back(stream_id=uuid.UUID(fact.stream_id), message_id=uuid.UUID(fact.message_id))
