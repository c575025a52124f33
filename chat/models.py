"""What was said. Rows refer to a party, so a person can be erased and the conversation stays readable."""

from django.db import models
from django.db.models import Q

from core.ids import new_id


class MessageKind(models.TextChoices):
    CHAT = "chat", "Chat"
    SYSTEM = "system", "System"
    GIFT = "gift", "Gift"
    TIP = "tip", "Tip"


class AuthorRole(models.TextChoices):
    """What the author was in this room when writing."""

    CREATOR = "creator", "Creator"
    LEAD = "lead", "Lead moderator"
    MODERATOR = "moderator", "Moderator"
    VIP = "vip", "VIP"
    VIEWER = "viewer", "Viewer"
    STAFF = "staff", "Staff"


class ChatMessage(models.Model):
    """One accepted message. Written by the SQL function ``chat_accept`` only, in batches."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    stream = models.ForeignKey("streams.Stream", on_delete=models.CASCADE, related_name="messages")
    # Null for what nobody wrote.
    party = models.ForeignKey(
        "accounts.Party", on_delete=models.PROTECT, null=True, blank=True, related_name="messages"
    )
    role = models.CharField(max_length=10, choices=AuthorRole.choices, blank=True)
    kind = models.CharField(max_length=10, choices=MessageKind.choices, default=MessageKind.CHAT)
    text = models.TextField()
    # One of ``chat.events.AnyCard``, for what came with a gift or a tip.
    card = models.JSONField(null=True, blank=True)
    # A card that is shown above the chat until then.
    pinned_until = models.DateTimeField(null=True, blank=True)
    # The sender's own name for the message, or the server's for a card: the same one again is the same message.
    client_id = models.CharField(max_length=64, null=True, blank=True)
    # The place among the room's stored events.
    seq = models.BigIntegerField()
    created_at = models.DateTimeField()
    # From then on nobody reads the text but staff, the team and whoever looks into a report.
    removed_at = models.DateTimeField(null=True, blank=True)
    # None where staff decided on it.
    removed_by = models.ForeignKey(
        "accounts.Party",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,  # never looked for, and every line would pay for it
    )

    class Meta:
        ordering = ["-seq"]
        constraints = [
            models.UniqueConstraint(fields=["stream", "seq"], name="message_seq_once"),
            models.UniqueConstraint(
                fields=["stream", "party", "client_id"],
                condition=Q(client_id__isnull=False, card__isnull=True),
                name="message_accepted_once",
            ),
            models.UniqueConstraint(
                fields=["stream", "client_id"], condition=Q(card__isnull=False), name="message_card_once"
            ),
            models.CheckConstraint(
                condition=~Q(kind=MessageKind.CHAT) | Q(party__isnull=False), name="message_has_author"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["gift", "tip"], card__isnull=False, client_id__isnull=False)
                | Q(kind__in=["chat", "system"], card__isnull=True, pinned_until__isnull=True),
                name="message_has_card",
            ),
            # What is gone is not shown above the chat either.
            models.CheckConstraint(
                condition=Q(removed_at=None, removed_by=None)
                | Q(removed_at__isnull=False, pinned_until=None),
                name="message_removed_is_not_pinned",
            ),
        ]
        indexes = [
            models.Index(
                fields=["stream", "pinned_until"],
                condition=Q(pinned_until__isnull=False),
                name="message_pinned",
            ),
            models.Index(fields=["party", "-id"], name="messages_of_person"),
        ]

    def __str__(self) -> str:
        return self.text[:60]
