"""Stream keys: what an encoder shows. Made here, shown once, kept as a hash."""

import hashlib
import secrets

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from core.audit import audit_record
from core.facts import publish_on_commit
from streams.events import StreamKeyReset
from streams.models import StreamKey


def key_hash(key: str) -> str:
    """Keys are 160 random bits, so a plain hash hides them; there is nothing to guess slowly."""
    return hashlib.sha256(key.encode()).hexdigest()


def stream_key_ensure(*, creator: User) -> tuple[StreamKey, str | None]:
    """The creator's valid key, and its text if it was made just now. Queries: 1 or 2."""
    current = StreamKey.objects.filter(creator=creator, revoked_at=None).first()
    if current is not None:
        return current, None
    try:
        with transaction.atomic():
            return _make(creator=creator)
    except IntegrityError:  # somebody made it between the two queries
        return StreamKey.objects.get(creator=creator, revoked_at=None), None


@transaction.atomic
def stream_key_reset(*, creator: User) -> tuple[StreamKey, str]:
    """Revoke the key and make another; prepared and live streams take the new one.

    Whether it is really the creator who asks is to be made sure of before. Locks: the creator's row. Queries: 7.
    Emits: StreamKeyReset.
    """
    User.objects.select_for_update().get(pk=creator.pk)
    now = timezone.now()
    StreamKey.objects.filter(creator=creator, revoked_at=None).update(revoked_at=now)
    made = _make(creator=creator)
    creator.streams.filter(ended_at=None).update(stream_key=made[0])
    audit_record(actor_party_id=creator.party_id, action="stream_key.reset", target=f"user:{creator.pk}")
    publish_on_commit(StreamKeyReset(creator_id=str(creator.pk), at=now.isoformat()))
    return made


def _make(*, creator: User) -> tuple[StreamKey, str]:
    key = f"live_{secrets.token_urlsafe(20)}"
    row = StreamKey.objects.create(creator=creator, key_hash=key_hash(key), last_four=key[-4:])
    return row, key
