"""Profiles that staff take down: what somebody wrote about themselves, and their picture."""

from typing import Any

from django.db import transaction

from accounts.models import User
from core.pictures import folder_drop

_TEXTS = ("display_name", "bio", "links", "place_name")


@transaction.atomic
def profile_take_down(*, user: User) -> dict[str, Any]:
    """Empty the profile, but for the username. Returns what ``profile_put_back`` wants to know. Locks: the user."""
    user = User.objects.select_for_update(of=("self",)).get(pk=user.pk)
    before = {name: getattr(user, name) for name in _TEXTS}
    folder = user.avatar
    user.display_name, user.bio, user.links, user.place_name, user.avatar = "", "", [], "", ""
    user.save(update_fields=[*_TEXTS, "avatar"])
    transaction.on_commit(lambda: folder_drop(folder))
    return before


@transaction.atomic
def profile_put_back(*, user: User, before: dict[str, Any], avatar: str) -> None:
    """Let the profile be as it was; what its owner wrote since stays. Locks: the user."""
    user = User.objects.select_for_update(of=("self",)).get(pk=user.pk)
    back = {name: before[name] for name in _TEXTS if before.get(name) and not getattr(user, name)}
    if avatar and not user.avatar:
        back["avatar"] = avatar
    for name, value in back.items():
        setattr(user, name, value)
    if back:
        user.save(update_fields=[*back])
