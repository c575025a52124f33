"""What streams cost, tickets, promo codes and previews."""

import django.db.models.deletion
from django.db import migrations, models

import core.ids


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0008_data_export"),
        ("streams", "0009_ticketed"),
        ("payments", "0008_tips"),
    ]

    operations = [
        migrations.CreateModel(
            name="PromoCode",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("code", models.CharField(max_length=24)),
                ("percent", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("amount", models.PositiveBigIntegerField(blank=True, null=True)),
                ("currency", models.CharField(blank=True, max_length=4)),
                ("uses_most", models.PositiveIntegerField(blank=True, null=True)),
                ("expires_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "creator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="promo_codes",
                        to="accounts.party",
                    ),
                ),
                (
                    "stream",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="promo_codes",
                        to="streams.stream",
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="StreamPrice",
            fields=[
                (
                    "stream",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="price",
                        serialize=False,
                        to="streams.stream",
                    ),
                ),
                ("amount", models.PositiveBigIntegerField(blank=True, null=True)),
                ("currency", models.CharField(blank=True, max_length=4)),
                ("coins", models.PositiveBigIntegerField(blank=True, null=True)),
                ("pay_what_you_want", models.BooleanField(default=False)),
                ("preview_seconds", models.PositiveIntegerField(default=60)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("amount__isnull", False), ("coins__isnull", False), _connector="OR"
                        ),
                        name="price_is_something",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("amount", None), ("currency", "")),
                            models.Q(("amount__gt", 0), models.Q(("currency", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="price_says_in_what",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("coins", None), ("coins__gt", 0), _connector="OR"),
                        name="price_in_coins_is_some",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Ticket",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "Waits for its payment"), ("valid", "Valid"), ("void", "Void")],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("amount", models.PositiveBigIntegerField()),
                ("currency", models.CharField(blank=True, max_length=4)),
                ("made_at", models.DateTimeField()),
                ("valid_at", models.DateTimeField(blank=True, null=True)),
                ("held_by", models.CharField(blank=True, max_length=80)),
                ("entered_at", models.DateTimeField(blank=True, null=True)),
                ("used_at", models.DateTimeField(blank=True, null=True)),
                ("void_at", models.DateTimeField(blank=True, null=True)),
                (
                    "void_reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("never_started", "The stream never had a picture"),
                            ("broke_off", "The stream broke off"),
                            ("stream_over", "Paid when the stream was over"),
                            ("second", "They had one already"),
                            ("free", "Paid when the stream was free"),
                            ("buyer", "Given back before it was used"),
                            ("refunded", "Refunded"),
                            ("disputed", "Its payment is disputed"),
                        ],
                        max_length=15,
                    ),
                ),
                ("refund_at", models.DateTimeField(blank=True, null=True)),
                ("refund_tries", models.PositiveIntegerField(default=0)),
                (
                    "order",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="ticket",
                        to="payments.order",
                    ),
                ),
                (
                    "party",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tickets",
                        to="accounts.party",
                    ),
                ),
                (
                    "promo_code",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tickets",
                        to="payments.promocode",
                    ),
                ),
                (
                    "stream",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tickets",
                        to="streams.stream",
                    ),
                ),
                (
                    "transaction",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="ticket",
                        to="payments.transaction",
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="Preview",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("viewer_id", models.CharField(max_length=64)),
                ("device", models.CharField(blank=True, max_length=80)),
                ("placed_from", models.CharField(blank=True, max_length=64)),
                ("began_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "stream",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="previews",
                        to="streams.stream",
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("ended_at", None)), fields=["ends_at"], name="preview_running"
                    ),
                    models.Index(fields=["stream", "placed_from"], name="preview_from"),
                ],
                "constraints": [models.UniqueConstraint(fields=("stream", "viewer_id"), name="preview_once")],
            },
        ),
        migrations.AddConstraint(
            model_name="promocode",
            constraint=models.UniqueConstraint(
                condition=models.Q(("revoked_at", None)),
                fields=("creator", "stream", "code"),
                name="promo_code_once",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="promocode",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("amount", None), ("currency", ""), ("percent__gte", 1), ("percent__lte", 100)),
                    models.Q(("amount__gt", 0), ("percent", None), models.Q(("currency", ""), _negated=True)),
                    _connector="OR",
                ),
                name="promo_code_takes_something_off",
            ),
        ),
        migrations.AddConstraint(
            model_name="promocode",
            constraint=models.CheckConstraint(
                condition=models.Q(("uses_most", None), ("uses_most__gt", 0), _connector="OR"),
                name="promo_code_is_usable",
            ),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(fields=["party", "-id"], name="ticket_of_party"),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                condition=models.Q(("refund_at__isnull", False)),
                fields=["refund_at"],
                name="ticket_to_refund",
            ),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                condition=models.Q(("entered_at__isnull", False), ("state", "valid"), ("used_at", None)),
                fields=["stream"],
                name="ticket_to_be_used",
            ),
        ),
        migrations.AddConstraint(
            model_name="ticket",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "valid")), fields=("stream", "party"), name="ticket_one_valid"
            ),
        ),
        migrations.AddConstraint(
            model_name="ticket",
            constraint=models.CheckConstraint(
                condition=models.Q(("order", None), ("transaction", None), _connector="OR"),
                name="ticket_is_paid_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="ticket",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("amount", 0), ("currency", ""), ("order", None), ("transaction", None)),
                    models.Q(
                        ("amount__gt", 0),
                        models.Q(("order__isnull", False), ("transaction__isnull", False), _connector="OR"),
                        models.Q(("currency", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="ticket_cost_is_paid",
            ),
        ),
        migrations.AddConstraint(
            model_name="ticket",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "void"), ("void_at__isnull", False)),
                    models.Q(models.Q(("state", "void"), _negated=True), ("void_at", None)),
                    _connector="OR",
                ),
                name="ticket_void_says_when",
            ),
        ),
        migrations.AddConstraint(
            model_name="ticket",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("used_at", None),
                    models.Q(("entered_at__isnull", False), ("used_at__gte", models.F("entered_at"))),
                    _connector="OR",
                ),
                name="ticket_used_after_entering",
            ),
        ),
    ]
