"""What can be given, what was given, and who gave most."""

from django.db import models
from django.db.models import Q

from core.ids import new_id


class Animation(models.TextChoices):
    FLOAT = "float", "Float"
    BURST = "burst", "Burst"
    FIREWORKS = "fireworks", "Fireworks"
    CONFETTI = "confetti", "Confetti"


class Rarity(models.TextChoices):
    COMMON = "common", "Common"
    RARE = "rare", "Rare"
    EPIC = "epic", "Epic"
    LEGENDARY = "legendary", "Legendary"


class Gift(models.Model):
    """One kind of gift. Staff edit the catalogue; what was sent keeps what it cost."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    sku = models.SlugField(max_length=30, unique=True)
    name = models.CharField(max_length=40)
    price_coins = models.PositiveIntegerField()
    animation = models.CharField(max_length=10, choices=Animation.choices)
    rarity = models.CharField(max_length=10, choices=Rarity.choices)
    on_sale = models.BooleanField(default=True)

    class Meta:
        ordering = ["price_coins", "sku"]
        constraints = [
            models.CheckConstraint(
                condition=Q(price_coins__gt=0, price_coins__lte=10**6), name="gift_has_price"
            )
        ]

    def __str__(self) -> str:
        return self.name


class GiftSend(models.Model):
    """A gift that was sent: the transaction that paid for it has the same id. Written by ``gifts_send`` only.

    That looks for gift and stream itself, and the sender's wallet keeps their party. Foreign keys in the database would
    look for all three once more, and lock the rows for every gift.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    gift = models.ForeignKey(
        Gift, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="sends"
    )
    stream = models.ForeignKey(
        "streams.Stream", on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="gifts"
    )
    sender = models.ForeignKey(
        "accounts.Party",
        on_delete=models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="gifts_sent",
    )
    quantity = models.PositiveSmallIntegerField()
    # Of all of them together.
    coins = models.PositiveBigIntegerField()
    anonymous = models.BooleanField(default=False)
    # The streak it is a tap of; None for what was sent before there were any.
    combo_id = models.UUIDField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__range=(1, 99)), name="gift_quantity_in_range")
        ]
        indexes = [
            models.Index(fields=["stream", "-id"], name="giftsend_by_stream"),
            models.Index(fields=["sender", "-id"], name="giftsend_by_sender"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.gift_id}"


class Combo(models.Model):
    """A streak that goes on: somebody's taps on one gift, each soon after the one before. Named after its first tap.

    ``gifts_send`` begins it and lets it grow; it is the sender's own row, so nobody waits for anybody else's taps.
    Once its time is over it is taken out and told. Without foreign keys for the reason ``GiftSend`` gives.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    stream = models.ForeignKey(
        "streams.Stream", on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="combos"
    )
    gift = models.ForeignKey(
        Gift, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="combos"
    )
    sender = models.ForeignKey(
        "accounts.Party",
        on_delete=models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="combos",
    )
    anonymous = models.BooleanField()
    # Of all taps so far.
    quantity = models.PositiveBigIntegerField()
    coins = models.PositiveBigIntegerField()
    # No index over this one: a tap changes it, and there are never many streaks at once.
    ends_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["sender"], name="combo_by_sender")]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.gift_id}, until {self.ends_at}"


class Goal(models.Model):
    """What a creator would like to be given during a stream. ``coins`` are those of gifts since ``set_at``.

    As of the last fold, less what disputes took back. Once reached it stays reached.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    stream = models.OneToOneField("streams.Stream", on_delete=models.CASCADE, related_name="goal")
    title = models.CharField(max_length=60)
    target_coins = models.PositiveBigIntegerField()
    coins = models.BigIntegerField(default=0)
    set_at = models.DateTimeField()
    reached_at = models.DateTimeField(null=True, blank=True)
    # What the room was told last, and when.
    told_coins = models.BigIntegerField(default=0)
    told_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(target_coins__gt=0), name="goal_is_something")]
        indexes = [
            models.Index(fields=["told_at"], condition=~Q(coins=models.F("told_coins")), name="goal_to_tell")
        ]

    def __str__(self) -> str:
        return self.title


class Board(models.TextChoices):
    STREAM = "stream", "Of a stream"
    WEEK = "week", "Of a channel, a week"
    EVER = "ever", "Of a channel, all time"


class Standing(models.Model):
    """What one sender gave on one leaderboard, as of the last fold. What they gave without a name stands apart."""

    board = models.CharField(max_length=6, choices=Board.choices)
    # The stream, or the creator's party.
    owner_id = models.UUIDField()
    # The Monday of a week; None on the others.
    week = models.DateField(null=True)
    sender = models.ForeignKey(
        "accounts.Party",
        on_delete=models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="standings",
    )
    anonymous = models.BooleanField()
    coins = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["owner_id", "board", "week", "sender", "anonymous"],
                nulls_distinct=False,
                name="standing_once",
            )
        ]
        indexes = [models.Index(fields=["owner_id", "board", "week", "-coins"], name="standing_top")]

    def __str__(self) -> str:
        return f"{self.coins} coins on {self.board} {self.owner_id}"
