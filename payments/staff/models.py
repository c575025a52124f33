"""What staff asked for and decided. What followed from it is with orders, refunds and in the books."""

from django.db import models
from django.db.models import F, Q

from core.ids import new_id


class RequestState(models.TextChoices):
    WAITING = "waiting", "Waits for a second person"
    APPROVED = "approved", "Approved"
    REFUSED = "refused", "Refused"
    EXPIRED = "expired", "Nobody decided in time"


class RefundRequest(models.Model):
    """A refund that a member of staff asked for. Small ones are approved as they are asked for (``alone``)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.ForeignKey("payments.Order", on_delete=models.PROTECT, related_name="refund_requests")
    # In the order's currency, and what that is in the books', by which limits count.
    amount = models.PositiveBigIntegerField()
    worth = models.PositiveBigIntegerField()
    include_spent = models.BooleanField(default=False)
    reason = models.TextField()
    state = models.CharField(max_length=10, choices=RequestState.choices, default=RequestState.WAITING)
    alone = models.BooleanField(default=False)
    asked_by = models.ForeignKey(
        "accounts.Party", on_delete=models.PROTECT, related_name="refund_requests_asked"
    )
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        "accounts.Party",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="refund_requests_decided",
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_reason = models.TextField(blank=True)
    # Made in the transaction that approves: an approval without it does not exist.
    refund = models.OneToOneField(
        "payments.Refund", on_delete=models.PROTECT, null=True, blank=True, related_name="request"
    )

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("asked_by")), name="refund_request_takes_two"
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", alone=False, decided_by=None, decided_at=None, refund=None)
                | Q(state="expired", alone=False, decided_by=None, decided_at__isnull=False, refund=None)
                | Q(
                    state="refused",
                    alone=False,
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                    refund=None,
                )
                | Q(
                    state="approved",
                    alone=False,
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                    refund__isnull=False,
                )
                | Q(
                    state="approved",
                    alone=True,
                    decided_by=None,
                    decided_at__isnull=False,
                    refund__isnull=False,
                ),
                name="refund_request_says_who_decided",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="refund_request_of_something"),
            models.UniqueConstraint(
                fields=["order"], condition=Q(state="waiting"), name="refund_request_waits_once"
            ),
        ]
        indexes = [
            models.Index(fields=["asked_by", "asked_at"], condition=Q(alone=True), name="refund_alone_of_day")
        ]

    def __str__(self) -> str:
        return f"{self.amount} back of {self.order_id} ({self.state})"


class EvidenceState(models.TextChoices):
    """Sending is what was handed in and not answered yet: nobody edits it any more."""

    DRAFT = "draft", "Draft"
    SENDING = "sending", "Being handed in"
    SENT = "sent", "Handed in"


class Evidence(models.Model):
    """What we say to a dispute. ``sent`` is what was handed in, word for word."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chargeback = models.OneToOneField(
        "payments.Chargeback", on_delete=models.PROTECT, related_name="evidence"
    )
    state = models.CharField(max_length=10, choices=EvidenceState.choices, default=EvidenceState.DRAFT)
    # Of {field of the provider's: text}.
    fields = models.JSONField(default=dict)
    sent = models.JSONField(null=True, blank=True)
    # Counts what was saved: part of the key under which the provider is asked.
    version = models.PositiveIntegerField(default=0)
    saved_by = models.ForeignKey("accounts.Party", on_delete=models.PROTECT, related_name="evidence_saved")
    saved_at = models.DateTimeField()
    sent_by = models.ForeignKey(
        "accounts.Party", on_delete=models.PROTECT, null=True, blank=True, related_name="evidence_sent"
    )
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "evidence"
        constraints = [
            models.CheckConstraint(
                condition=Q(state="draft", sent__isnull=True, sent_by=None, sent_at=None)
                | Q(state="sending", sent__isnull=False, sent_by__isnull=False, sent_at=None)
                | Q(state="sent", sent__isnull=False, sent_by__isnull=False, sent_at__isnull=False),
                name="evidence_sent_says_what",
            )
        ]
        indexes = [models.Index(fields=["id"], condition=Q(state="sending"), name="evidence_to_send")]

    def __str__(self) -> str:
        return f"for {self.chargeback_id} ({self.state})"


class EvidenceReminder(models.Model):
    """Staff were told that a dispute's evidence is due within so many days."""

    chargeback = models.ForeignKey("payments.Chargeback", on_delete=models.CASCADE, related_name="reminders")
    days = models.PositiveSmallIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chargeback", "days"], name="reminder_once")]

    def __str__(self) -> str:
        return f"{self.days} days before {self.chargeback_id} is due"


class WalletFreeze(models.Model):
    """Why a wallet was frozen, by whom and until when. ``told`` is what its owner reads."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    wallet = models.ForeignKey("payments.Wallet", on_delete=models.PROTECT, related_name="freezes")
    # As on the wallet: staff, or a warning of the provider's.
    cause = models.CharField(max_length=10)
    reason = models.TextField()
    told = models.CharField(max_length=300, blank=True)
    # None for what happened by itself.
    frozen_by = models.ForeignKey(
        "accounts.Party", on_delete=models.PROTECT, null=True, blank=True, related_name="wallets_frozen"
    )
    frozen_at = models.DateTimeField()
    ended_by = models.ForeignKey(
        "accounts.Party", on_delete=models.PROTECT, null=True, blank=True, related_name="wallets_freed"
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["wallet"], condition=Q(ended_at=None), name="frozen_once"),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by=None) | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="freeze_ended_says_by_whom",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cause} from {self.frozen_at}"


class FraudWarning(models.Model):
    """The card's bank thinks that it was not its owner who paid; a dispute may follow."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    payment = models.ForeignKey("payments.Payment", on_delete=models.PROTECT, related_name="warnings")
    provider_id = models.CharField(max_length=120, unique=True)
    # A word of the provider's, such as made_with_stolen_card.
    kind = models.CharField(max_length=60)
    # Whether giving the money back still helps.
    actionable = models.BooleanField()
    told_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.provider_id} ({self.kind})"
