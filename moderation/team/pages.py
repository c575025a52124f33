"""Pages of a channel's team, and of the teams somebody is in or is asked to join."""

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from accounts.selectors import profile_get, user_get
from core.api.throttling import limited
from core.errors import DomainError, NotFound
from moderation.channels import Seat, seat_of
from moderation.policies import Act
from moderation.team.models import TeamMember, TeamRole
from moderation.team.selectors import team_of, teams_of
from moderation.team.services import (
    MEMBERS_MOST,
    invitation_accept,
    member_invite,
    member_promote,
    member_remove,
    member_resign,
)

_WORDS = {
    "not_found": gettext_lazy("Nobody has this name. Look at how it is written."),
    "not_your_place": gettext_lazy("You may not do that, or not to this person."),
    "forbidden": gettext_lazy("One of you has blocked the other."),
    "banned": gettext_lazy("They are banned here. Unban them first."),
    "team_full": gettext_lazy("The team is full. Remove somebody first."),
}


class InviteForm(forms.Form):
    username = forms.CharField(label=gettext_lazy("Username"), max_length=31)
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=TeamRole.choices)


class RoleForm(forms.Form):
    role = forms.ChoiceField(choices=TeamRole.choices)


@login_required
@require_safe
def team(request: HttpRequest) -> HttpResponse:
    """Who helps, and who is asked to; ``channel`` names somebody else's. Queries: 1, 3 for somebody else's."""
    seat = seat_of(request, Act.TEAM)
    return _page(request, seat, InviteForm(initial={"role": TeamRole.MODERATOR}))


@login_required
@require_POST
@limited("write")
def invite(request: HttpRequest) -> HttpResponse:
    """Ask somebody to help, by their name."""
    seat = seat_of(request, Act.TEAM)
    form = InviteForm(request.POST)
    if form.is_valid():
        role = form.cleaned_data["role"]
        try:
            person = profile_get(username=form.cleaned_data["username"].strip().removeprefix("@"))
            member = member_invite(actor=seat.person, channel=seat.channel, person=person, role=role)
        except DomainError as error:
            form.add_error("username", str(_WORDS.get(error.code, error.code)))
        else:
            name = {"name": member.person.name}
            asked = _("%(name)s is asked to join.") % name
            messages.success(request, _("%(name)s has another role.") % name if member.accepted_at else asked)
            return redirect(reverse("moderation_team:team") + seat.query)
    return _page(request, seat, form, status=400)


@login_required
@require_POST
@limited("write")
def change(request: HttpRequest, user_id: uuid.UUID) -> HttpResponse:
    """Give a member the ``role``, or with ``remove`` take it away; then show the team."""
    seat = seat_of(request, Act.TEAM)
    form = RoleForm(request.POST)
    try:
        person = user_get(user_id=user_id)
        if "remove" in request.POST:
            member_remove(actor=seat.person, channel=seat.channel, person=person)
            messages.success(request, _("%(name)s is not in the team.") % {"name": person.name})
        elif form.is_valid():
            role = form.cleaned_data["role"]
            member_promote(actor=seat.person, channel=seat.channel, person=person, role=role)
            messages.success(request, _("%(name)s has another role.") % {"name": person.name})
    except DomainError as error:
        messages.warning(request, str(_WORDS.get(error.code, error.code)))
    return redirect(reverse("moderation_team:team") + seat.query)


@login_required
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """Where I help, and where I am asked to. Queries: 1."""
    rows = list(teams_of(_user(request)))
    context = {
        "invitations": [row for row in rows if row.accepted_at is None],
        "teams": [row for row in rows if row.accepted_at is not None],
    }
    return render(request, "moderation/my_teams.html", context)


@login_required
@require_POST
@limited("write")
def answer(request: HttpRequest, channel_id: uuid.UUID) -> HttpResponse:
    """Join with ``accept``; else decline, or resign. Then show my teams."""
    person = _user(request)
    try:
        channel = user_get(user_id=channel_id)
        if "accept" in request.POST:
            invitation_accept(person=person, channel=channel)
            messages.success(request, _("You are in the team of %(name)s.") % {"name": channel.name})
        else:
            member_resign(person=person, channel=channel)
            messages.success(request, _("You are not in the team of %(name)s.") % {"name": channel.name})
    except NotFound:
        messages.warning(request, _("This invitation was taken back."))
    except DomainError:
        messages.warning(request, _("You cannot join this team now."))
    return redirect("moderation_team:mine")


def _page(request: HttpRequest, seat: Seat, form: InviteForm, *, status: int = 200) -> HttpResponse:
    giveable = [(role, label) for role, label in TeamRole.choices if _gives(seat, role)]
    context: dict[str, Any] = {
        "channel": seat.channel,
        "is_own": seat.is_own,
        "members": [_row(seat, member) for member in team_of(seat.channel)],
        "most": MEMBERS_MOST,
        "form": form,
        "roles": giveable,
        "query": seat.query,
    }
    return render(request, "moderation/team.html", context, status=status)


def _row(seat: Seat, member: TeamMember) -> dict[str, Any]:
    """``changeable``: whether the one who reads may give this person another role, or none."""
    return {
        "member": member,
        "person": member.person,
        "changeable": _gives(seat, member.role) and seat.person.pk != member.person_id,
    }


def _gives(seat: Seat, role: str) -> bool:
    return seat.may(Act.LEADS if role == TeamRole.LEAD else Act.TEAM)


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
