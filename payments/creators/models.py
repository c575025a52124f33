"""What is kept beside the books about who pays whom."""

from django.db import models
from django.db.models import F, Q


class SharedCard(models.Model):
    """Two parties have paid with the same card: neither pays the other. Which card it was is not kept here."""

    # The lower id of both.
    first = models.ForeignKey("accounts.Party", on_delete=models.PROTECT, related_name="+")
    second = models.ForeignKey("accounts.Party", on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="shared_card_in_order"),
            models.UniqueConstraint(fields=["first", "second"], name="shared_card_once"),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} and {self.second_id}"


class SenderAlert(models.Model):
    """One sender was most of what a creator earned in a week: for staff to look at. Amounts in minor units."""

    creator = models.ForeignKey("accounts.Party", on_delete=models.PROTECT, related_name="sender_alerts")
    # Its Monday, in UTC.
    week = models.DateField()
    sender = models.ForeignKey("accounts.Party", on_delete=models.PROTECT, related_name="+")
    amount = models.BigIntegerField()
    # What the creator had earned from everybody when this was noticed.
    of = models.BigIntegerField()
    currency = models.CharField(max_length=4)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-week", "-id"]
        constraints = [models.UniqueConstraint(fields=["creator", "week"], name="sender_alert_once_a_week")]

    def __str__(self) -> str:
        return f"{self.percent} % of the week of {self.week}"

    @property
    def percent(self) -> int:
        """Whole percent, rounded down."""
        return self.amount * 100 // self.of


class EarningsNews(models.Model):
    """A stream's earnings changed, and its studio is still to be told. Rows are added and taken out, never changed."""

    id = models.BigAutoField(primary_key=True)
    stream_id = models.UUIDField()

    class Meta:
        ordering = ["id"]
        verbose_name_plural = "earnings news"

    def __str__(self) -> str:
        return f"of {self.stream_id}"
