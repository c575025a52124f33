"""Who helps a creator in the chat."""

from django.db import models
from django.db.models import F, Q

from accounts.models import User
from core.ids import new_id


class TeamRole(models.TextChoices):
    LEAD = "lead", "Lead moderator"
    MODERATOR = "moderator", "Moderator"
    VIP = "vip", "VIP"


class TeamMember(models.Model):
    """Somebody's place in a channel's team. It counts from ``accepted_at``; until then it is an invitation."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    channel = models.ForeignKey(User, on_delete=models.CASCADE, related_name="team")
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="teams")
    role = models.CharField(max_length=10, choices=TeamRole.choices)
    invited_by = models.ForeignKey(
        "accounts.Party", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    accepted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["channel", "role", "id"]
        constraints = [
            models.UniqueConstraint(fields=["channel", "person"], name="team_once"),
            models.CheckConstraint(condition=~Q(channel=F("person")), name="team_not_the_owner"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id}, {self.role} of {self.channel_id}"
