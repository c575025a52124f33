"""Saying things, and the rules under which they are said."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import Follow, User
from chat.models import AuthorRole
from chat.services import Answer, Line, messages_accept
from moderation.bans.models import Ban, Caution
from moderation.modes.models import ChatModes
from moderation.team.models import TeamMember
from streams.models import Stream

# What became of the line: a test looks at what it expects it to be.
Say = Callable[..., Any]


def line_of(user: User, text: str = "hello", client_id: str | None = None) -> Line:
    return Line(
        user_id=user.pk,
        party_id=user.party_id,
        name=user.name,
        role=AuthorRole.VIEWER,
        client_id=client_id or str(uuid4()),
        text=text,
    )


@pytest.fixture
def say(live_stream: Stream) -> Say:
    """One line in alice's room."""

    def say(user: User, text: str = "hello", client_id: str | None = None) -> Answer:
        (answer,) = messages_accept(stream_id=live_stream.pk, lines=[line_of(user, text, client_id)])
        return answer

    return say


@pytest.fixture
def modes(alice: User) -> Callable[..., None]:
    """Put modes in force in alice's channel, past every rule of who may."""

    def put(**fields: Any) -> None:
        ChatModes.objects.update_or_create(channel=alice, defaults=fields)

    return put


def ban(channel: User, person: User, *, seconds: float | None = None) -> Ban:
    now = timezone.now()
    until = None if seconds is None else now + timedelta(seconds=seconds)
    return Ban.objects.update_or_create(
        channel=channel, person=person, defaults={"until": until, "created_at": now, "reason": "spam"}
    )[0]


def warn(channel: User, person: User, reason: str = "mind your words") -> Caution:
    return Caution.objects.create(channel=channel, person=person, reason=reason, created_at=timezone.now())


def follow(person: User, creator: User, since: datetime) -> None:
    Follow.objects.update_or_create(follower=person, creator=creator)
    Follow.objects.filter(follower=person, creator=creator).update(created_at=since)


def make_member(channel: User, person: User, role: str, *, accepted: bool = True) -> None:
    TeamMember.objects.update_or_create(
        channel=channel,
        person=person,
        defaults={"role": role, "accepted_at": timezone.now() if accepted else None},
    )
