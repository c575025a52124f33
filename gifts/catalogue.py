"""Changing what can be given. What was sent keeps what it cost."""

import uuid
from typing import Any

from django.db import transaction

from core.audit import audit_record
from gifts.models import Gift

FIELDS = ("sku", "name", "price_coins", "animation", "rarity", "on_sale")


@transaction.atomic
def gift_keep(*, gift: Gift, by: uuid.UUID | None) -> None:
    """Store a new or changed gift. Whoever looks at the old price is told before they pay another (``GiftChanged``).

    Locks: the gift. Queries: 3. Raises: IntegrityError for a price that is none.
    """
    was = Gift.objects.select_for_update(no_key=True).filter(pk=gift.pk).first()
    gift.save()
    audit_record(
        actor_party_id=by,
        action="gift.changed" if was else "gift.added",
        target=f"gift:{gift.pk}",
        before=_told(was) if was else None,
        after=_told(gift),
    )


def _told(gift: Gift) -> dict[str, Any]:
    return {field: getattr(gift, field) for field in FIELDS}
