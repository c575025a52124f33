"""Who is kept out of a channel or silent in it, and how they ask to come back."""

from django.db import models
from django.db.models import F, Q

from accounts.models import User
from core.ids import new_id


class Ban(models.Model):
    """In force while the row is there: for good, or as a timeout while ``until`` is ahead. One a person and channel.

    A ban keeps out of everything, a timeout out of the conversation. What was lifted or replaced is in the audit trail.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    channel = models.ForeignKey(User, on_delete=models.CASCADE, related_name="bans")
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="banned_from")
    # None: a ban. Else a timeout, which is over by then without anybody doing anything.
    until = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    by = models.ForeignKey(
        "accounts.Party", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["channel", "person"], name="ban_once"),
            models.CheckConstraint(condition=~Q(channel=F("person")), name="ban_not_the_owner"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.channel_id} until {self.until or 'unbanned'}"


class NetworkBan(models.Model):
    """What a banned person came with: a network or a browser, as keyed hashes. Whoever comes with it is kept out.

    It ends with the ban that it is of, or by itself. Of somebody who was erased it stays without a ban, so that nobody
    comes back by leaving.
    """

    class Kind(models.TextChoices):
        ADDRESS = "address", "Address"
        DEVICE = "device", "Device"

    ban = models.ForeignKey(Ban, on_delete=models.SET_NULL, null=True, related_name="networks")
    channel = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    hash = models.BinaryField(max_length=32)
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ban", "kind", "hash"], name="network_ban_once")]
        indexes = [models.Index(fields=["channel", "hash"], name="network_ban_at")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.ban_id}"


class Sighting(models.Model):
    """Somebody came into a channel with this network or browser, lately. Forgotten after 30 days."""

    kind = models.CharField(max_length=10, choices=NetworkBan.Kind.choices)
    hash = models.BinaryField(max_length=32)
    channel = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    viewer_id = models.CharField(max_length=80)
    # Null for somebody without an account.
    person = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="+")
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["channel", "viewer_id", "kind", "hash"], name="sighting_once")
        ]
        indexes = [
            models.Index(fields=["hash", "seen_at"], name="sighting_by_hash"),
            models.Index(fields=["seen_at"], name="sighting_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.viewer_id}"


class Caution(models.Model):
    """A warning by the team. Whoever was warned writes again once they have said that they read it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    channel = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="cautions")
    reason = models.CharField(max_length=500)
    by = models.ForeignKey(
        "accounts.Party", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["channel", "person"], condition=Q(read_at=None), name="caution_unread")
        ]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.channel_id}"


class UnbanRequest(models.Model):
    """Somebody who is banned asks to come back; the team answers."""

    class State(models.TextChoices):
        OPEN = "open", "Open"
        APPROVED = "approved", "Approved"
        DENIED = "denied", "Denied"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    channel = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="unban_requests")
    # Of which ban, though that may be gone by now: one request a ban.
    ban_id = models.UUIDField()
    text = models.CharField(max_length=500)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    answer = models.CharField(max_length=500, blank=True)
    answered_by = models.ForeignKey(
        "accounts.Party", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["ban_id"], name="unban_request_once"),
            models.CheckConstraint(
                condition=Q(state="open", answered_at=None) | ~Q(state="open") & Q(answered_at__isnull=False),
                name="unban_request_answered",
            ),
        ]
        indexes = [models.Index(fields=["channel", "state", "-id"], name="unban_requests_of")]

    def __str__(self) -> str:
        return f"{self.person_id} to {self.channel_id}"
