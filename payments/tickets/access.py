"""Who gets into a stream that asks for tickets: asked by ``streams.access``, for every door.

A ticket lets one device in at a time, the one that came last with leave to. Without one there is a preview, once.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.utils import timezone

from accounts.models import User
from core.errors import DomainError, NotFound
from core.locks import lock_until_commit
from payments.models import Wallet
from payments.orders.limits import placed_from
from payments.tickets.errors import TicketElsewhere, TicketFrozen, TicketRequired
from payments.tickets.models import Preview, StreamPrice, Ticket, TicketState
from payments.tickets.states import put_out
from streams.access import Action, Admission, StreamLike, register_doorkeeper, register_gatekeeper
from streams.models import StreamStatus
from streams.sessions import session_ensure, viewer_time_up
from streams.viewers import Viewer

PUT_OUT_AT_ONCE = 500


@dataclass(frozen=True)
class Standing:
    """What a viewer has at a stream. ``held_by`` is None without a ticket, ``preview_ends_at`` without a preview."""

    preview_seconds: int = 0
    ticket_id: uuid.UUID | None = None
    held_by: str | None = None
    entered_at: datetime | None = None
    is_frozen: bool = False
    preview_ends_at: datetime | None = None
    preview_device: str = ""

    @property
    def preview_seconds_left(self) -> int:
        """As long as there is time left but not on this device, none of it is."""
        return self.preview_seconds if self.preview_ends_at is None else 0


def standing(*, viewer: Viewer, stream_id: uuid.UUID) -> Standing:
    """Queries: 1."""
    preview = Preview.objects.filter(stream_id=OuterRef("pk"), viewer_id=viewer.viewer_id)
    asked = {
        "preview_ends_at": Subquery(preview.values("ends_at")[:1]),
        "preview_device": Subquery(preview.values("device")[:1]),
    }
    if viewer.party_id is not None:
        mine = Ticket.objects.filter(
            stream_id=OuterRef("pk"), party_id=viewer.party_id, state=TicketState.VALID
        )
        asked |= {
            "ticket_id": Subquery(mine.values("pk")[:1]),
            "held_by": Subquery(mine.values("held_by")[:1]),
            "entered_at": Subquery(mine.values("entered_at")[:1]),
            "frozen": Subquery(Wallet.objects.filter(pk=viewer.party_id).values("frozen")[:1]),
        }
    price: Any = StreamPrice.objects.filter(pk=stream_id).annotate(**asked).first()
    if price is None:
        return Standing()
    return Standing(
        preview_seconds=price.preview_seconds,
        ticket_id=getattr(price, "ticket_id", None),
        held_by=getattr(price, "held_by", None),
        entered_at=getattr(price, "entered_at", None),
        is_frozen=bool(getattr(price, "frozen", "")),
        preview_ends_at=price.preview_ends_at,
        preview_device=price.preview_device or "",
    )


@register_gatekeeper
def ticket_gatekeeper(viewer: Viewer, stream: StreamLike, action: Action) -> DomainError | None:
    """Queries: none for free streams and for staff, else 1."""
    if not stream.ticketed or action not in {Action.ENTER, Action.CHAT} or _is_staff(viewer):
        return None
    now = standing(viewer=viewer, stream_id=stream.id)
    if now.ticket_id is not None:
        if now.is_frozen:
            return TicketFrozen()
        if now.held_by not in {"", viewer.device}:
            return TicketElsewhere(help="take_over")
        return None
    is_running = now.preview_ends_at is not None and now.preview_ends_at > timezone.now()
    if is_running and now.preview_device in {"", viewer.device}:
        return None
    return TicketRequired(help="buy_ticket", preview_seconds_left=now.preview_seconds_left)


@register_doorkeeper
def ticket_doorkeeper(viewer: Viewer, stream: StreamLike, address: str) -> Admission:
    """Note which device came in with the ticket, or begin the preview, which there is only once pictures may come.

    Queries: 1 for who comes again; 3 or 4 the first time. Raises: TicketRequired when the network had its previews.
    """
    now, is_live = standing(viewer=viewer, stream_id=stream.id), stream.status == StreamStatus.LIVE
    if now.ticket_id is not None:
        if now.held_by == "" or (now.held_by == viewer.device and is_live and now.entered_at is None):
            _hold(now.ticket_id, viewer, stream, is_live=is_live and not now.is_frozen)
        return Admission()
    if now.preview_ends_at is not None:
        if now.preview_device == "":
            mine = Preview.objects.filter(stream_id=stream.id, viewer_id=viewer.viewer_id, device="")
            mine.update(device=viewer.device)
        return Admission(preview_ends_at=now.preview_ends_at)
    if is_live and now.preview_seconds:
        return Admission(preview_ends_at=_preview_begin(viewer, stream.id, now.preview_seconds, address))
    return Admission()


def _hold(ticket_id: uuid.UUID, viewer: Viewer, stream: StreamLike, *, is_live: bool) -> None:
    """Of two devices that come at once one holds it: the gatekeeper, asked next, refuses the other."""
    mine = Ticket.objects.filter(pk=ticket_id, state=TicketState.VALID, held_by__in=["", viewer.device])
    mine.update(held_by=viewer.device)
    if is_live and Ticket.objects.filter(pk=ticket_id, held_by=viewer.device, entered_at=None).update(
        entered_at=timezone.now()
    ):
        # Also of those who open no room is to be known whether pictures come.
        session_ensure(stream_id=stream.id, viewer_id=viewer.viewer_id, party_id=viewer.party_id)


@transaction.atomic
def _preview_begin(viewer: Viewer, stream_id: uuid.UUID, seconds: int, address: str) -> datetime:
    """Locks: the previews of this network at this stream. Queries: 3. Raises: TicketRequired."""
    now, network = timezone.now(), placed_from(address)
    if network:
        lock_until_commit(f"preview:{stream_id}:{network}")
        had = Preview.objects.filter(stream_id=stream_id, placed_from=network).exclude(
            viewer_id=viewer.viewer_id
        )
        if had.count() >= settings.PREVIEWS_PER_NETWORK:
            raise TicketRequired(help="buy_ticket", preview_seconds_left=0)
    begun = Preview(
        stream_id=stream_id,
        viewer_id=viewer.viewer_id,
        device=viewer.device,
        placed_from=network,
        began_at=now,
        ends_at=now + timedelta(seconds=seconds),
    )
    Preview.objects.bulk_create([begun], ignore_conflicts=True)
    # What there is counts: another tab may have been faster.
    return Preview.objects.values_list("ends_at", flat=True).get(
        stream_id=stream_id, viewer_id=viewer.viewer_id
    )


@transaction.atomic
def ticket_take_over(*, viewer: Viewer, stream_id: uuid.UUID) -> Ticket:
    """Watch on this device from now on; whichever did until now is put out. Doing it again does nothing.

    Locks: the ticket. Queries: 6. Emits: ViewerRevoked. Raises: NotFound without a valid ticket.
    """
    if viewer.party_id is None:
        raise NotFound()
    mine = Ticket.objects.select_for_update(no_key=True).filter(
        stream_id=stream_id, party_id=viewer.party_id, state=TicketState.VALID
    )
    ticket = mine.first()
    if ticket is None:
        raise NotFound()
    if ticket.held_by != viewer.device:
        was_held, ticket.held_by = bool(ticket.held_by), viewer.device
        ticket.save(update_fields=["held_by"])
        if was_held:
            put_out(stream_id=stream_id, party_id=ticket.party_id)
    return ticket


@transaction.atomic
def device_forget(*, user_id: uuid.UUID, login: str = "") -> None:
    """A sign-in of this person is over, or all are without ``login``: it holds no ticket any more, and the playlists
    that it was handed stop.

    Locks: these tickets, in the order of their ids. Queries: 2, and 3 each. Emits: ViewerRevoked.
    """
    held = Ticket.objects.filter(party__user=user_id, state=TicketState.VALID).exclude(held_by="")
    if login:
        held = held.filter(held_by=f"login:{login}")
    locked = held.select_related("stream").order_by("pk").select_for_update(of=("self",), no_key=True)
    tickets = list(locked)
    for ticket in tickets:
        if ticket.stream.ended_at is None:
            put_out(stream_id=ticket.stream_id, party_id=ticket.party_id)
    Ticket.objects.filter(pk__in=[ticket.pk for ticket in tickets]).update(held_by="")


def tickets_shut(*, party_id: uuid.UUID) -> None:
    """A payment of this person is looked into: put them out wherever a ticket let them in. Queries: 1, and 3 each."""
    inside = Ticket.objects.filter(party_id=party_id, state=TicketState.VALID, stream__ended_at=None)
    for stream_id in inside.values_list("stream_id", flat=True):
        put_out(stream_id=stream_id, party_id=party_id)


def previews_end() -> int:
    """Put out whose preview is over, unless they have a ticket by now. Returns how many. Queries: 1, and 5 each."""
    due = Preview.objects.filter(ended_at=None, ends_at__lte=timezone.now()).order_by("ends_at")
    ids = list(due.values_list("pk", flat=True)[:PUT_OUT_AT_ONCE])
    return sum(_preview_end(pk) for pk in ids)


@transaction.atomic
def _preview_end(preview_id: int) -> bool:
    # A conditional update, so that of two processes one does it.
    now = timezone.now()
    if not Preview.objects.filter(pk=preview_id, ended_at=None).update(ended_at=now):
        return False
    preview = Preview.objects.get(pk=preview_id)
    kind, _, name = preview.viewer_id.partition(":")
    if kind == "u":
        valid = Ticket.objects.filter(stream_id=preview.stream_id, state=TicketState.VALID)
        if valid.filter(party__user=uuid.UUID(name)).exists():
            return False
    # Their playlists ended by themselves.
    viewer_time_up(stream_id=preview.stream_id, viewer_id=preview.viewer_id)
    return True


def previews_carry_on(*, anonymous_id: str, user: User) -> None:
    """Who signs in has seen what the browser has seen. Queries: 2."""
    seen = Preview.objects.filter(viewer_id=f"a:{anonymous_id}")
    Preview.objects.bulk_create(
        [
            Preview(
                stream_id=preview.stream_id,
                viewer_id=f"u:{user.pk}",
                # Of the network's it is the same one.
                placed_from="",
                began_at=preview.began_at,
                ends_at=preview.ends_at,
            )
            for preview in seen
        ],
        ignore_conflicts=True,
    )


def previews_forget() -> None:
    """What streams that were over a day ago showed for nothing. Queries: 1."""
    before = timezone.now() - timedelta(days=1)
    Preview.objects.filter(stream__ended_at__lt=before).delete()


def _is_staff(viewer: Viewer) -> bool:
    return viewer.user is not None and viewer.user.is_staff
