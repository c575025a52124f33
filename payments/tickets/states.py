"""From waiting to valid to void: every change of what a ticket is, under the locks that the caller holds."""

import uuid

from django.db import connection
from django.db.models import Case, F, QuerySet, Value, When
from django.utils import timezone

from accounts.models import User
from core.facts import publish_on_commit
from core.locks import lock_until_commit
from payments.tickets.events import TicketBought
from payments.tickets.models import Preview, Ticket, TicketState, VoidReason
from streams.errors import StreamOver
from streams.models import OVER
from streams.sessions import session_ensure, viewer_revoke


def ticket_lock(*, stream_id: uuid.UUID, party_id: uuid.UUID) -> None:
    """Let nobody else give this person a ticket to this stream until commit. Queries: 1."""
    lock_until_commit(f"ticket:{stream_id}:{party_id}")


def stream_is_over(stream_id: uuid.UUID) -> bool:
    """Whether it is, which does not change until commit. Buyers do not wait for each other here. Queries: 1."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT status FROM streams_stream WHERE id = %s FOR KEY SHARE", [stream_id])
        row = cursor.fetchone()
    if row is None:
        raise StreamOver()
    return row[0] in OVER


def valid_ticket(*, stream_id: uuid.UUID, party_id: uuid.UUID) -> Ticket | None:
    """Queries: 1."""
    return Ticket.objects.filter(stream_id=stream_id, party_id=party_id, state=TicketState.VALID).first()


def ticket_let_in(ticket: Ticket) -> None:
    """Make it valid. Who watches a preview goes on, on that device. Queries: 4. Emits: TicketBought."""
    now = timezone.now()
    ticket.state, ticket.valid_at = TicketState.VALID, now
    viewer_id, preview = _preview_inside(ticket)
    if preview is not None:
        ticket.held_by, ticket.entered_at = preview.device, now
        # They may have opened no room, and whether pictures come is to be known of them too.
        session_ensure(stream_id=ticket.stream_id, viewer_id=viewer_id, party_id=ticket.party_id)
    ticket.save()
    publish_on_commit(
        TicketBought(
            ticket_id=str(ticket.pk),
            stream_id=str(ticket.stream_id),
            party_id=str(ticket.party_id),
            order_id=str(ticket.order_id) if ticket.order_id else None,
        )
    )


def ticket_void(ticket: Ticket, reason: VoidReason, *, give_back: bool = False) -> None:
    """Let nobody in with it from now on; who is in is put out. With ``give_back`` its price goes back soon.

    Queries: 1; 4 of one that was valid. Emits: ViewerRevoked.
    """
    was_valid, now = ticket.state == TicketState.VALID, timezone.now()
    ticket.state, ticket.void_at, ticket.void_reason = TicketState.VOID, now, reason
    ticket.held_by = ""
    if give_back and ticket.amount:
        ticket.refund_at = now
    ticket.save(update_fields=["state", "void_at", "void_reason", "held_by", "refund_at"])
    if was_valid:
        put_out(stream_id=ticket.stream_id, party_id=ticket.party_id)


def tickets_void(tickets: QuerySet[Ticket], reason: VoidReason) -> int:
    """The same of many, of a stream that is over: nobody is in there any more, and prices go back.

    Locks: these tickets, in the order of their ids. Queries: 2.
    """
    now = timezone.now()
    locked = tickets.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True)
    return Ticket.objects.filter(pk__in=list(locked)).update(
        state=TicketState.VOID,
        void_at=now,
        void_reason=reason,
        held_by="",
        refund_at=Case(When(amount=0, then=F("refund_at")), default=Value(now)),
    )


def put_out(*, stream_id: uuid.UUID, party_id: uuid.UUID) -> None:
    """Queries: 3. Emits: ViewerRevoked."""
    for user_id in User.objects.filter(party_id=party_id).values_list("pk", flat=True):
        viewer_revoke(stream_id=stream_id, viewer_id=f"u:{user_id}")


def _preview_inside(ticket: Ticket) -> tuple[str, Preview | None]:
    """The preview of whoever was not put out yet: also a moment after its end they still see pictures."""
    for user_id in User.objects.filter(party_id=ticket.party_id).values_list("pk", flat=True):
        viewer_id = f"u:{user_id}"
        seen = Preview.objects.filter(stream_id=ticket.stream_id, viewer_id=viewer_id, ended_at=None)
        return viewer_id, seen.first()
    return "", None
