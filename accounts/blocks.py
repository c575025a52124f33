"""Wanting nothing to do with somebody."""

from django.db import transaction

from accounts.errors import CannotBlockYourself
from accounts.events import BlockChanged
from accounts.models import Block, User
from accounts.services import follow_delete, people_lock
from core.facts import publish_on_commit


@transaction.atomic
def block_create(*, blocker: User, blocked: User) -> None:
    """Block somebody; neither follows the other from now on. Blocking twice is blocking once.

    Locks: both people. Emits: BlockChanged, FollowChanged. Raises: CannotBlockYourself.
    """
    if blocker.pk == blocked.pk:
        raise CannotBlockYourself()
    people_lock(blocker, blocked)
    _, created = Block.objects.get_or_create(blocker=blocker, blocked=blocked)
    if not created:
        return
    follow_delete(follower=blocker, creator=blocked)
    follow_delete(follower=blocked, creator=blocker)
    publish_on_commit(BlockChanged(blocker_id=str(blocker.pk), blocked_id=str(blocked.pk), blocking=True))


@transaction.atomic
def block_delete(*, blocker: User, blocked: User) -> None:
    """Take it back; it is no error not to have blocked. Emits: BlockChanged."""
    deleted, _ = Block.objects.filter(blocker=blocker, blocked=blocked).delete()
    if deleted:
        publish_on_commit(
            BlockChanged(blocker_id=str(blocker.pk), blocked_id=str(blocked.pk), blocking=False)
        )
