"""What a tip says and how long the chat pins it. The money is in its order and in the books."""

from django.db import models
from django.db.models import Q

from core.ids import new_id


class Tip(models.Model):
    """One tip, written with its order. Taking it down hides what it says and changes nothing of the money."""

    # Known to everybody who sees it in the chat, which its order is not.
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.OneToOneField("payments.Order", on_delete=models.PROTECT, related_name="tip")
    message = models.TextField(blank=True)
    # The chat says no name.
    anonymous = models.BooleanField(default=False)
    # A step of ``payments.tips.tiers``, as it was when the tip was given.
    tier = models.PositiveSmallIntegerField()
    paid_at = models.DateTimeField(null=True, blank=True)
    # Null for small ones, and for those that were paid when the stream was over.
    pinned_until = models.DateTimeField(null=True, blank=True)
    hidden_at = models.DateTimeField(null=True, blank=True)
    # Null when nobody took it down, but its money went back.
    hidden_by = models.ForeignKey(
        "accounts.Party", on_delete=models.PROTECT, null=True, blank=True, related_name="tips_hidden"
    )

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(paid_at__isnull=False) | Q(pinned_until=None, hidden_at=None),
                name="tip_is_shown_once_paid",
            ),
            models.CheckConstraint(
                condition=Q(hidden_at__isnull=False) | Q(hidden_by=None), name="tip_hidden_says_when"
            ),
        ]

    def __str__(self) -> str:
        return self.message[:60] or "Tip"
