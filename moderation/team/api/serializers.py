"""What the API takes and gives for teams."""

from typing import Any

from rest_framework import serializers

from accounts.api.serializers import UserCardOut
from core.errors import InvalidInput
from moderation.team.models import TeamRole


class TeamInviteIn(serializers.Serializer[object]):
    """One of ``user_id`` and ``username``."""

    user_id = serializers.UUIDField(required=False)
    username = serializers.CharField(required=False, max_length=31, help_text="With or without an @.")
    role = serializers.ChoiceField(choices=TeamRole.choices)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("user_id" in attrs) == ("username" in attrs):
            raise InvalidInput(username=["Say who: give user_id or username."])
        return attrs


class TeamRoleIn(serializers.Serializer[object]):
    role = serializers.ChoiceField(choices=TeamRole.choices)


class TeamMemberOut(serializers.Serializer[object]):
    user = UserCardOut()
    role = serializers.ChoiceField(choices=TeamRole.choices)
    invited_at = serializers.DateTimeField()
    accepted_at = serializers.DateTimeField(allow_null=True, help_text="Null: an invitation so far.")


class TeamOut(serializers.Serializer[object]):
    most = serializers.IntegerField(help_text="As many may be in it, invitations included.")
    members = TeamMemberOut(many=True)


class MyTeamOut(serializers.Serializer[object]):
    channel = UserCardOut()
    role = serializers.ChoiceField(choices=TeamRole.choices)
    invited_at = serializers.DateTimeField()
    accepted_at = serializers.DateTimeField(allow_null=True, help_text="Null: you are asked.")


class MyTeamsOut(serializers.Serializer[object]):
    teams = MyTeamOut(many=True)
