"""Every change to people that is not sign-up or sign-in (those are allauth's)."""

import uuid
from urllib.parse import urlsplit

from django.db import transaction

from accounts.errors import CannotFollowYourself
from accounts.events import FollowChanged, UserSuspended
from accounts.models import AVATAR_SIZES, Follow, User
from accounts.selectors import blocked_between
from core.audit import audit_record
from core.errors import Forbidden, InvalidInput
from core.facts import publish_on_commit
from core.pictures import PictureRefused, folder_drop, picture_read, picture_variants, variants_store
from core.text import one_line, plain

LINKS_MAX = 8
AVATAR_MAX_BYTES = 8 * 1024 * 1024
PLACE_NAME_MAX = 80


@transaction.atomic
def follow_create(*, follower: User, creator: User) -> None:
    """Follow; following twice is following once.

    Locks: both people, so that a block at the same moment is seen. Emits: FollowChanged.
    Raises: CannotFollowYourself; Forbidden when one of the two has blocked the other.
    """
    if follower.pk == creator.pk:
        raise CannotFollowYourself()
    people_lock(follower, creator)
    if blocked_between(follower.pk, creator.pk):
        raise Forbidden()
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
    display_name, bio = one_line(display_name), plain(bio, keep="\n").strip()
    links = [
        {"label": one_line(str(link.get("label", ""))), "url": str(link.get("url", "")).strip()}
        for link in links
    ]
    if len(display_name) > 50:
        problems["display_name"] = ["Use at most 50 characters."]
    if len(bio) > 2000:
        problems["bio"] = ["Use at most 2,000 characters."]
    if link_problems := _link_problems(links):
        problems["links"] = link_problems
    if problems:
        raise InvalidInput(**problems)
    user.display_name, user.bio = display_name, bio
    user.links = links
    user.save(update_fields=["display_name", "bio", "links"])
    return user


def avatar_set(*, user: User, image: bytes | None) -> None:
    """Give the person a picture, cut to squares and re-encoded; None takes it away.

    Files are written before the row and the old ones dropped after it, so that no page shows a missing picture.
    Raises: InvalidInput if it is no picture, or too big a one; then nothing changes.
    """
    dropped, user.avatar = user.avatar, _picture_store(user, image) if image is not None else ""
    user.save(update_fields=["avatar"])
    transaction.on_commit(lambda: folder_drop(dropped))


@transaction.atomic
def place_set(*, user: User, name: str, lat: float | None, lon: float | None) -> User:
    """Where the person says they are, rounded to a tenth of a degree before it is kept; all empty takes it away.

    Units: degrees. Queries: 1. Raises: InvalidInput; then nothing is written.
    """
    name = one_line(name)
    problems: list[str] = []
    if len(name) > PLACE_NAME_MAX:
        problems.append(f"Use at most {PLACE_NAME_MAX} characters.")
    if (lat is None) != (lon is None):
        problems.append("Give both degrees, or none.")
    elif lat is not None and lon is not None and not (-90 <= lat <= 90 and -180 <= lon <= 180):
        problems.append("Latitude is from -90 to 90 degrees, longitude from -180 to 180.")
    if problems:
        raise InvalidInput(place=problems)
    user.place_name = name
    user.place_lat = None if lat is None else round(lat, 1)
    user.place_lon = None if lon is None else round(lon, 1)
    user.save(update_fields=["place_name", "place_lat", "place_lon"])
    return user


def people_lock(*people: User) -> None:
    """Hold what is between these people until the transaction ends. Always in the order of ids. Queries: 1."""
    keys = [person.pk for person in people]
    list(User.objects.filter(pk__in=keys).order_by("pk").select_for_update(no_key=True).values_list("pk"))


@transaction.atomic
def user_suspend(*, user: User, by: uuid.UUID | None, reason: str = "") -> None:
    """Close the account; open sessions end within seconds. ``by`` is staff's party, None for a rule.

    Emits: UserSuspended.
    """
    if User.objects.filter(pk=user.pk, is_active=True).update(is_active=False):
        audit_record(actor_party_id=by, action="user.suspended", target=f"user:{user.pk}", reason=reason)
        publish_on_commit(UserSuspended(user_id=str(user.pk)))


@transaction.atomic
def user_reinstate(*, user: User, by: uuid.UUID | None, reason: str = "") -> None:
    """Open a suspended account again."""
    if User.objects.filter(pk=user.pk, is_active=False).update(is_active=True):
        audit_record(actor_party_id=by, action="user.reinstated", target=f"user:{user.pk}", reason=reason)


def _link_problems(links: list[dict[str, str]]) -> list[str]:
    if len(links) > LINKS_MAX:
        return [f"Use at most {LINKS_MAX} links."]
    problems = []
    for number, link in enumerate(links, start=1):
        label, url = link["label"], link["url"]
        try:
            parts = urlsplit(url)
        except ValueError:  # brackets that do not close
            parts = urlsplit("")
        if not 1 <= len(label) <= 40:
            problems.append(f"Link {number}: give it a label of 1 to 40 characters.")
        if parts.scheme not in {"http", "https"} or not parts.hostname or len(url) > 300:
            problems.append(f"Link {number}: use a full address that starts with https://.")
    return problems


def _picture_store(user: User, image: bytes) -> str:
    try:
        picture = picture_read(image, max_bytes=AVATAR_MAX_BYTES)
    except PictureRefused as refused:
        raise InvalidInput(avatar=[str(refused)]) from None
    return variants_store(picture_variants(picture, AVATAR_SIZES), under=f"avatars/{user.pk}")
