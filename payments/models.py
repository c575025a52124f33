"""The books. What may be written to them is settled in docs/money.md and held by the database.

Amounts are in minor units of a currency, coins among them. Transactions and entries are written by SQL functions only.
"""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from core.ids import new_id


class AccountKind(models.TextChoices):
    """What is owned or was spent is counted up by entries above zero, what is owed or was earned by those below."""

    PROVIDER = "provider", "At the payment provider"
    PROCESSING = "processing", "Processing of coins"
    PLATFORM = "platform", "Our part"
    LOSS = "loss", "Losses"
    DISPUTED = "disputed", "Disputed"
    COINS_SOLD = "coins_sold", "Unspent coins, in money"
    PENDING = "pending", "Earned, on hold"
    AVAILABLE = "available", "Earned, may be paid out"
    DEBT = "debt", "Owed by a creator"
    WALLET = "wallet", "Wallet"
    COINS_OUT = "coins_out", "Coins in wallets"


class Account(models.Model):
    """Where value is. Made when first needed (``payments_account_of``), never changed or deleted."""

    kind = models.CharField(max_length=12, choices=AccountKind.choices)
    # Whose it is; None for the platform's own.
    party = models.ForeignKey(
        "accounts.Party", on_delete=models.PROTECT, null=True, blank=True, related_name="accounts"
    )
    currency = models.CharField(max_length=4)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "party", "currency"], nulls_distinct=False, name="account_once"
            ),
        ]

    def __str__(self) -> str:
        whose = f" of {self.party_id}" if self.party_id else ""
        return f"{self.kind}{whose} in {self.currency}"


class Transaction(models.Model):
    """One thing that happened to value, under the key that makes it happen once. Never changed or deleted.

    The database looks at each when it is committed: it has entries, and they add up to zero in each currency. Entries
    come in the same database transaction or not at all.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=20)
    idempotency_key = models.CharField(max_length=120, unique=True)
    # Of what was asked for under the key.
    request_hash = models.CharField(max_length=64)
    # What it is about outside the books: "order:<reference>", "stream:<id>".
    about = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        indexes = [
            # Staff look by it. Gifts, which are most, are found by their own id.
            models.Index(fields=["about"], condition=~Q(kind="gift"), name="transaction_about")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class CoinLot(models.Model):
    """Coins that came in one payment, and what was paid for them. ``gone`` are those that were spent or taken back."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    party = models.ForeignKey("accounts.Party", on_delete=models.PROTECT, related_name="coin_lots")
    transaction = models.ForeignKey(Transaction, on_delete=models.PROTECT, related_name="lots")
    source = models.CharField(max_length=10)
    # The order it was bought with; the payment of an order makes one lot.
    order_reference = models.CharField(max_length=80, unique=True)
    coins = models.BigIntegerField()
    gone = models.BigIntegerField(default=0)
    # An index over ``gone`` would have to follow every gift.
    is_open = models.BooleanField(default=True)
    price = models.BigIntegerField()
    currency = models.CharField(max_length=4)
    charged_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(coins__gt=0, gone__gte=0, gone__lte=F("coins")), name="lot_not_overspent"
            ),
            models.CheckConstraint(
                condition=Q(is_open=True, gone__lt=F("coins")) | Q(is_open=False, gone=F("coins")),
                name="lot_open_says_so",
            ),
            # So that a price times coins fits into 64 bits, twice over.
            models.CheckConstraint(
                condition=Q(price__gt=0, price__lte=10**9, coins__lte=10**8), name="lot_is_sane"
            ),
        ]
        indexes = [models.Index(fields=["party", "id"], condition=Q(is_open=True), name="lot_to_spend")]

    def __str__(self) -> str:
        return f"{self.coins - self.gone} of {self.coins} coins"


class Entry(models.Model):
    """One account's side of a transaction. Never changed or deleted.

    Of foreign keys it has none in the database: the look at the whole transaction finds what belongs to no account,
    and an entry without its transaction is refused at once.
    """

    pk = models.CompositePrimaryKey("transaction", "line")
    transaction = models.ForeignKey(
        Transaction, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="entries"
    )
    line = models.SmallIntegerField()
    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="entries"
    )
    amount = models.BigIntegerField()
    # The lot whose coins, or whose price, these are.
    lot = models.ForeignKey(
        CoinLot,
        on_delete=models.PROTECT,
        db_constraint=False,
        db_index=False,
        null=True,
        related_name="entries",
    )

    class Meta:
        verbose_name_plural = "entries"
        constraints = [models.CheckConstraint(condition=~Q(amount=0), name="entry_is_something")]
        indexes = [models.Index(fields=["account", "transaction"], name="entry_by_account")]

    def __str__(self) -> str:
        return f"{self.amount} at {self.account_id}"


class Wallet(models.Model):
    """Somebody's unspent coins: the negative sum of their account's entries, and what is left of their lots."""

    class Frozen(models.TextChoices):
        NO = "", "No"
        DISPUTE = "dispute", "A payment is disputed"
        STAFF = "staff", "By staff"
        WARNING = "warning", "A card may be stolen"
        ERASED = "erased", "The person is gone"

    party = models.OneToOneField(
        "accounts.Party", on_delete=models.PROTECT, primary_key=True, related_name="wallet"
    )
    account = models.OneToOneField(Account, on_delete=models.PROTECT, related_name="wallet")
    balance_coins = models.BigIntegerField(default=0)
    frozen = models.CharField(max_length=10, choices=Frozen.choices, default=Frozen.NO, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(balance_coins__gte=0), name="wallet_not_negative")]

    def __str__(self) -> str:
        return f"{self.balance_coins} coins of {self.party_id}"


class EarningSource(models.TextChoices):
    GIFT = "gift", "Gift"
    TIP = "tip", "Tip"
    TICKET = "ticket", "Ticket"


class Earning(models.Model):
    """What a creator got out of one payment: of a tip or ticket all of it, of coins what one gift took from one lot."""

    id = models.BigAutoField(primary_key=True)
    transaction = models.ForeignKey(
        Transaction, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="earnings"
    )
    source = models.CharField(max_length=10, choices=EarningSource.choices)
    lot = models.ForeignKey(
        CoinLot,
        on_delete=models.PROTECT,
        db_constraint=False,
        db_index=False,
        null=True,
        related_name="earnings",
    )
    creator = models.ForeignKey(
        "accounts.Party",
        on_delete=models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="earnings",
    )
    # None for what does not come from a stream.
    stream = models.ForeignKey(
        "streams.Stream",
        on_delete=models.PROTECT,
        db_constraint=False,
        db_index=False,
        null=True,
        related_name="earnings",
    )
    coins = models.BigIntegerField(default=0)
    # The gift named nobody.
    anonymous = models.BooleanField(default=False)
    gross = models.BigIntegerField()
    amount = models.BigIntegerField()
    # Of ``amount``, what was taken while it was pending, for whatever was called back.
    taken = models.BigIntegerField(default=0)
    charged_at = models.DateTimeField()
    is_pending = models.BooleanField(default=True)
    # Of a tip or ticket, what the provider kept: ``gross`` is this, ``amount``, and ours.
    processing = models.BigIntegerField(db_default=0)
    # Of a tip or ticket that was paid in money.
    order_reference = models.CharField(max_length=80, null=True)
    # Of the payment itself, what was called back: coins, of money its minor units (``whole``). Where that was taken
    # from is in ``Taking``: anything that the creator had pending.
    back = models.BigIntegerField(default=0, db_default=0)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gte=0, taken__gte=0, taken__lte=F("amount")), name="earning_not_overtaken"
            ),
            models.CheckConstraint(
                condition=Q(coins__gt=0, back__gte=0, back__lte=F("coins"))
                | Q(coins=0, back__gte=0, back__lte=F("gross")),
                name="earning_not_called_back_twice",
            ),
            models.UniqueConstraint(
                fields=["order_reference"],
                condition=Q(order_reference__isnull=False),
                name="earning_once_an_order",
            ),
        ]
        indexes = [
            models.Index(fields=["creator", "id"], condition=Q(is_pending=True), name="earning_pending"),
            models.Index(fields=["lot"], condition=Q(lot__isnull=False), name="earning_by_lot"),
            # Transactions' ids are in the order of time.
            models.Index(fields=["creator", "transaction"], name="earning_of_creator"),
            models.Index(fields=["stream"], condition=Q(stream__isnull=False), name="earning_of_stream"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} from a {self.source}"

    @property
    def whole(self) -> int:
        """What ``back`` is counted in: coins where there were some, else minor units of money."""
        return self.coins or self.gross

    @property
    def left(self) -> int:
        return self.whole - self.back


class QueuedCredit(models.Model):
    """What a transaction adds to sums that many share. A task takes it out and adds it: ``payments.ledger.folding``.

    ``account`` and ``amount`` are a creator's balance, so much more owed to them. ``stream`` to ``coins`` are for
    totals and leaderboards, negative where coins were taken back.
    """

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(
        Account,
        on_delete=models.PROTECT,
        db_constraint=False,
        db_index=False,
        null=True,
        related_name="queued",
    )
    amount = models.BigIntegerField(default=0)
    stream_id = models.UUIDField(null=True)
    creator_id = models.UUIDField(null=True)
    sender_id = models.UUIDField(null=True)
    anonymous = models.BooleanField(default=False)
    coins = models.BigIntegerField(default=0)
    # When the gift was sent, which settles the week it counts in.
    gifted_at = models.DateTimeField()
    queued_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.amount} for {self.account_id}"


class Balance(models.Model):
    """A creator's account as of the last fold: its entries' negative sum. To be shown; decisions add up the entries."""

    account = models.OneToOneField(
        Account, on_delete=models.PROTECT, primary_key=True, related_name="balance"
    )
    amount = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.amount} at {self.account_id}"


class DisputeState(models.TextChoices):
    OPEN = "open", "Open"
    WON = "won", "Won"
    LOST = "lost", "Lost"


class Dispute(models.Model):
    """A buyer's bank wants an order's money back, or a part of it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    # The provider's own name for it.
    reference = models.CharField(max_length=80, unique=True)
    order_reference = models.CharField(max_length=80, db_index=True)
    # Whose wallet it froze.
    payer = models.ForeignKey("accounts.Party", on_delete=models.PROTECT, related_name="disputes")
    state = models.CharField(max_length=5, choices=DisputeState.choices, default=DisputeState.OPEN)
    # None when there was nothing left to take.
    opened = models.OneToOneField(
        Transaction, on_delete=models.PROTECT, null=True, related_name="opened_dispute"
    )
    opened_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.reference} ({self.state})"


class Taking(models.Model):
    """What a dispute or a refund called back of one earning, and from where, so that it can be given again."""

    id = models.BigAutoField(primary_key=True)
    # The dispute's or the refund's.
    transaction = models.ForeignKey(Transaction, on_delete=models.PROTECT, related_name="takings")
    earning = models.ForeignKey(Earning, on_delete=models.PROTECT, related_name="takings")
    # As ``Earning.back`` counts.
    part = models.BigIntegerField()
    gross = models.BigIntegerField()
    from_platform = models.BigIntegerField()
    # Of what the creator bore and the provider keeps all the same.
    from_processing = models.BigIntegerField(default=0)
    from_pending = models.BigIntegerField()
    from_debt = models.BigIntegerField()
    from_loss = models.BigIntegerField()
    # The dispute was won, or the refund failed.
    is_given_again = models.BooleanField(default=False)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["transaction", "earning"], name="taking_once"),
            models.CheckConstraint(
                condition=Q(
                    gross=F("from_platform")
                    + F("from_processing")
                    + F("from_pending")
                    + F("from_debt")
                    + F("from_loss")
                ),
                name="taking_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(part__gt=0, from_pending__gte=0, from_debt__gte=0, from_loss__gte=0),
                name="taking_takes",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.part} of {self.earning_id}"


class CoinPack(models.Model):
    coins = models.PositiveIntegerField(unique=True)
    on_sale = models.BooleanField(default=True)

    class Meta:
        ordering = ["coins"]

    def __str__(self) -> str:
        return f"{self.coins} coins"


class CoinPackPrice(models.Model):
    """Set by ``payments.packs.pack_price_set``, which refuses what would not pay the creators."""

    pack = models.ForeignKey(CoinPack, on_delete=models.CASCADE, related_name="prices")
    currency = models.CharField(max_length=4)
    price = models.PositiveIntegerField()

    class Meta:
        ordering = ["currency"]
        constraints = [models.UniqueConstraint(fields=["pack", "currency"], name="pack_price_once")]

    def __str__(self) -> str:
        return f"{self.price} {self.currency}"


class LedgerCheck(models.Model):
    """What one look at all the books found."""

    at = models.DateTimeField()
    # Of {"account": str, "amount": int, "transaction": str | None, "what": str}.
    differences = models.JSONField(default=list)
    unspent_coins = models.BigIntegerField()
    # What they were sold for and is not earned yet, by currency.
    unspent_money = models.JSONField(default=dict)

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"{len(self.differences)} differences at {self.at}"


# Django looks for models here.
from payments.creators import models as creators_models  # noqa: E402, F401
from payments.orders import models as orders_models  # noqa: E402, F401
from payments.staff import models as staff_models  # noqa: E402, F401
from payments.tickets import models as tickets_models  # noqa: E402, F401
from payments.tips import models as tips_models  # noqa: E402, F401
