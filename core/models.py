from django.db import models

from core.ids import new_id


class OutboxFact(models.Model):
    """A fact that was committed and has not yet been handled by everyone; see ``core.facts``."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=100)
    payload = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)
    # Whoever set this last is delivering it; after CLAIM_SECONDS it may be claimed again.
    claimed_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["claimed_at"], name="outbox_claimed_at")]

    def __str__(self) -> str:
        return f"{self.name} {self.id}"


class IdempotentAnswer(models.Model):
    """The first answer to a request with an Idempotency-Key; see ``core.idempotency``."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    # Of the caller and their key.
    key_hash = models.CharField(max_length=64, unique=True)
    request_hash = models.CharField(max_length=64)
    # Encrypted under the key; None while the request is running.
    answer = models.BinaryField(null=True)
    created_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return str(self.id)


class AuditEvent(models.Model):
    """Somebody did something that may have to be explained later. The database refuses to change or delete it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    at = models.DateTimeField(auto_now_add=True)
    # A party, not a person: whoever is erased leaves the record whole. None for the system itself.
    actor_party_id = models.UUIDField(null=True, blank=True, db_index=True)
    action = models.CharField(max_length=60)
    # What it was done to: "user:<id>", "stream:<id>".
    target = models.CharField(max_length=80, db_index=True)
    # Whom it was done to, where that is a person.
    whom_party_id = models.UUIDField(null=True, blank=True)
    # The channel whose team may read of it: its creator's party.
    channel_party_id = models.UUIDField(null=True, blank=True)
    reason = models.TextField(blank=True)
    before = models.JSONField(null=True, blank=True)
    after = models.JSONField(null=True, blank=True)
    request_id = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["action", "-id"], name="audit_action"),
            models.Index(
                fields=["channel_party_id", "-id"],
                condition=models.Q(channel_party_id__isnull=False),
                name="audit_of_channel",
            ),
            models.Index(
                fields=["whom_party_id", "-id"],
                condition=models.Q(whom_party_id__isnull=False),
                name="audit_of_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.target}"
