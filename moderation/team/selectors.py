"""What can be read of teams."""

from django.db.models import Case, IntegerField, QuerySet, Value, When

from accounts.models import User
from moderation.team.models import TeamMember, TeamRole

_ORDER = Case(
    *(When(role=role, then=Value(place)) for place, role in enumerate(TeamRole.values)),
    output_field=IntegerField(),
)


def team_of(channel: User) -> QuerySet[TeamMember]:
    """Everybody of a channel's team and who is invited to it, the highest roles first. Queries: 1."""
    members = TeamMember.objects.filter(channel=channel).select_related("person", "channel")
    return members.order_by(_ORDER, "id")


def members_of(channel: User) -> QuerySet[TeamMember]:
    """The same without those who are only invited: what everybody may know. Queries: 1."""
    return team_of(channel).filter(accepted_at__isnull=False)


def teams_of(person: User) -> QuerySet[TeamMember]:
    """Where somebody helps, and where they are asked to, the newest first. Queries: 1."""
    members = TeamMember.objects.filter(person=person, channel__is_active=True)
    return members.select_related("channel", "person").order_by("-id")
