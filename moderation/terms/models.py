"""Words and phrases that are not said in a channel, or nowhere here."""

from uuid import UUID

from django.db import models
from django.db.models import Q

from accounts.models import User
from core.ids import new_id

# In place of a channel, of the list that holds everywhere.
EVERYWHERE = UUID(int=0)


class TermAction(models.TextChoices):
    """What becomes of a message that has the term in it, the mildest first."""

    MASK = "mask", "Mask"
    HOLD = "hold", "Hold for the team"
    BLOCK = "block", "Block"
    TIMEOUT = "timeout", "Block, and time out"


class Term(models.Model):
    """``folded`` is the same for terms that find the same (``patterns.Pattern.folded``), so each is there once."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    # None: everywhere, by staff.
    channel = models.ForeignKey(User, on_delete=models.CASCADE, null=True, blank=True, related_name="terms")
    text = models.CharField(max_length=100)
    folded = models.CharField(max_length=200, editable=False)
    action = models.CharField(max_length=10, choices=TermAction.choices, default=TermAction.BLOCK)
    timeout_seconds = models.PositiveIntegerField(null=True, blank=True)
    by = models.ForeignKey(
        "accounts.Party", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["folded", "id"]
        constraints = [
            models.UniqueConstraint(fields=["channel", "folded"], nulls_distinct=False, name="term_once"),
            models.CheckConstraint(
                condition=Q(action="timeout", timeout_seconds__range=(1, 14 * 86400))
                | ~Q(action="timeout") & Q(timeout_seconds=None),
                name="term_timeout_has_length",
            ),
            models.CheckConstraint(condition=~Q(folded=""), name="term_is_something"),
        ]

    def __str__(self) -> str:
        return self.text


class TermsVersion(models.Model):
    """Changes with each change of a list of terms, so that every process notices that its own is old.

    The database writes it, with the terms; no version ever comes back. A list without a row was always empty.
    """

    channel_id = models.UUIDField(primary_key=True)
    version = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.version} of {self.channel_id}"
