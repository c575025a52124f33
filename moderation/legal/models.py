"""Notices by people without an account: somebody's rights, or the law, are said to be broken."""

from django.db import models
from django.db.models import F, Q

from core.ids import new_id


class NoticeKind(models.TextChoices):
    COPYRIGHT = "copyright", "Copyright"
    ILLEGAL = "illegal", "Illegal content"


class NoticeState(models.TextChoices):
    RECEIVED = "received", "Received"
    TAKEN_DOWN = "taken_down", "Taken down"
    REFUSED = "refused", "Refused"
    COUNTERED = "countered", "A counter-notice runs"
    RESTORED = "restored", "Restored"
    # Whoever sent it went to court in time.
    UPHELD = "upheld", "Upheld"


class LegalNotice(models.Model):
    """What somebody declared. Their name and address are for staff, and go to the person concerned only by law."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=10, choices=NoticeKind.choices)
    name = models.CharField(max_length=200)
    email = models.EmailField()
    # Of copyright: the work, and who owns it. Of illegal content: why, and by which law.
    statement = models.TextField(max_length=5000)
    address = models.URLField(max_length=500)
    in_good_faith = models.BooleanField()
    # Of copyright: typed in place of a hand's signature.
    signature = models.CharField(max_length=200, blank=True)
    case = models.ForeignKey(
        "moderation.Case", on_delete=models.PROTECT, null=True, blank=True, related_name="notices"
    )
    state = models.CharField(max_length=10, choices=NoticeState.choices, default=NoticeState.RECEIVED)
    answer = models.TextField(max_length=2000, blank=True)
    created_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    # The state of which its sender was mailed last.
    told_state = models.CharField(max_length=10, choices=NoticeState.choices, blank=True, editable=False)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["created_at"], condition=~Q(told_state=F("state")), name="notice_untold"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(in_good_faith=True), name="notice_in_good_faith"),
            models.CheckConstraint(
                condition=~Q(kind="copyright") | ~Q(signature=""), name="notice_of_copyright_is_signed"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference}, {self.get_kind_display().lower()}, by {self.name}"

    @property
    def reference(self) -> str:
        """What its sender may name it by: of the id, what is by chance."""
        return f"{self.pk.hex[-12:-6]}-{self.pk.hex[-6:]}".upper()


class CounterNotice(models.Model):
    """The person concerned says that the notice is wrong: what was taken down comes back unless a court is asked.

    Source: 17 U.S.C. 512 (g): back after 10 to 14 business days.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    notice = models.OneToOneField(LegalNotice, on_delete=models.PROTECT, related_name="counter")
    party = models.ForeignKey("accounts.Party", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    contact = models.TextField(max_length=500)
    statement = models.TextField(max_length=5000)
    signature = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    restore_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["restore_at"], condition=Q(settled_at=None), name="counter_notice_due")
        ]

    def __str__(self) -> str:
        return f"to {self.notice_id}"
