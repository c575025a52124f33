"""Doors to teams: a channel's own, and those somebody is in."""

import uuid
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from accounts.api.requests import SignedInRequest
from accounts.selectors import profile_get, user_card, user_get
from core.api.views import SignedInApiView
from core.errors import Forbidden, NotFound
from moderation.errors import Banned, NotYourPlace
from moderation.policies import Act, may
from moderation.team.api.serializers import (
    MyTeamOut,
    MyTeamsOut,
    TeamInviteIn,
    TeamMemberOut,
    TeamOut,
    TeamRoleIn,
)
from moderation.team.errors import TeamFull
from moderation.team.models import TeamMember
from moderation.team.selectors import members_of, team_of, teams_of
from moderation.team.services import (
    MEMBERS_MOST,
    invitation_accept,
    member_invite,
    member_promote,
    member_remove,
    member_resign,
)


class TeamView(SignedInApiView):
    errors = (NotFound, NotYourPlace, Forbidden, Banned, TeamFull)

    @extend_schema(operation_id="team", responses=TeamOut)
    def get(self, request: SignedInRequest, username: str) -> Response:
        """Who helps in a channel. Who is only invited is shown to those who may invite."""
        channel = profile_get(username=username)
        manages = may(act=Act.TEAM, channel_id=channel.pk, actor=request.user)
        members = team_of(channel) if manages else members_of(channel)
        return Response(TeamOut({"most": MEMBERS_MOST, "members": [_member(row) for row in members]}).data)

    @extend_schema(operation_id="team_invite", request=TeamInviteIn, responses={201: TeamMemberOut})
    def post(self, request: SignedInRequest, username: str) -> Response:
        """Offer somebody a place; a member, or who is invited already, has the new role instead."""
        body = TeamInviteIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        channel = profile_get(username=username)
        person = (
            user_get(user_id=given["user_id"])
            if "user_id" in given
            else profile_get(username=given["username"].removeprefix("@"))
        )
        member = member_invite(actor=request.user, channel=channel, person=person, role=given["role"])
        return Response(TeamMemberOut(_member(member)).data, status=201)


class TeamMemberView(SignedInApiView):
    errors = (NotFound, NotYourPlace)

    @extend_schema(operation_id="team_promote", request=TeamRoleIn, responses=TeamMemberOut)
    def patch(self, request: SignedInRequest, username: str, user_id: uuid.UUID) -> Response:
        """Give a member another role, higher or lower."""
        body = TeamRoleIn(data=request.data)
        body.is_valid(raise_exception=True)
        member = member_promote(
            actor=request.user,
            channel=profile_get(username=username),
            person=user_get(user_id=user_id),
            role=body.validated_data["role"],
        )
        return Response(TeamMemberOut(_member(member)).data)

    @extend_schema(operation_id="team_remove", request=None, responses={204: None})
    def delete(self, request: SignedInRequest, username: str, user_id: uuid.UUID) -> Response:
        """Take a role or an invitation away. Answers the same whether or not there was one."""
        member_remove(
            actor=request.user, channel=profile_get(username=username), person=user_get(user_id=user_id)
        )
        return Response(status=204)


class MyTeamsView(SignedInApiView):
    @extend_schema(operation_id="my_teams", responses=MyTeamsOut)
    def get(self, request: SignedInRequest) -> Response:
        """Where I help, and where I am asked to."""
        return Response(MyTeamsOut({"teams": [_mine(row) for row in teams_of(request.user)]}).data)


class MyTeamView(SignedInApiView):
    errors = (NotFound,)

    @extend_schema(operation_id="team_resign", request=None, responses={204: None})
    def delete(self, request: SignedInRequest, username: str) -> Response:
        """Give my role back, or decline an invitation. Answers the same whether or not there was one."""
        member_resign(person=request.user, channel=profile_get(username=username))
        return Response(status=204)


class MyTeamAcceptView(SignedInApiView):
    errors = (NotFound, Forbidden, Banned)

    @extend_schema(operation_id="team_accept", request=None, responses=MyTeamOut)
    def post(self, request: SignedInRequest, username: str) -> Response:
        """Take the place I was offered; the role holds from now on."""
        member = invitation_accept(person=request.user, channel=profile_get(username=username))
        return Response(MyTeamOut(_mine(member)).data)


def _member(row: TeamMember) -> dict[str, Any]:
    return {"user": user_card(row.person), **_place(row)}


def _mine(row: TeamMember) -> dict[str, Any]:
    return {"channel": user_card(row.channel), **_place(row)}


def _place(row: TeamMember) -> dict[str, Any]:
    return {"role": row.role, "invited_at": row.created_at, "accepted_at": row.accepted_at}
