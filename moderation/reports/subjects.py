"""What can be reported, and what a case keeps of it. Apps above register what they alone know, such as messages."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from accounts.models import User
from accounts.selectors import user_get
from core.errors import NotFound
from moderation.reports.models import Subject
from streams.models import Stream
from streams.selectors import stream_get_for
from streams.viewers import Viewer


@dataclass(frozen=True, kw_only=True)
class Found:
    """A thing as it is now. ``pictures`` are folders under MEDIA_ROOT by name; a case copies them."""

    # Whose it is: a party.
    about_id: UUID
    channel: User | None = None
    stream_id: UUID | None = None
    evidence: dict[str, Any]
    pictures: Mapping[str, str] = field(default_factory=dict)


# Raises NotFound for what there is not, or what the viewer may not know of.
Resolver = Callable[[Viewer, UUID], Found]
_resolvers: dict[str, Resolver] = {}


def register_subject(kind: str) -> Callable[[Resolver], Resolver]:
    """Ask this function about things of this ``Subject``."""

    def register(resolver: Resolver) -> Resolver:
        _resolvers[Subject(kind)] = resolver
        return resolver

    return register


def subject_find(*, viewer: Viewer, subject: str, subject_id: UUID) -> Found:
    """Queries: the resolver's. Raises: NotFound."""
    return _resolvers[subject](viewer, subject_id)


def person_evidence(user: User) -> dict[str, Any]:
    """A profile, to be kept. Queries: none."""
    return {
        "user_id": str(user.pk),
        "username": user.username,
        "display_name": user.display_name,
        "bio": user.bio,
        "links": user.links,
        "place_name": user.place_name,
        "joined_at": user.date_joined.isoformat(),
    }


@register_subject(Subject.USER)
def person(viewer: Viewer, subject_id: UUID) -> Found:
    """Queries: 1."""
    user = user_get(user_id=subject_id)
    return Found(about_id=user.party_id, evidence=person_evidence(user), pictures=_avatar(user))


@register_subject(Subject.CHANNEL)
def channel(viewer: Viewer, subject_id: UUID) -> Found:
    """Queries: 1."""
    user = user_get(user_id=subject_id)
    return Found(about_id=user.party_id, channel=user, evidence=person_evidence(user), pictures=_avatar(user))


@register_subject(Subject.STREAM)
def stream(viewer: Viewer, subject_id: UUID) -> Found:
    """Queries: 1, and those of ``streams.access``."""
    found = stream_get_for(viewer=viewer, stream_id=subject_id)
    if found.creator is None:
        raise NotFound()
    return Found(
        about_id=found.party_id,
        channel=found.creator,
        stream_id=found.pk,
        evidence=stream_evidence(found) | {"channel": person_evidence(found.creator)},
        pictures={"thumbnail": found.thumbnail} if found.thumbnail else {},
    )


def stream_evidence(found: Stream) -> dict[str, Any]:
    """Queries: none."""
    return {
        "stream_id": str(found.pk),
        "title": found.title,
        "description": found.description,
        "tags": found.tags,
        "status": found.status,
        "visibility": found.visibility,
        "mature": found.mature,
        "started_at": found.started_at and found.started_at.isoformat(),
        "ended_at": found.ended_at and found.ended_at.isoformat(),
    }


def _avatar(user: User) -> dict[str, str]:
    return {"avatar": user.avatar} if user.avatar else {}
