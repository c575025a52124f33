"""Every change of a channel's team.

All of them lock the channel's owner and the person first, and only then ask what anybody is: so any two changes have
an order, and none is made by somebody whose own role was taken away before.
"""

from collections.abc import Collection

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.selectors import blocked_between
from accounts.services import people_lock
from core.errors import Forbidden, NotFound
from core.facts import publish_on_commit
from moderation.bans.models import Ban
from moderation.errors import Banned, NotYourPlace
from moderation.policies import Act, require
from moderation.team.errors import TeamFull
from moderation.team.events import TeamChanged, TeamInvited
from moderation.team.models import TeamMember, TeamRole
from moderation.trail import acted

# Invitations count.
MEMBERS_MOST = 100


@transaction.atomic
def member_invite(*, actor: User, channel: User, person: User, role: str) -> TeamMember:
    """Offer somebody a place. Who is in the team or invited already has the new role instead.

    Locks: the channel's owner and the person. Emits: TeamActed, TeamInvited; TeamChanged where it holds at once.
    Raises: NotYourPlace, Forbidden between people one of whom blocked the other, Banned, TeamFull.
    """
    people_lock(channel, person)
    member = _member(channel, person)
    _require(actor=actor, channel=channel, person=person, roles=[role, *([member.role] if member else [])])
    _require_welcome(channel, person)
    if member is not None:
        return _role_set(member, actor=actor, channel=channel, person=person, role=role)
    if TeamMember.objects.filter(channel=channel).count() >= MEMBERS_MOST:
        raise TeamFull(most=MEMBERS_MOST)
    member = TeamMember.objects.create(
        channel=channel, person=person, role=role, invited_by_id=actor.party_id
    )
    acted(action="team.invited", channel=channel, actor=actor, whom=person, after={"role": role})
    publish_on_commit(TeamInvited(member_id=str(member.pk)))
    return member


@transaction.atomic
def member_promote(*, actor: User, channel: User, person: User, role: str) -> TeamMember:
    """Give a member, or somebody who is invited, another role, higher or lower.

    Locks, emits: those of ``member_invite``. Raises: NotFound for who is neither, NotYourPlace.
    """
    people_lock(channel, person)
    member = _member(channel, person)
    _require(actor=actor, channel=channel, person=person, roles=[role, *([member.role] if member else [])])
    if member is None:
        raise NotFound()
    return _role_set(member, actor=actor, channel=channel, person=person, role=role)


@transaction.atomic
def member_remove(
    *, actor: User, channel: User, person: User, only: Collection[str] = TeamRole.values
) -> bool:
    """Take a role or an invitation away, if it is one of ``only``. It is no error if there is none: then it is False.

    Locks: those of ``member_invite``. Emits: TeamActed, TeamChanged. Raises: NotYourPlace.
    """
    people_lock(channel, person)
    member = _member(channel, person)
    _require(actor=actor, channel=channel, person=person, roles=[member.role] if member else [])
    if member is None or member.role not in only:
        return False
    _drop(member, action="team.removed", actor=actor)
    return True


@transaction.atomic
def invitation_accept(*, person: User, channel: User) -> TeamMember:
    """Take the place that was offered; from now on the role holds. Accepting twice is accepting once.

    Locks: those of ``member_invite``. Emits: TeamActed, TeamChanged.
    Raises: NotFound where none is offered, or not any more; Forbidden, Banned.
    """
    people_lock(channel, person)
    member = _member(channel, person)
    if member is None:
        raise NotFound()
    if member.accepted_at is None:
        _require_welcome(channel, person)
        member.accepted_at = timezone.now()
        member.save(update_fields=["accepted_at"])
        acted(
            action="team.accepted",
            channel=channel,
            actor=person,
            whom=person,
            after={"role": member.role},
        )
        _changed(member)
    return member


@transaction.atomic
def member_resign(*, person: User, channel: User) -> None:
    """Give a role back, or decline an invitation. It is no error to have none.

    Locks: those of ``member_invite``. Emits: TeamActed, TeamChanged.
    """
    people_lock(channel, person)
    member = _member(channel, person)
    if member is not None:
        _drop(member, action="team.resigned", actor=person)


@transaction.atomic
def member_put_out(*, channel: User, person: User, reason: str) -> None:
    """Whom the channel banned, or its owner blocked, helps there no more. A repeat does nothing.

    Locks, emits: those of ``member_remove``.
    """
    people_lock(channel, person)
    member = _member(channel, person)
    if member is not None and _is_unwelcome(channel, person):
        _drop(member, action="team.removed", actor=None, reason=reason)


def _member(channel: User, person: User) -> TeamMember | None:
    found = TeamMember.objects.select_for_update(of=("self",), no_key=True)
    return found.select_related("channel", "person").filter(channel=channel, person=person).first()


def _require(*, actor: User, channel: User, person: User, roles: list[str]) -> None:
    """``roles`` are what the person is, or is invited to be, and what they shall be. Owners are in nobody's team."""
    act = Act.LEADS if TeamRole.LEAD in roles else Act.TEAM
    require(act=act, channel_id=channel.pk, actor=actor, target=person)
    if person.pk == channel.pk:
        raise NotYourPlace(reason="target")


def _require_welcome(channel: User, person: User) -> None:
    """Raises: Forbidden, Banned."""
    if blocked_between(channel.pk, person.pk):
        raise Forbidden()
    if _is_banned(channel, person):
        raise Banned()


def _is_unwelcome(channel: User, person: User) -> bool:
    return blocked_between(channel.pk, person.pk) or _is_banned(channel, person)


def _is_banned(channel: User, person: User) -> bool:
    return Ban.objects.filter(channel=channel, person=person, until=None).exists()


def _role_set(member: TeamMember, *, actor: User, channel: User, person: User, role: str) -> TeamMember:
    before = member.role
    if before == role:
        return member
    member.role = role
    member.save(update_fields=["role"])
    acted(
        action="team.promoted",
        channel=channel,
        actor=actor,
        whom=person,
        before={"role": before},
        after={"role": role},
    )
    if member.accepted_at is not None:
        _changed(member)
    return member


def _drop(member: TeamMember, *, action: str, actor: User | None, reason: str = "") -> None:
    before = {"role": member.role, "accepted": member.accepted_at is not None}
    member.delete()
    acted(
        action=action,
        channel=member.channel,
        actor=actor,
        whom=member.person,
        reason=reason,
        before=before,
    )
    if before["accepted"]:
        _changed(member)


def _changed(member: TeamMember) -> None:
    publish_on_commit(TeamChanged(channel_id=str(member.channel_id), user_id=str(member.person_id)))
