"""Whoever's stream staff stopped goes live again once staff have released them."""

import uuid

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from core.audit import audit_record
from core.errors import DomainError, Forbidden, NotFound
from core.facts import publish_on_commit
from moderation.errors import Decided
from moderation.reports.errors import HeldByStaff
from moderation.reports.events import GoLiveHeld
from moderation.reports.models import Decision, GoLiveHold, Statement
from moderation.reports.statements import statement_add
from moderation.reports.words import RELEASED_TITLE, released_text
from streams.access import register_go_live_gatekeeper
from streams.models import EndReason, Stream, StreamStatus
from streams.services import stream_end


@register_go_live_gatekeeper
def held(user: User) -> DomainError | None:
    """Queries: 1."""
    hold = GoLiveHold.objects.filter(person=user, released_at=None).only("reason", "at").first()
    return HeldByStaff(reason=hold.reason, since=hold.at.isoformat()) if hold else None


def go_live_stop(*, person: User, decision: Decision, stream_id: uuid.UUID | None) -> list[uuid.UUID]:
    """End what is on and what waits to begin, and hold the account. Must run in a transaction.

    What is scheduled for later waits for the release. Returns the streams that ended.
    Locks: the person, whom ``stream_create`` locks too, so that nothing is prepared meanwhile; then the streams.
    Emits: StreamEnded of each, GoLiveHeld.
    """
    assert decision.by_id is not None, "no rule stops a stream"
    User.objects.select_for_update(of=("self",)).get(pk=person.pk)
    running = Q(status=StreamStatus.LIVE) | Q(scheduled_at=None) | Q(pk=stream_id)
    ended = list(
        Stream.objects.filter(running, creator=person, ended_at=None)
        .order_by("id")
        .values_list("id", flat=True)
    )
    for one in ended:
        stream_end(stream_id=one, reason=EndReason.STAFF, by=decision.by_id, why=decision.reason)
    _, is_new = GoLiveHold.objects.get_or_create(
        person=person,
        released_at=None,
        defaults={
            "stream_id": stream_id or (ended[-1] if ended else None),
            "decision": decision,
            "reason": decision.reason,
            "by_id": decision.by_id,
            "at": decision.at,
        },
    )
    if is_new:
        audit_record(
            action="go_live.held",
            target=f"user:{person.pk}",
            actor_party_id=decision.by_id,
            whom_party_id=person.party_id,
            reason=decision.reason,
        )
    publish_on_commit(GoLiveHeld(user_id=str(person.pk)))
    return ended


@transaction.atomic
def hold_release(*, actor: User, hold_id: uuid.UUID, reason: str) -> GoLiveHold:
    """Let somebody go live again, and tell them. Locks: the hold. Raises: Forbidden, NotFound, Decided."""
    if not actor.has_perm("streams.stop_stream"):
        raise Forbidden()
    hold = (
        GoLiveHold.objects.select_for_update(of=("self",)).select_related("person").filter(pk=hold_id).first()
    )
    if hold is None:
        raise NotFound()
    if hold.released_at is not None:
        raise Decided(state="released")
    release(hold, by=actor, reason=reason)
    statement_add(
        party_id=hold.person.party_id,
        kind=Statement.Kind.NOTICE,
        title=str(RELEASED_TITLE),
        text=released_text(),
    )
    return hold


def release(hold: GoLiveHold, *, by: User | None, reason: str) -> None:
    """Of a hold that was locked, in its transaction; nobody is told. ``by`` is None for a rule."""
    party_id = by.party_id if by else None
    hold.released_by_id, hold.released_at = party_id, timezone.now()
    hold.save(update_fields=["released_by", "released_at"])
    audit_record(
        action="go_live.released",
        target=f"user:{hold.person_id}",
        actor_party_id=party_id,
        whom_party_id=hold.person.party_id,
        reason=reason,
    )
