"""What was ordered, what the provider took for it, and what it gave back. What it means is in the books."""

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q

from core.ids import new_id
from payments.money import money_text


class Purpose(models.TextChoices):
    COINS = "coins", "Coins"
    TIP = "tip", "Tip"
    TICKET = "ticket", "Ticket"


class OrderState(models.TextChoices):
    """An order that is over may still become paid: what the provider took is never left out of the books."""

    OPEN = "open", "Waits for its payment"
    PROCESSING = "processing", "Paid, money to come"
    PAID = "paid", "Paid"
    FAILED = "failed", "Not paid: failed"
    CANCELLED = "cancelled", "Not paid: cancelled"
    EXPIRED = "expired", "Not paid: in time"


WAITING = (OrderState.OPEN, OrderState.PROCESSING)


class Flow(models.TextChoices):
    """How it is paid: on a page of the provider, or in an app."""

    CHECKOUT = "checkout", "Page"
    INTENT = "intent", "App"


class Order(models.Model):
    """Something somebody wants to pay for. ``amount`` is in minor units of ``currency``, the buyer's."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    party = models.ForeignKey("accounts.Party", on_delete=models.PROTECT, related_name="orders")
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    source = models.CharField(max_length=10, default="stripe")
    flow = models.CharField(max_length=10, choices=Flow.choices)
    state = models.CharField(max_length=10, choices=OrderState.choices, default=OrderState.OPEN)
    amount = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=4)
    coins = models.PositiveBigIntegerField(null=True, blank=True)
    # Whose it is to earn, and with what stream; coins are for nobody yet.
    creator = models.ForeignKey(
        "accounts.Party", on_delete=models.PROTECT, null=True, blank=True, related_name="orders_for"
    )
    stream = models.ForeignKey(
        "streams.Stream", on_delete=models.PROTECT, null=True, blank=True, related_name="orders"
    )
    # What the provider's page and the receipt call it.
    title = models.CharField(max_length=120)
    # Of the provider; None until it has answered.
    checkout_id = models.CharField(max_length=120, null=True, blank=True, unique=True)
    intent_id = models.CharField(max_length=120, null=True, blank=True, unique=True)
    # The payer's bank wants to hear from the payer.
    needs_action = models.BooleanField(default=False)
    # Why the newest try to pay failed: a word of the provider's.
    declined = models.CharField(max_length=60, blank=True)
    # What keeps a payment that was made out of the books; staff look at it.
    problem = models.CharField(max_length=60, blank=True)
    # The buyer's network, as a keyed hash; forgotten after some weeks.
    placed_from = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    # When the provider is asked again about an order that waits.
    look_at = models.DateTimeField()
    looks = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="order_costs_something"),
            models.CheckConstraint(
                condition=Q(purpose="coins", coins__gt=0) | (~Q(purpose="coins") & Q(coins=None)),
                name="order_of_coins_has_some",
            ),
            models.CheckConstraint(
                condition=Q(purpose="coins", creator=None) | (~Q(purpose="coins") & Q(creator__isnull=False)),
                name="order_of_coins_is_for_nobody",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["open", "processing"], closed_at=None)
                | (~Q(state__in=["open", "processing"]) & Q(closed_at__isnull=False)),
                name="order_closed_says_when",
            ),
        ]
        indexes = [
            models.Index(fields=["party", "-id"], name="order_of_party"),
            models.Index(fields=["stream", "-id"], name="order_of_stream"),
            models.Index(
                fields=["look_at"], condition=Q(state__in=["open", "processing"]), name="order_to_look_at"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} for {money_text(self.amount, self.currency)} ({self.state})"


class Payment(models.Model):
    """The charge that paid an order, as the provider settled it. Each order has one at most."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="payment")
    intent_id = models.CharField(max_length=120, unique=True)
    charge_id = models.CharField(max_length=120, unique=True)
    # The line of our balance at the provider, in the currency that our account is kept in.
    movement_id = models.CharField(max_length=120, unique=True)
    settled_amount = models.BigIntegerField()
    settled_fee = models.BigIntegerField()
    settled_currency = models.CharField(max_length=4)
    exchange_rate = models.CharField(max_length=30, blank=True)
    card_fingerprint = models.CharField(max_length=60, blank=True, db_index=True)
    card_brand = models.CharField(max_length=20, blank=True)
    card_last4 = models.CharField(max_length=4, blank=True)
    charged_at = models.DateTimeField()
    # The provider thinks that the card is not the payer's.
    warned_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.charge_id


class RefundState(models.TextChoices):
    """Asked is ours alone; from pending on the provider knows of it."""

    ASKED = "asked", "Asked for"
    PENDING = "pending", "On its way"
    MADE = "made", "Made"
    FAILED = "failed", "Failed"


class Refund(models.Model):
    """Money going back. What it was for is taken back first, in the books, and given again if the provider fails."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    # None until the provider has answered.
    provider_id = models.CharField(max_length=120, null=True, blank=True, unique=True)
    state = models.CharField(max_length=10, choices=RefundState.choices, default=RefundState.ASKED)
    # In the order's currency.
    amount = models.PositiveBigIntegerField()
    coins = models.PositiveBigIntegerField(default=0)
    # What the books say it is worth, in their currency.
    booked = models.BigIntegerField(default=0)
    reason = models.TextField(blank=True)
    # Who asked; None for what was given back by rule, and for what was made at the provider, past us.
    asked_by = models.ForeignKey(
        "accounts.Party", on_delete=models.PROTECT, null=True, blank=True, related_name="refunds_asked"
    )
    failure = models.CharField(max_length=60, blank=True)
    asked_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    # Of one that failed: staff have seen to it otherwise.
    seen_to_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="refund_of_something"),
            models.CheckConstraint(
                condition=Q(seen_to_at=None) | Q(state="failed"), name="refund_seen_to_when_failed"
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"], condition=Q(state__in=["asked", "pending"]), name="refund_to_look_at"
            ),
            models.Index(
                fields=["payment"], condition=Q(state="failed", seen_to_at=None), name="refund_needs_a_hand"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} back ({self.state})"


class Chargeback(models.Model):
    """A dispute as the provider tells it; what it did to the books is in ``payments.models.Dispute``."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="chargebacks")
    provider_id = models.CharField(max_length=120, unique=True)
    status = models.CharField(max_length=40)
    reason = models.CharField(max_length=60)
    amount = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=4)
    # Evidence is taken until then.
    due_by = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.provider_id} ({self.status})"


class CardTry(models.Model):
    """A card that was declined: what limits count by. Forgotten after some weeks."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="card_tries")
    party = models.ForeignKey("accounts.Party", on_delete=models.CASCADE, related_name="card_tries")
    # The charge that failed: each counts once, however often we look.
    charge_id = models.CharField(max_length=120, unique=True)
    fingerprint = models.CharField(max_length=60, blank=True)
    placed_from = models.CharField(max_length=64, blank=True)
    code = models.CharField(max_length=60)
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "card tries"
        indexes = [
            models.Index(fields=["party", "at"], name="card_try_of_party"),
            models.Index(fields=["placed_from", "at"], name="card_try_from"),
            models.Index(fields=["fingerprint", "at"], name="card_try_of_card"),
        ]

    def __str__(self) -> str:
        return f"{self.code} at {self.at}"


class ReceiptKind(models.TextChoices):
    RECEIPT = "receipt", "Receipt"
    CREDIT_NOTE = "credit_note", "Credit note"


class ReceiptSeries(models.Model):
    """The last number given of a kind. Its row is locked by whoever takes the next one, so that none is missing."""

    kind = models.CharField(max_length=12, choices=ReceiptKind.choices, primary_key=True)
    last = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name_plural = "receipt series"

    def __str__(self) -> str:
        return f"{self.kind} {self.last}"


class Receipt(models.Model):
    """What a buyer gets for a payment, and as a credit note for money that came back. Written once."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=12, choices=ReceiptKind.choices)
    number = models.PositiveBigIntegerField()
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="receipts")
    refund = models.OneToOneField(
        Refund, on_delete=models.PROTECT, null=True, blank=True, related_name="receipt"
    )
    title = models.CharField(max_length=120)
    currency = models.CharField(max_length=4)
    # Tax is part of the price: net + tax = gross.
    gross = models.BigIntegerField()
    net = models.BigIntegerField()
    tax = models.BigIntegerField()
    tax_name = models.CharField(max_length=40)
    tax_basis_points = models.PositiveIntegerField()
    # Who sold, as it was then: {"name", "address", "tax_id"}.
    seller = models.JSONField()
    issued_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "number"], name="receipt_number_once"),
            models.UniqueConstraint(
                fields=["order"], condition=Q(kind="receipt"), name="receipt_once_an_order"
            ),
            models.CheckConstraint(condition=Q(gross=F("net") + F("tax")), name="receipt_adds_up"),
            models.CheckConstraint(
                condition=Q(kind="receipt", refund=None) | Q(kind="credit_note", refund__isnull=False),
                name="credit_note_is_of_a_refund",
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def code(self) -> str:
        """As people read it."""
        return f"{'R' if self.kind == ReceiptKind.RECEIPT else 'C'}-{self.number:07d}"


class SpendLimit(models.Model):
    """What somebody wants to spend in 24 hours at most, of their own will: less holds at once, more a day later."""

    party = models.OneToOneField(
        "accounts.Party", on_delete=models.CASCADE, primary_key=True, related_name="spend_limit"
    )
    # In minor units of the books' currency; None is the default.
    amount = models.PositiveBigIntegerField(null=True, blank=True)
    next_amount = models.PositiveBigIntegerField(null=True, blank=True)
    next_from = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.amount} a day"


class EventState(models.TextChoices):
    WAITING = "waiting", "Waits"
    HANDLED = "handled", "Handled"
    IGNORED = "ignored", "Of no interest"
    FAILED = "failed", "Given up"


class ProviderEvent(models.Model):
    """What the provider told us by itself, once, after its signature was verified. It only makes us look."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    endpoint = models.CharField(max_length=20)
    event_id = models.CharField(max_length=120)
    kind = models.CharField(max_length=80)
    # Ids and states of the object it is about; nothing of payers.
    about = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=EventState.choices, default=EventState.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=200, blank=True)
    told_at = models.DateTimeField()
    received_at = models.DateTimeField()
    # Whoever handles it moves this ahead, so that nobody else does until then.
    due_at = models.DateTimeField()
    handled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["endpoint", "event_id"], name="provider_event_once")]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="waiting"), name="provider_event_to_handle"),
            # What was told of an order, by any id that it mentions.
            GinIndex(fields=["about"], opclasses=["jsonb_path_ops"], name="provider_event_about"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.event_id}"


class Movement(models.Model):
    """A line of our balance at the provider, as it tells it: what the books are compared with. Never changed."""

    id = models.CharField(max_length=120, primary_key=True)
    # charge, refund, dispute and others, in the provider's words.
    kind = models.CharField(max_length=60)
    amount = models.BigIntegerField()
    fee = models.BigIntegerField()
    net = models.BigIntegerField()
    currency = models.CharField(max_length=4)
    # What moved it: a charge, a refund, a dispute.
    source = models.CharField(max_length=120, blank=True)
    at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"{self.kind} {self.net} {self.currency}"
