"""How strict a channel's chat is."""

from django.db import models
from django.db.models import Q

from accounts.models import User


class LinkRule(models.TextChoices):
    """What becomes of links by others than the team."""

    ALLOW = "allow", "Allow"
    HOLD = "hold", "Hold for the team"
    BLOCK = "block", "Block"


class ChatModes(models.Model):
    """What holds in a channel's chat now, at every stream of it. No row is the same as one full of defaults."""

    channel = models.OneToOneField(
        User, on_delete=models.CASCADE, primary_key=True, related_name="chat_modes"
    )
    # None: off.
    slow_seconds = models.PositiveSmallIntegerField(null=True, blank=True)
    # How long somebody must have followed. 0: that they follow; None: off.
    followers_minutes = models.PositiveIntegerField(null=True, blank=True)
    emote_only = models.BooleanField(default=False)
    links = models.CharField(max_length=10, choices=LinkRule.choices, default=LinkRule.ALLOW)
    # 0, off, to 4, strict.
    automod_level = models.PositiveSmallIntegerField(default=0)
    # The strict set that the shield puts in force; these fields by name. Empty: the one that comes with Busk.
    shield_set = models.JSONField(default=dict, blank=True)
    # What was in force before the shield was raised; None while it is down.
    before_shield = models.JSONField(null=True, blank=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "chat modes"
        constraints = [
            models.CheckConstraint(
                condition=Q(slow_seconds=None) | Q(slow_seconds__range=(3, 120)), name="modes_slow_in_range"
            ),
            models.CheckConstraint(
                condition=Q(followers_minutes=None) | Q(followers_minutes__lte=90 * 1440),
                name="modes_followers_in_range",
            ),
            models.CheckConstraint(condition=Q(automod_level__lte=4), name="modes_automod_in_range"),
        ]

    def __str__(self) -> str:
        return f"of {self.channel_id}"

    @property
    def shield(self) -> bool:
        return self.before_shield is not None
