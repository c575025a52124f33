"""A channel's own part of the audit trail, for its team."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import QuerySet

from accounts.models import User
from accounts.selectors import erased_card, user_card
from core.models import AuditEvent
from moderation.history.words import changes
from moderation.policies import Act, require

# For ``who``: what no person did.
BY_A_RULE = "-"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Which events are meant; "" and None for any. ``since`` and ``until`` are days in UTC, both included."""

    action: str = ""
    who: str = ""
    whom: str = ""
    since: date | None = None
    until: date | None = None


def trail_of(*, actor: User, channel: User, asked: Asked = Asked()) -> QuerySet[AuditEvent]:
    """What the team and the rules of a channel did, newest first. Names are usernames, in any case of letters.

    Queries: 1, one for each name, and 1 to read it. Raises: NotYourPlace.
    """
    require(act=Act.TRAIL, channel_id=channel.pk, actor=actor)
    found = AuditEvent.objects.filter(channel_party_id=channel.party_id)
    if asked.action:
        found = found.filter(action=asked.action)
    if asked.who == BY_A_RULE:
        found = found.filter(actor_party_id=None)
    elif asked.who:
        found = found.filter(actor_party_id=_party_of(asked.who))
    if asked.whom:
        found = found.filter(whom_party_id=_party_of(asked.whom))
    if asked.since is not None:
        found = found.filter(at__gte=_start_of(asked.since))
    if asked.until is not None and asked.until < date.max:
        found = found.filter(at__lt=_start_of(asked.until + timedelta(days=1)))
    return found.order_by("-id")


def event_cards(events: Iterable[AuditEvent]) -> list[dict[str, Any]]:
    """The events as a team reads them, with people under the names they have now. Queries: 1."""
    events = list(events)
    parties = {party for event in events for party in (event.actor_party_id, event.whom_party_id) if party}
    people = {user.party_id: user_card(user) for user in User.objects.filter(party__in=parties)}

    def person(party_id: uuid.UUID | None) -> dict[str, Any] | None:
        """None for a rule, or where it was done to nobody."""
        return people.get(party_id, erased_card(party_id)) if party_id else None

    return [
        {
            "id": event.pk,
            "at": event.at,
            "action": event.action,
            "by": person(event.actor_party_id),
            "whom": person(event.whom_party_id),
            "target": event.target,
            "reason": event.reason,
            "before": event.before,
            "after": event.after,
            "changes": changes(event.action, event.before, event.after),
        }
        for event in events
    ]


def _party_of(username: str) -> uuid.UUID | None:
    """A party that nobody is where nobody has this name; people who are suspended still have theirs."""
    name = username.strip().removeprefix("@")
    found = User.objects.filter(username__iexact=name).values_list("party_id", flat=True).first()
    return found or uuid.UUID(int=0)


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=UTC)
