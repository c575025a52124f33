"""What follows from facts about people of a team."""

import uuid
from datetime import UTC

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.events import BlockChanged
from accounts.models import User
from core.facts import handles
from moderation.events import PersonBanned
from moderation.team.events import TeamChanged, TeamInvited
from moderation.team.models import TeamMember
from moderation.team.services import member_put_out
from realtime.publish import room_publish, sockets_close
from realtime.sockets import CLOSE_RESTART
from streams.me.events import MeNotification
from streams.models import Stream


@handles(TeamChanged)
def on_team_changed(fact: TeamChanged) -> None:
    """Whoever is something else now comes back with another pass. Queries: 1."""
    streams = Stream.objects.filter(creator_id=uuid.UUID(fact.channel_id), ended_at=None)
    for stream_id in streams.values_list("id", flat=True):
        sockets_close(
            code=CLOSE_RESTART, reason="role_changed", room_id=stream_id, user_id=uuid.UUID(fact.user_id)
        )


@handles(PersonBanned)
def on_person_banned(fact: PersonBanned) -> None:
    _put_out(fact.channel_id, fact.user_id, reason="banned")


@handles(BlockChanged)
def on_block_changed(fact: BlockChanged) -> None:
    """Neither helps the other."""
    if fact.blocking:
        _put_out(fact.blocker_id, fact.blocked_id, reason="blocked")
        _put_out(fact.blocked_id, fact.blocker_id, reason="blocked")


def _put_out(channel_id: str, person_id: str, *, reason: str) -> None:
    people = User.objects.in_bulk([channel_id, person_id])
    channel, person = people.get(uuid.UUID(channel_id)), people.get(uuid.UUID(person_id))
    if channel is not None and person is not None:
        member_put_out(channel=channel, person=person, reason=reason)


@handles(TeamInvited)
def on_team_invited(fact: TeamInvited) -> None:
    """Tell them, where they are signed in; it waits on their page of teams anyway. Queries: 1."""
    member = TeamMember.objects.select_related("channel").filter(pk=fact.member_id, accepted_at=None).first()
    if member is None:
        return
    notification = MeNotification(
        id=str(member.pk),
        kind="team_invitation",
        title=_("%(name)s asks you to join their team") % {"name": member.channel.name},
        text=_("As: %(role)s") % {"role": member.get_role_display()},
        url=reverse("moderation_team:mine"),
        at=member.created_at.astimezone(UTC).isoformat(timespec="milliseconds"),
    )
    room_publish(member.person_id, notification)
