"""Every change to people that is not sign-up or sign-in (those are allauth's)."""

import uuid
from typing import Any
from urllib.parse import urlsplit

from django.core.files.base import ContentFile
from django.db import transaction

from accounts.errors import CannotFollowYourself
from accounts.events import FollowChanged, UserSuspended
from accounts.models import Follow, User
from core.audit import audit_record
from core.errors import InvalidInput
from core.facts import publish_on_commit
from core.ids import new_id
from core.pictures import PictureRefused, picture_read, picture_webp

LINKS_MAX = 8
AVATAR_MAX_BYTES = 8 * 1024 * 1024
AVATAR_SIDE = 256


@transaction.atomic
def follow_create(*, follower: User, creator: User) -> None:
    """Follow; following twice is following once. Emits: FollowChanged. Raises: CannotFollowYourself."""
    if follower.pk == creator.pk:
        raise CannotFollowYourself()
    _, created = Follow.objects.get_or_create(follower=follower, creator=creator)
    if created:
        publish_on_commit(
            FollowChanged(follower_id=str(follower.pk), creator_id=str(creator.pk), following=True)
        )


@transaction.atomic
def follow_delete(*, follower: User, creator: User) -> None:
    """Stop following; it is no error not to have followed. Emits: FollowChanged."""
    deleted, _ = Follow.objects.filter(follower=follower, creator=creator).delete()
    if deleted:
        publish_on_commit(
            FollowChanged(follower_id=str(follower.pk), creator_id=str(creator.pk), following=False)
        )


@transaction.atomic
def profile_update(*, user: User, display_name: str, bio: str, links: list[dict[str, str]]) -> User:
    """Set what others read about a person.

    ``links`` are up to eight of ``{"label", "url"}`` with http(s) addresses. Queries: 1.
    Raises: InvalidInput with the fields that are wrong; then nothing is written.
    """
    problems: dict[str, list[str]] = {}
    display_name, bio = display_name.strip(), bio.strip()
    if len(display_name) > 50:
        problems["display_name"] = ["Use at most 50 characters."]
    if len(bio) > 2000:
        problems["bio"] = ["Use at most 2,000 characters."]
    if link_problems := _link_problems(links):
        problems["links"] = link_problems
    if problems:
        raise InvalidInput(**problems)
    user.display_name, user.bio = display_name, bio
    user.links = [{"label": link["label"].strip(), "url": link["url"].strip()} for link in links]
    user.save(update_fields=["display_name", "bio", "links"])
    return user


def avatar_set(*, user: User, image: bytes | None) -> None:
    """Give the person a picture, cut to a square and re-encoded; None takes it away.

    The file is written before the row and the old one dropped after it, so that no page shows a missing picture.
    Raises: InvalidInput if it is no picture, or too big a one; then nothing changes.
    """
    dropped = user.avatar.name
    if image is None:
        user.avatar = ""
    else:
        try:
            picture = picture_read(image, max_bytes=AVATAR_MAX_BYTES)
        except PictureRefused as refused:
            raise InvalidInput(avatar=[str(refused)]) from None
        content = ContentFile(picture_webp(picture, (AVATAR_SIDE, AVATAR_SIDE)))
        # A new name each time, so that no cache shows the old picture.
        user.avatar.save(f"{new_id().hex}.webp", content, save=False)
    user.save(update_fields=["avatar"])
    if dropped:
        transaction.on_commit(lambda: user.avatar.storage.delete(dropped))


@transaction.atomic
def user_suspend(*, user: User, by: uuid.UUID, reason: str = "") -> None:
    """Close the account; open sessions end within seconds. ``by`` is staff's party. Emits: UserSuspended."""
    if User.objects.filter(pk=user.pk, is_active=True).update(is_active=False):
        audit_record(actor_party_id=by, action="user.suspended", target=f"user:{user.pk}", reason=reason)
        publish_on_commit(UserSuspended(user_id=str(user.pk)))


@transaction.atomic
def user_reinstate(*, user: User, by: uuid.UUID, reason: str = "") -> None:
    """Open a suspended account again."""
    if User.objects.filter(pk=user.pk, is_active=False).update(is_active=True):
        audit_record(actor_party_id=by, action="user.reinstated", target=f"user:{user.pk}", reason=reason)


def _link_problems(links: list[dict[str, Any]]) -> list[str]:
    if len(links) > LINKS_MAX:
        return [f"Use at most {LINKS_MAX} links."]
    problems = []
    for number, link in enumerate(links, start=1):
        label, url = str(link.get("label", "")).strip(), str(link.get("url", "")).strip()
        parts = urlsplit(url)
        if not 1 <= len(label) <= 40:
            problems.append(f"Link {number}: give it a label of 1 to 40 characters.")
        if parts.scheme not in {"http", "https"} or not parts.hostname or len(url) > 300:
            problems.append(f"Link {number}: use a full address that starts with https://.")
    return problems
