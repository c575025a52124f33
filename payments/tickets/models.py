"""What streams cost, the codes that lower it, tickets, and previews. The rules are in docs/money.md."""

from django.db import models
from django.db.models import F, Q

from core.ids import new_id

PREVIEW_SECONDS = 60


class StreamPrice(models.Model):
    """What a ticket costs: in money, in coins, or in either. ``amount`` is in minor units of ``currency``."""

    stream = models.OneToOneField(
        "streams.Stream", on_delete=models.CASCADE, primary_key=True, related_name="price"
    )
    amount = models.PositiveBigIntegerField(null=True, blank=True)
    # "" when it is sold for coins only.
    currency = models.CharField(max_length=4, blank=True)
    coins = models.PositiveBigIntegerField(null=True, blank=True)
    # The price is the least then.
    pay_what_you_want = models.BooleanField(default=False)
    preview_seconds = models.PositiveIntegerField(default=PREVIEW_SECONDS)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__isnull=False) | Q(coins__isnull=False), name="price_is_something"
            ),
            models.CheckConstraint(
                condition=Q(amount=None, currency="") | (Q(amount__gt=0) & ~Q(currency="")),
                name="price_says_in_what",
            ),
            models.CheckConstraint(condition=Q(coins=None) | Q(coins__gt=0), name="price_in_coins_is_some"),
        ]

    def __str__(self) -> str:
        return f"of {self.stream_id}"


class PromoCode(models.Model):
    """Words that lower the price: by so many percent, or by an amount in money. Never deleted once made."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    creator = models.ForeignKey("accounts.Party", on_delete=models.PROTECT, related_name="promo_codes")
    # None: of all that the creator sells.
    stream = models.ForeignKey(
        "streams.Stream", on_delete=models.PROTECT, null=True, blank=True, related_name="promo_codes"
    )
    # In capitals, as everybody who types it is read.
    code = models.CharField(max_length=24)
    percent = models.PositiveSmallIntegerField(null=True, blank=True)
    amount = models.PositiveBigIntegerField(null=True, blank=True)
    currency = models.CharField(max_length=4, blank=True)
    uses_most = models.PositiveIntegerField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["creator", "stream", "code"],
                condition=Q(revoked_at=None),
                nulls_distinct=False,
                name="promo_code_once",
            ),
            models.CheckConstraint(
                condition=Q(percent__gte=1, percent__lte=100, amount=None, currency="")
                | (Q(percent=None, amount__gt=0) & ~Q(currency="")),
                name="promo_code_takes_something_off",
            ),
            models.CheckConstraint(
                condition=Q(uses_most=None) | Q(uses_most__gt=0), name="promo_code_is_usable"
            ),
        ]

    def __str__(self) -> str:
        return self.code


class TicketState(models.TextChoices):
    WAITING = "waiting", "Waits for its payment"
    VALID = "valid", "Valid"
    VOID = "void", "Void"


class VoidReason(models.TextChoices):
    """Why a ticket lets nobody in. The first six are why its price goes back, by rule or on the buyer's wish."""

    NEVER_STARTED = "never_started", "The stream never had a picture"
    BROKE_OFF = "broke_off", "The stream broke off"
    STREAM_OVER = "stream_over", "Paid when the stream was over"
    SECOND = "second", "They had one already"
    FREE = "free", "Paid when the stream was free"
    BUYER = "buyer", "Given back before it was used"
    REFUNDED = "refunded", "Refunded"
    DISPUTED = "disputed", "Its payment is disputed"


class Ticket(models.Model):
    """One viewer's way into one stream. What it cost is ``amount`` in ``currency``: money, ``coin``, or nothing."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    stream = models.ForeignKey("streams.Stream", on_delete=models.PROTECT, related_name="tickets")
    party = models.ForeignKey("accounts.Party", on_delete=models.PROTECT, related_name="tickets")
    state = models.CharField(max_length=10, choices=TicketState.choices, default=TicketState.WAITING)
    amount = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=4, blank=True)
    # What paid for it: an order, coins by a transaction of the books, or neither when a code took all off.
    order = models.OneToOneField(
        "payments.Order", on_delete=models.PROTECT, null=True, blank=True, related_name="ticket"
    )
    transaction = models.OneToOneField(
        "payments.Transaction", on_delete=models.PROTECT, null=True, blank=True, related_name="ticket"
    )
    promo_code = models.ForeignKey(
        PromoCode, on_delete=models.PROTECT, null=True, blank=True, related_name="tickets"
    )
    made_at = models.DateTimeField()
    valid_at = models.DateTimeField(null=True, blank=True)
    # The device that may watch (streams.viewers.device_of); "" until one comes in.
    held_by = models.CharField(max_length=80, blank=True)
    # Since when that device was let in to pictures.
    entered_at = models.DateTimeField(null=True, blank=True)
    # When the picture had really come.
    used_at = models.DateTimeField(null=True, blank=True)
    void_at = models.DateTimeField(null=True, blank=True)
    void_reason = models.CharField(max_length=15, choices=VoidReason.choices, blank=True)
    # When its price is tried to be given back (again); None when there is nothing to be done.
    refund_at = models.DateTimeField(null=True, blank=True)
    refund_tries = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["stream", "party"], condition=Q(state="valid"), name="ticket_one_valid"
            ),
            models.CheckConstraint(condition=Q(order=None) | Q(transaction=None), name="ticket_is_paid_once"),
            models.CheckConstraint(
                condition=Q(amount=0, order=None, transaction=None, currency="")
                | (
                    Q(amount__gt=0)
                    & (Q(order__isnull=False) | Q(transaction__isnull=False))
                    & ~Q(currency="")
                ),
                name="ticket_cost_is_paid",
            ),
            models.CheckConstraint(
                condition=Q(state="void", void_at__isnull=False) | (~Q(state="void") & Q(void_at=None)),
                name="ticket_void_says_when",
            ),
            models.CheckConstraint(
                condition=Q(used_at=None) | Q(entered_at__isnull=False, used_at__gte=F("entered_at")),
                name="ticket_used_after_entering",
            ),
        ]
        indexes = [
            models.Index(fields=["party", "-id"], name="ticket_of_party"),
            models.Index(fields=["refund_at"], condition=Q(refund_at__isnull=False), name="ticket_to_refund"),
            models.Index(
                fields=["stream"],
                condition=Q(state="valid", used_at=None, entered_at__isnull=False),
                name="ticket_to_be_used",
            ),
        ]

    def __str__(self) -> str:
        return f"to {self.stream_id} ({self.state})"


class Preview(models.Model):
    """What one viewer was shown of one stream for nothing. Forgotten some time after the stream."""

    id = models.BigAutoField(primary_key=True)
    stream = models.ForeignKey("streams.Stream", on_delete=models.CASCADE, related_name="previews")
    viewer_id = models.CharField(max_length=64)
    device = models.CharField(max_length=80, blank=True)
    # The viewer's network, as a keyed hash.
    placed_from = models.CharField(max_length=64, blank=True)
    began_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    # When the viewer was put out.
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["stream", "viewer_id"], name="preview_once"),
        ]
        indexes = [
            models.Index(fields=["ends_at"], condition=Q(ended_at=None), name="preview_running"),
            models.Index(fields=["stream", "placed_from"], name="preview_from"),
        ]

    def __str__(self) -> str:
        return f"{self.viewer_id} at {self.stream_id}"
