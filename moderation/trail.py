"""The channel's part of the audit trail."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from accounts.models import User
from core.audit import audit_record
from core.facts import handles, publish_on_commit
from core.models import AuditEvent
from moderation.events import ModActed, Person, TeamActed
from moderation.rooms import channel_publish


def acted(
    *,
    action: str,
    channel: User,
    actor: User | None,
    target: str = "",
    whom: User | None = None,
    reason: str = "",
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    until: datetime | None = None,
    message_id: UUID | None = None,
) -> AuditEvent:
    """Write down what the team did, in the transaction of it, and tell the team. ``actor`` is None for a rule.

    ``target`` is by default the person, else the channel. Queries: 1, and the fact's. Emits: TeamActed.
    """
    event = audit_record(
        action=action,
        target=target or (f"user:{whom.pk}" if whom else f"user:{channel.pk}"),
        actor_party_id=actor.party_id if actor else None,
        whom_party_id=whom.party_id if whom else None,
        channel_party_id=channel.party_id,
        reason=reason,
        before=before,
        after=after,
    )
    publish_on_commit(
        TeamActed(
            audit_id=str(event.pk),
            channel_id=str(channel.pk),
            until=until.astimezone(UTC).isoformat() if until else None,
            message_id=str(message_id) if message_id else None,
        )
    )
    return event


@handles(TeamActed)
def on_team_acted(fact: TeamActed) -> None:
    """Queries: 3."""
    event = AuditEvent.objects.get(pk=fact.audit_id)
    parties = {party for party in (event.actor_party_id, event.whom_party_id) if party}
    people = {user.party_id: user for user in User.objects.filter(party__in=parties)}
    channel_publish(
        UUID(fact.channel_id),
        ModActed(
            id=str(event.pk),
            at=event.at.astimezone(UTC).isoformat(timespec="milliseconds"),
            action=event.action,
            by=_person(people, event.actor_party_id),
            whom=_person(people, event.whom_party_id),
            reason=event.reason,
            until=fact.until,
            message_id=fact.message_id,
        ),
    )


def _person(people: dict[UUID, User], party_id: UUID | None) -> Person | None:
    user = people.get(party_id) if party_id else None
    return Person(id=str(user.pk), name=user.name) if user else None
