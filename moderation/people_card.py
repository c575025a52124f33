"""What a channel knows of one person, for whoever opens their card."""

from typing import Any
from uuid import UUID

from accounts.models import Follow, User
from accounts.selectors import user_card
from core.models import AuditEvent
from moderation.bans.models import Ban, Caution
from moderation.bans.selectors import ban_of
from moderation.policies import Act, Standing, ranks_of, refusal
from moderation.team.models import TeamMember

CAUTIONS_MOST = 20
HISTORY_MOST = 50


def sees_all(*, reader: User, channel: User) -> bool:
    """Whether somebody is shown what only the team is. Queries: 1."""
    rank = ranks_of(channel_id=channel.pk, people={reader.pk: reader})[reader.pk]
    return refusal(act=Act.SEE, actor=Standing(reader.pk, rank)) is None


def public_card(*, channel: User, person: User) -> dict[str, Any]:
    """What everybody is shown: who they are, what in this channel, and since when. Queries: 2."""
    rank = ranks_of(channel_id=channel.pk, people={person.pk: person})[person.pk]
    place = TeamMember.objects.filter(channel=channel, person=person, accepted_at__isnull=False)
    return {
        "user": user_card(person),
        "rank": rank.name.lower(),
        "since": person.date_joined,
        "rank_since": place.values_list("accepted_at", flat=True).first(),
    }


def team_card(*, channel: User, person: User) -> dict[str, Any]:
    """What the team is shown besides. Queries: 5, however much there is."""
    follow = Follow.objects.filter(follower=person, creator=channel)
    ban = ban_of(channel_id=channel.pk, user_id=person.pk)
    cautions = Caution.objects.filter(channel=channel, person=person).order_by("-id")[:CAUTIONS_MOST]
    return {
        "follows_since": follow.values_list("created_at", flat=True).first(),
        "ban": _ban(ban) if ban is not None and ban.until is None else None,
        "timeout": _ban(ban) if ban is not None and ban.until is not None else None,
        "cautions": [
            {
                "id": str(caution.pk),
                "reason": caution.reason,
                "created_at": caution.created_at,
                "read_at": caution.read_at,
            }
            for caution in cautions
        ],
        "history": _history(channel, person),
    }


def _ban(ban: Ban) -> dict[str, Any]:
    return {"created_at": ban.created_at, "until": ban.until, "reason": ban.reason}


def _history(channel: User, person: User) -> list[dict[str, Any]]:
    """What the channel's trail has of them, newest first."""
    events = list(
        AuditEvent.objects.filter(channel_party_id=channel.party_id, whom_party_id=person.party_id).order_by(
            "-id"
        )[:HISTORY_MOST]
    )
    acted = User.objects.filter(party__in={event.actor_party_id for event in events})
    people: dict[UUID | None, User] = {user.party_id: user for user in acted}
    return [
        {
            "id": str(event.pk),
            "at": event.at,
            "action": event.action,
            "by": _by(people.get(event.actor_party_id)),
            "reason": event.reason,
        }
        for event in events
    ]


def _by(user: User | None) -> dict[str, str] | None:
    """None for a rule, and for who was deleted."""
    return {"id": str(user.pk), "name": user.name} if user else None
