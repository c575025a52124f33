"""What can be read about people."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import connection
from django.db.models import Case, Q, QuerySet, UUIDField, When
from django.http import HttpRequest
from django.utils import timezone
from rest_framework.request import Request

from accounts.models import AgeBand, Block, Follow, HeldName, User
from accounts.sign_in import login_of, session_of
from core.errors import NotFound

USERNAME_CHANGE_EVERY = timedelta(days=30)


def profile_get(*, username: str) -> User:
    """The active user of this name, in any case of letters. Queries: 1. Raises: NotFound."""
    user = User.objects.filter(username__iexact=username, is_active=True).first()
    if user is None:
        raise NotFound()
    return user


def former_owner(*, username: str) -> User | None:
    """Who had this name before and has another one now. Queries: 1."""
    held = HeldName.objects.filter(username__iexact=username, user__is_active=True).select_related("user")
    found = held.order_by("-id").first()
    return found.user if found else None


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
        "avatar_url": user.avatar_url,
    }


def erased_card(party_id: uuid.UUID) -> dict[str, Any]:
    """Somebody who is not here any more. Nobody can have this username: it is reserved."""
    return {
        "id": str(party_id),
        "username": "deleted",
        "display_name": "Deleted user",
        "avatar_url": None,
    }


def profile_card(user: User) -> dict[str, Any]:
    """A person as everybody may read them. Queries: 1."""
    here = {"name": user.place_name, "lat": user.place_lat, "lon": user.place_lon}
    return {
        **user_card(user),
        "picture": user.picture_urls,
        "bio": user.bio,
        "links": user.links,
        "place": here if user.place_lat is not None else None,
        "followers": follower_count(creator_id=user.pk),
    }


def me_card(user: User) -> dict[str, Any]:
    """A person as they read themselves. Queries: 2."""
    return {
        **profile_card(user),
        "email": user.email,
        "email_confirmed": email_confirmed(user=user),
        "age_band": user.age_band,
        "username_changeable_at": username_changeable_at(user),
    }


def username_changeable_at(user: User) -> datetime | None:
    """From when the name may be changed again; None for now. Queries: none."""
    if user.username_changed_at is None:
        return None
    again_at = user.username_changed_at + USERNAME_CHANGE_EVERY
    return again_at if again_at > timezone.now() else None


def email_confirmed(*, user: User) -> bool:
    """Whether the person showed that the address is theirs. Queries: 1."""
    return bool(EmailAddress.objects.filter(user_id=user.pk, verified=True).exists())


def follows(*, follower_id: uuid.UUID, creator_id: uuid.UUID) -> bool:
    """Queries: 1."""
    return Follow.objects.filter(follower_id=follower_id, creator_id=creator_id).exists()


def follower_count(*, creator_id: uuid.UUID) -> int:
    """Queries: 1."""
    return Follow.objects.filter(creator_id=creator_id).count()


def blocks(*, blocker_id: uuid.UUID, blocked_id: uuid.UUID) -> bool:
    """Queries: 1, in plain SQL: every gift and every line of chat asks, and the ORM takes three times as long."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM accounts_block WHERE blocker_id = %s AND blocked_id = %s)",
            [blocker_id, blocked_id],
        )
        (found,) = cursor.fetchone()
    return bool(found)


def blocked_between(one_id: uuid.UUID, other_id: uuid.UUID) -> bool:
    """Whether either of the two has blocked the other. Queries: 1."""
    return Block.objects.filter(
        Q(blocker_id=one_id, blocked_id=other_id) | Q(blocker_id=other_id, blocked_id=one_id)
    ).exists()


def blocked_either_way(user: User) -> QuerySet[Block, uuid.UUID]:
    """The ids of those whom ``user`` blocked and of those who blocked ``user``, as a subquery. Queries: none, or 1."""
    other = Case(When(blocker=user, then="blocked_id"), default="blocker_id", output_field=UUIDField())
    between = Block.objects.filter(Q(blocker=user) | Q(blocked=user)).order_by()
    return between.annotate(other=other).values_list("other", flat=True).distinct()


def blocks_of(user: User) -> QuerySet[Block]:
    """Whom the person blocked, newest first. Queries: 1."""
    return Block.objects.filter(blocker=user).select_related("blocked").order_by("-id")


def younger_than(user: User, age: int) -> bool:
    """By the band; somebody who never said, such as staff made by hand, is taken at their word. Queries: none."""
    return user.age_band != AgeBand.UNKNOWN and int(user.age_band[:2]) < age


def old_enough_to_pay(user: User) -> bool:
    """Whether the operator's least age for paying is reached. Queries: none."""
    return not younger_than(user, settings.PAY_LEAST_AGE)


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
