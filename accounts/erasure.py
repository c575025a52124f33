"""Erasing a person: the identity goes, the books stay and refer to a party that is nobody any more."""

import shutil
from collections.abc import Callable
from pathlib import Path

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.events import UserErased
from accounts.exports import export_file
from accounts.models import DataExport, HeldName, User
from accounts.renames import HELD_AFTER_ERASURE
from core.audit import audit_record
from core.facts import publish_on_commit

Eraser = Callable[[User], None]
_erasers: list[Eraser] = []


def register_eraser(eraser: Eraser) -> Eraser:
    """Call this function first, in the transaction: an app above ends and removes what it has of the person.

    Files are to be dropped on commit. What needs the network comes with the fact UserErased.
    """
    _erasers.append(eraser)
    return eraser


@transaction.atomic
def account_erase(*, user: User) -> None:
    """Remove the person for good. Whether it is really they who ask is to be made sure of before.

    Gone: name, address, profile, picture, sign-ins, second factors, follows, blocks, exports. Kept, without a name:
    the party, what was said, who watched, the streams. The username is held for 30 days, so nobody steps into it.
    Locks: the user's row, which everything that is begun in their name waits for. Emits: UserErased.
    """
    locked = User.objects.select_for_update(of=("self",)).get(pk=user.pk)
    for eraser in _erasers:
        eraser(locked)
    until = timezone.now() + HELD_AFTER_ERASURE
    HeldName.objects.filter(user=locked).update(held_until=until, user=None)
    HeldName.objects.create(username=locked.username, held_until=until)
    for sign_in in UserSession.objects.filter(user=locked):
        sign_in.end()
    files = [export_file(export) for export in DataExport.objects.filter(user=locked)]
    audit_record(actor_party_id=locked.party_id, action="user.erased", target=f"user:{locked.pk}")
    publish_on_commit(UserErased(user_id=str(locked.pk), party_id=str(locked.party_id)))
    pictures = Path(settings.MEDIA_ROOT) / "avatars" / str(locked.pk)
    locked.delete()
    transaction.on_commit(lambda: _drop(pictures, files))


def _drop(pictures: Path, files: list[Path]) -> None:
    shutil.rmtree(pictures, ignore_errors=True)
    for file in files:
        file.unlink(missing_ok=True)
