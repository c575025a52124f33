"""What is kept of a person in teams, for that person."""

from accounts.exports import Files, as_json, register_exporter
from accounts.models import User
from moderation.team.models import TeamMember


@register_exporter
def export(user: User) -> Files:
    """Teams they are in, and their own."""
    rows = TeamMember.objects.filter(person=user).order_by("id")
    own = TeamMember.objects.filter(channel=user).order_by("id")
    fields = ("role", "created_at", "accepted_at")
    return {
        "teams.json": as_json(list(rows.values("channel_id", *fields))),
        "my_team.json": as_json(list(own.values("person_id", *fields))),
    }
