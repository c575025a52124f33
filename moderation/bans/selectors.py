"""What can be read about bans, by the team and by whom they concern."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from accounts.models import User
from moderation.bans.models import Ban, Caution, NetworkBan, UnbanRequest
from moderation.policies import Act, require


def ban_of(*, channel_id: uuid.UUID, user_id: uuid.UUID) -> Ban | None:
    """The ban or the timeout that is in force. Queries: 1."""
    return _in_force().filter(channel_id=channel_id, person_id=user_id).first()


def silent_until(*, channel_id: uuid.UUID, user_id: uuid.UUID) -> datetime | None:
    """When somebody's timeout is over; None without one, and for who is banned. Queries: 1."""
    mine = Ban.objects.filter(channel_id=channel_id, person_id=user_id, until__gt=timezone.now())
    return mine.values_list("until", flat=True).first()


def bans_of(*, actor: User, channel: User, text: str = "", timeouts: bool | None = None) -> QuerySet[Ban]:
    """Who is kept out of a channel or silent in it, newest first, for its team; by a part of the name or reason.

    ``timeouts`` is None for both kinds. Each has ``networks_count`` and ``asked``, the state of a request.
    Queries: 1, and 1. Raises: NotYourPlace.
    """
    require(act=Act.SEE, channel_id=channel.pk, actor=actor)
    asked = UnbanRequest.objects.filter(ban_id=OuterRef("pk"))
    found = (
        _in_force()
        .filter(channel=channel)
        .select_related("person", "by__user")
        .order_by("-created_at", "-id")
    )
    if text:
        found = found.filter(
            Q(person__username__icontains=text)
            | Q(person__display_name__icontains=text)
            | Q(reason__icontains=text)
        )
    if timeouts is not None:
        found = found.filter(until__isnull=not timeouts)
    return found.annotate(
        networks_count=Subquery(
            NetworkBan.objects.filter(ban=OuterRef("pk"), expires_at__gt=timezone.now())
            .order_by()
            .values("ban")
            .annotate(count=Count("pk"))
            .values("count")
        ),
        asked=Subquery(asked.values("state")[:1]),
    )


def unban_requests_of(*, actor: User, channel: User, state: str = "") -> QuerySet[UnbanRequest]:
    """Who asks to be let back, for the team, newest first. Each has ``reason``, of the ban where there is one still.

    Queries: 1, and 1. Raises: NotYourPlace.
    """
    require(act=Act.SEE, channel_id=channel.pk, actor=actor)
    found = UnbanRequest.objects.filter(channel=channel).select_related("person", "answered_by__user")
    if state:
        found = found.filter(state=state)
    ban = Ban.objects.filter(pk=OuterRef("ban_id"))
    return found.annotate(reason=Subquery(ban.values("reason")[:1])).order_by("-id")


@dataclass(frozen=True)
class Shut:
    """Why somebody is kept out of a channel; without a ban of their own it is for what they come with."""

    ban: Ban | None = None
    request: UnbanRequest | None = None

    @property
    def may_ask(self) -> bool:
        return self.ban is not None and self.request is None


def shut_by_ban(*, channel_id: uuid.UUID, user: User) -> Shut:
    """The ban that keeps somebody out and what they asked about it. Queries: 1; 2 with a ban."""
    ban = Ban.objects.filter(channel_id=channel_id, person=user, until=None).first()
    return Shut(ban, UnbanRequest.objects.filter(ban_id=ban.pk).first() if ban else None)


def cautions_unread(*, channel_id: uuid.UUID, user_id: uuid.UUID) -> QuerySet[Caution]:
    """Warnings that are to be read before somebody writes again, oldest first. Queries: 1."""
    return Caution.objects.filter(channel_id=channel_id, person_id=user_id, read_at=None).order_by("id")


def is_banned(*, channel_id: uuid.UUID, user_id: uuid.UUID) -> bool:
    """Whether somebody is kept out for good. Queries: 1."""
    return Ban.objects.filter(channel_id=channel_id, person_id=user_id, until=None).exists()


def _in_force() -> QuerySet[Ban]:
    return Ban.objects.filter(Q(until=None) | Q(until__gt=timezone.now()))
