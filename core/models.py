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
