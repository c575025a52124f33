"""Tickets that are given back: by the buyer as long as no picture came, by rule when there was nothing to see."""

import logging
import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from core.errors import DomainError, NotFound
from payments.gateway import GatewayError
from payments.orders.errors import NotRefundable
from payments.orders.refunds import order_refund
from payments.spending import spend_refund
from payments.tickets.errors import TicketUsed
from payments.tickets.models import Ticket, TicketState, VoidReason
from payments.tickets.states import ticket_void, tickets_void
from streams.models import EndReason, Stream

logger = logging.getLogger(__name__)

# A player that still takes pictures so long after it was let in shows them.
PICTURES_SECONDS = 5
# Of LiveKit's rooms: whoever cannot be reached is dropped sooner.
SEAT_SECONDS = 20
AT_ONCE = 100
# Minutes until the next try, by how many there were.
RETRY_AFTER = (1, 2, 5, 15, 60)

# Locked in the order of ids, as whatever else takes several tickets does.
_USED = """
WITH due AS (
SELECT ticket.id
FROM payments_ticket AS ticket
JOIN accounts_user AS person ON person.party_id = ticket.party_id
WHERE ticket.state = 'valid' AND ticket.used_at IS NULL AND ticket.entered_at IS NOT NULL
    AND (%(ticket)s::uuid IS NULL OR ticket.id = %(ticket)s)
    AND (
        EXISTS (
            SELECT FROM streams_viewersession AS session
            WHERE session.stream_id = ticket.stream_id AND session.viewer_id = 'u:' || person.id
                AND session.pictures_at > ticket.entered_at + make_interval(secs => %(pictures)s)
        ) OR EXISTS (
            SELECT FROM streams_seat AS seat
            WHERE seat.stream_id = ticket.stream_id AND seat.viewer_id = 'u:' || person.id AND seat.role = 'viewer'
                -- Who goes on from a preview keeps the seat of that.
                AND COALESCE(seat.left_at, seat.revoked_at, %(now)s)
                    > GREATEST(seat.seen_at, ticket.entered_at) + make_interval(secs => %(seat)s)
        )
    )
ORDER BY ticket.id
FOR NO KEY UPDATE OF ticket
)
UPDATE payments_ticket AS ticket SET used_at = %(now)s FROM due WHERE ticket.id = due.id
"""


def tickets_use(*, ticket_id: uuid.UUID | None = None) -> int:
    """Note whose picture has really come, of all who came in and of whom it is not known.

    Locks: these tickets, in the order of their ids. Queries: 1.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _USED,
            {
                "now": timezone.now(),
                "ticket": ticket_id,
                "pictures": PICTURES_SECONDS,
                "seat": SEAT_SECONDS,
            },
        )
        return int(cursor.rowcount)


def ticket_refund(*, party_id: uuid.UUID, stream_id: uuid.UUID) -> Ticket:
    """Give one's ticket back, once a stream, as long as its picture never came. Must not run in a transaction.

    Until the hold on what the creator earned is over. Locks: the ticket. Raises: NotFound, TicketUsed.
    """
    ticket = _given_back(party_id=party_id, stream_id=stream_id)
    _price_return(ticket)
    ticket.refresh_from_db()
    return ticket


@transaction.atomic
def _given_back(*, party_id: uuid.UUID, stream_id: uuid.UUID) -> Ticket:
    mine = Ticket.objects.filter(stream_id=stream_id, party_id=party_id)
    ticket = (
        mine.filter(state=TicketState.VALID)
        .select_for_update(of=("self",), no_key=True)
        .select_related("stream")
        .first()
    )
    if ticket is None:
        raise NotFound()
    tickets_use(ticket_id=ticket.pk)
    ticket.refresh_from_db(fields=["used_at"])
    if ticket.used_at is not None:
        raise TicketUsed(reason="used")
    ended_at = ticket.stream.ended_at
    if ended_at is not None and ended_at < timezone.now() - timedelta(days=settings.HOLD_STREAM_DAYS):
        raise TicketUsed(reason="late")
    if mine.filter(void_reason=VoidReason.BUYER).exists():
        raise TicketUsed(reason="again")
    ticket_void(ticket, VoidReason.BUYER, give_back=True)
    return ticket


def refund_rule(stream: Stream) -> VoidReason | None:
    """Why all who have a ticket get everything back when this stream is over; None when they do not.

    How long it lasted is counted until the pictures stopped, not until they were given up.
    """
    if not stream.is_over:
        return None
    if stream.started_at is None:
        return VoidReason.NEVER_STARTED
    lasted = _pictures_until(stream) - stream.started_at
    return VoidReason.BROKE_OFF if lasted < timedelta(minutes=settings.TICKET_BROKE_OFF_MINUTES) else None


def _pictures_until(stream: Stream) -> datetime:
    assert stream.ended_at is not None
    if stream.end_reason == EndReason.LOST and stream.media_lost_at is not None:
        return stream.media_lost_at
    return stream.ended_at


@transaction.atomic
def tickets_judge(*, stream_id: uuid.UUID) -> int:
    """Void the tickets of a stream that is over and was not worth its price; their prices go back soon.

    A repeat finds nothing left. Locks: these tickets, in the order of their ids. Queries: 3. Returns how many.
    """
    stream = Stream.objects.get(pk=stream_id)
    rule = refund_rule(stream)
    if rule is None:
        return 0
    return tickets_void(Ticket.objects.filter(stream_id=stream_id, state=TicketState.VALID), rule)


def prices_return() -> int:
    """Give back what is due, and what could not be given back before. Returns how many were tried. Queries: 1, and
    those of each refund.
    """
    now = timezone.now()
    due = list(Ticket.objects.filter(refund_at__lte=now).order_by("refund_at")[:AT_ONCE])
    for ticket in due:
        minutes = RETRY_AFTER[min(ticket.refund_tries, len(RETRY_AFTER) - 1)]
        # A conditional update, so that of two processes one asks.
        mine = Ticket.objects.filter(pk=ticket.pk, refund_at=ticket.refund_at)
        if mine.update(refund_tries=ticket.refund_tries + 1, refund_at=now + timedelta(minutes=minutes)):
            _price_return(ticket)
    return len(due)


def _price_return(ticket: Ticket) -> None:
    """Each is given back once, however often it is tried. What fails is tried again by the clock."""
    if not ticket.amount:
        return
    try:
        if ticket.order_id is not None:
            order_refund(
                order_id=ticket.order_id,
                amount=None,
                reason=f"ticket: {ticket.void_reason}",
                actor_party_id=None,
            )
        else:
            assert ticket.transaction_id is not None
            spend_refund(transaction_id=ticket.transaction_id, key=f"ticket:{ticket.pk}:back")
    except NotRefundable as refused:
        # Given back already, by somebody who was faster; or disputed, and the dispute decides.
        logger.info("ticket %s is not given back: %s", ticket.pk, refused.details)
    except (GatewayError, DomainError) as failed:
        logger.warning("ticket %s could not be given back yet: %s", ticket.pk, failed)
        return
    Ticket.objects.filter(pk=ticket.pk).update(refund_at=None)
