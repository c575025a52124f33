"""What can be read about people."""

import uuid
from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress
from django.http import HttpRequest
from rest_framework.request import Request

from accounts.models import Follow, User
from accounts.sign_in import login_of, session_of
from core.errors import NotFound


def profile_get(*, username: str) -> User:
    """The active user of this name, in any case of letters. Queries: 1. Raises: NotFound."""
    user = User.objects.filter(username__iexact=username, is_active=True).first()
    if user is None:
        raise NotFound()
    return user


def user_get(*, user_id: uuid.UUID) -> User:
    """An active user. Queries: 1. Raises: NotFound."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None:
        raise NotFound()
    return user


def user_card(user: User) -> dict[str, Any]:
    """A person in one line of a page."""
    return {
        "id": str(user.pk),
        "username": user.username,
        "display_name": user.name,
        "avatar_url": user.avatar.url if user.avatar else None,
    }


def email_confirmed(*, user: User) -> bool:
    """Whether the person showed that the address is theirs. Queries: 1."""
    return bool(EmailAddress.objects.filter(user_id=user.pk, verified=True).exists())


def follows(*, follower_id: uuid.UUID, creator_id: uuid.UUID) -> bool:
    """Queries: 1."""
    return Follow.objects.filter(follower_id=follower_id, creator_id=creator_id).exists()


def follower_count(*, creator_id: uuid.UUID) -> int:
    """Queries: 1."""
    return Follow.objects.filter(creator_id=creator_id).count()


def followers_gained(*, creator_id: uuid.UUID, since: datetime, until: datetime | None) -> int:
    """Who began to follow in this time and still does; None is until now. Queries: 1."""
    gained = Follow.objects.filter(creator_id=creator_id, created_at__gte=since)
    if until is not None:
        gained = gained.filter(created_at__lte=until)
    return gained.count()


def staff_party(request: HttpRequest) -> uuid.UUID:
    """The party of the staff member behind a request of the admin, for the audit trail."""
    assert isinstance(request.user, User)
    return request.user.party_id


def session_hash(request: HttpRequest | Request) -> str:
    """A name for the caller's sign-in that may be shown to sockets and logs; "" without one."""
    return login_of(session_of(request).session_key)
