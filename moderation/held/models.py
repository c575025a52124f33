"""Messages that wait for the team."""

from django.db import models
from django.db.models import Q

from accounts.models import User
from core.ids import new_id


class HeldState(models.TextChoices):
    HELD = "held", "Held"
    APPROVED = "approved", "Approved"
    DENIED = "denied", "Denied"
    # Nobody decided before the stream was over, or its author was put out.
    DROPPED = "dropped", "Dropped"


class HeldMessage(models.Model):
    """Not broadcast, and in no history, unless it is approved: then the chat says it under the same id."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    stream = models.ForeignKey("streams.Stream", on_delete=models.CASCADE, related_name="held_messages")
    channel = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    author = models.ForeignKey(User, on_delete=models.CASCADE, related_name="held_messages")
    client_id = models.CharField(max_length=64)
    text = models.TextField()
    # Why: "term", "link", or what automod took it for ("insult", "hate", "sexual", "spam").
    reason = models.CharField(max_length=20)
    # The piece of the text that made it so, as it was written.
    piece = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=HeldState.choices, default=HeldState.HELD)
    created_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        "accounts.Party", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["stream", "author", "client_id"], name="held_once"),
            models.CheckConstraint(
                condition=Q(state="held", decided_at=None) | ~Q(state="held") & Q(decided_at__isnull=False),
                name="held_is_decided",
            ),
        ]
        indexes = [
            models.Index(fields=["channel", "id"], condition=Q(state="held"), name="held_of_channel"),
            models.Index(fields=["author", "-id"], name="held_of_author"),
        ]

    def __str__(self) -> str:
        return self.text[:60]
