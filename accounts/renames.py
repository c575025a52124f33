"""Changing one's username, and keeping the old one."""

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from accounts.errors import UsernameChangedLately
from accounts.models import HeldName, User
from accounts.names import skeleton
from accounts.selectors import username_changeable_at
from accounts.usernames import validators
from core.audit import audit_record
from core.errors import InvalidInput

HELD_AFTER_ERASURE = timedelta(days=30)
TAKEN = "This name, or one that looks like it, is taken."


def name_taken(username: str) -> bool:
    """Whether somebody has or had this name, or one that looks like it. Queries: 1 or 2."""
    return User.objects.filter(skeleton=skeleton(username)).exists() or name_held(username)


def name_held(username: str, *, by_other_than: User | None = None) -> bool:
    """Whether it is kept for who had it. Queries: 1."""
    held = HeldName.objects.filter(
        Q(held_until=None) | Q(held_until__gt=timezone.now()), skeleton=skeleton(username)
    )
    if by_other_than is not None:
        held = held.exclude(user_id=by_other_than.pk)
    return held.exists()


@transaction.atomic
def username_change(*, user: User, username: str) -> User:
    """Give the person another username; the old one leads to it and stays theirs.

    Writes first and looks at held names last: whoever frees this name at the same moment is waited for by the unique
    index, and what they hold is seen then.
    Locks: the user's row. Queries: 7. Raises: InvalidInput, UsernameChangedLately; then nothing is written.
    """
    locked = User.objects.select_for_update(no_key=True, of=("self",)).get(pk=user.pk)
    old, now = locked.username, timezone.now()
    if username == old:
        return user
    try:
        for validate in validators:
            validate(username)
    except ValidationError as error:
        raise InvalidInput(username=error.messages) from None
    if again_at := username_changeable_at(locked):
        raise UsernameChangedLately(again_at=again_at.isoformat())
    try:
        with transaction.atomic():
            User.objects.filter(pk=user.pk).update(username=username, username_changed_at=now)
    except IntegrityError:
        raise InvalidInput(username=[TAKEN]) from None
    if name_held(username, by_other_than=user):
        raise InvalidInput(username=[TAKEN])
    HeldName.objects.filter(user=user, username__iexact=username).delete()  # it is theirs again
    if old.lower() != username.lower():
        HeldName.objects.create(user=user, username=old)
    # Without the names, which are to be gone once the person is: until then they are among the held ones.
    audit_record(actor_party_id=user.party_id, action="user.renamed", target=f"user:{user.pk}")
    user.username, user.username_changed_at = username, now
    return user


def held_names_sweep() -> None:
    """Forget the names of erased people once they are free again. Queries: 1."""
    HeldName.objects.filter(held_until__lt=timezone.now()).delete()
