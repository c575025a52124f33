"""Nobody pays somebody with whom they share a card: by another account that would be paying oneself.

Coins are refused in SQL (``payments_spend``), money when it is ordered. A card is known only once it has paid: what
that payment reveals is booked, and given back at once.
"""

import uuid

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from core.audit import audit_record
from core.facts import Fact, publish_on_commit
from core.locks import lock_until_commit
from payments.creators.models import SharedCard
from payments.errors import CardShared
from payments.orders.models import Payment

REASON = "paid with a card that the creator has paid with too"

_NOTE = """
INSERT INTO payments_sharedcard (first_id, second_id, at)
SELECT least(others.party_id, %(party)s), greatest(others.party_id, %(party)s), %(at)s
FROM (
    SELECT DISTINCT bought.party_id
    FROM payments_payment payment JOIN payments_order bought ON bought.id = payment.order_id
    WHERE payment.card_fingerprint = %(card)s AND bought.party_id <> %(party)s
) others ORDER BY 1, 2
ON CONFLICT (first_id, second_id) DO NOTHING
"""


class SharedCardPaid(Fact, frozen=True, kw_only=True):
    """A tip or a ticket was paid with a card that its creator has paid with too: it is to go back."""

    order_id: str


def card_is_shared(one: uuid.UUID, other: uuid.UUID) -> bool:
    """Whether both parties have paid with the same card. Queries: 1."""
    first, second = sorted((one, other))
    return SharedCard.objects.filter(Q(first=first, second=second)).exists()


def card_check(*, payer_id: uuid.UUID, creator_id: uuid.UUID) -> None:
    """Both are parties. Queries: 1. Raises: CardShared."""
    if card_is_shared(payer_id, creator_id):
        raise CardShared()


def card_note(payment: Payment) -> None:
    """Remember whom the payer shares the card with; where that is the creator, have the money given back.

    In the transaction that settles the order, after it is booked. Locks: the card, so that of two who pay with it at
    the same moment the second one sees the first. Queries: 2, and 3 for tips and tickets. Emits: SharedCardPaid.
    """
    order, card = payment.order, payment.card_fingerprint
    if not card:
        return
    lock_until_commit(f"card:{card}")
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, {"party": order.party_id, "card": card, "at": timezone.now()})
    if order.creator_id is not None and card_is_shared(order.party_id, order.creator_id):
        audit_record(
            actor_party_id=None,
            action="order.shared_card",
            target=f"order:{order.pk}",
            reason=REASON,
            after={"payer": str(order.party_id), "creator": str(order.creator_id)},
        )
        publish_on_commit(SharedCardPaid(order_id=str(order.pk)))
