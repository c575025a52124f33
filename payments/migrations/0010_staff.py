import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

import core.ids


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0008_data_export"),
        ("payments", "0009_tickets"),
    ]

    operations = [
        migrations.CreateModel(
            name="Evidence",
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
                        choices=[("draft", "Draft"), ("sending", "Being handed in"), ("sent", "Handed in")],
                        default="draft",
                        max_length=10,
                    ),
                ),
                ("fields", models.JSONField(default=dict)),
                ("sent", models.JSONField(blank=True, null=True)),
                ("version", models.PositiveIntegerField(default=0)),
                ("saved_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "verbose_name_plural": "evidence",
            },
        ),
        migrations.CreateModel(
            name="EvidenceReminder",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("days", models.PositiveSmallIntegerField()),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="FraudWarning",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("provider_id", models.CharField(max_length=120, unique=True)),
                ("kind", models.CharField(max_length=60)),
                ("actionable", models.BooleanField()),
                ("told_at", models.DateTimeField()),
                ("seen_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="RefundRequest",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("amount", models.PositiveBigIntegerField()),
                ("worth", models.PositiveBigIntegerField()),
                ("include_spent", models.BooleanField(default=False)),
                ("reason", models.TextField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waits for a second person"),
                            ("approved", "Approved"),
                            ("refused", "Refused"),
                            ("expired", "Nobody decided in time"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("alone", models.BooleanField(default=False)),
                ("asked_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("decided_reason", models.TextField(blank=True)),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="WalletFreeze",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("cause", models.CharField(max_length=10)),
                ("reason", models.TextField()),
                ("told", models.CharField(blank=True, max_length=300)),
                ("frozen_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("ended_reason", models.TextField(blank=True)),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.AlterField(
            model_name="wallet",
            name="frozen",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "No"),
                    ("dispute", "A payment is disputed"),
                    ("staff", "By staff"),
                    ("warning", "A card may be stolen"),
                    ("erased", "The person is gone"),
                ],
                default="",
                max_length=10,
            ),
        ),
        migrations.AddIndex(
            model_name="providerevent",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["about"], name="provider_event_about", opclasses=["jsonb_path_ops"]
            ),
        ),
        migrations.AddIndex(
            model_name="transaction",
            index=models.Index(
                condition=models.Q(("kind", "gift"), _negated=True),
                fields=["about"],
                name="transaction_about",
            ),
        ),
        migrations.AddField(
            model_name="evidence",
            name="chargeback",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="evidence", to="payments.chargeback"
            ),
        ),
        migrations.AddField(
            model_name="evidence",
            name="saved_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="evidence_saved",
                to="accounts.party",
            ),
        ),
        migrations.AddField(
            model_name="evidence",
            name="sent_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="evidence_sent",
                to="accounts.party",
            ),
        ),
        migrations.AddField(
            model_name="evidencereminder",
            name="chargeback",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="reminders",
                to="payments.chargeback",
            ),
        ),
        migrations.AddField(
            model_name="fraudwarning",
            name="payment",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="warnings", to="payments.payment"
            ),
        ),
        migrations.AddField(
            model_name="refundrequest",
            name="asked_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="refund_requests_asked",
                to="accounts.party",
            ),
        ),
        migrations.AddField(
            model_name="refundrequest",
            name="decided_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="refund_requests_decided",
                to="accounts.party",
            ),
        ),
        migrations.AddField(
            model_name="refundrequest",
            name="order",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="refund_requests",
                to="payments.order",
            ),
        ),
        migrations.AddField(
            model_name="refundrequest",
            name="refund",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="request",
                to="payments.refund",
            ),
        ),
        migrations.AddField(
            model_name="walletfreeze",
            name="ended_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="wallets_freed",
                to="accounts.party",
            ),
        ),
        migrations.AddField(
            model_name="walletfreeze",
            name="frozen_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="wallets_frozen",
                to="accounts.party",
            ),
        ),
        migrations.AddField(
            model_name="walletfreeze",
            name="wallet",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="freezes", to="payments.wallet"
            ),
        ),
        migrations.AddIndex(
            model_name="evidence",
            index=models.Index(
                condition=models.Q(("state", "sending")), fields=["id"], name="evidence_to_send"
            ),
        ),
        migrations.AddConstraint(
            model_name="evidence",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("sent__isnull", True), ("sent_at", None), ("sent_by", None), ("state", "draft")
                    ),
                    models.Q(
                        ("sent__isnull", False),
                        ("sent_at", None),
                        ("sent_by__isnull", False),
                        ("state", "sending"),
                    ),
                    models.Q(
                        ("sent__isnull", False),
                        ("sent_at__isnull", False),
                        ("sent_by__isnull", False),
                        ("state", "sent"),
                    ),
                    _connector="OR",
                ),
                name="evidence_sent_says_what",
            ),
        ),
        migrations.AddConstraint(
            model_name="evidencereminder",
            constraint=models.UniqueConstraint(fields=("chargeback", "days"), name="reminder_once"),
        ),
        migrations.AddIndex(
            model_name="refundrequest",
            index=models.Index(
                condition=models.Q(("alone", True)),
                fields=["asked_by", "asked_at"],
                name="refund_alone_of_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="refundrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("decided_by", None),
                    models.Q(("decided_by", models.F("asked_by")), _negated=True),
                    _connector="OR",
                ),
                name="refund_request_takes_two",
            ),
        ),
        migrations.AddConstraint(
            model_name="refundrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("alone", False),
                        ("decided_at", None),
                        ("decided_by", None),
                        ("refund", None),
                        ("state", "waiting"),
                    ),
                    models.Q(
                        ("alone", False),
                        ("decided_at__isnull", False),
                        ("decided_by", None),
                        ("refund", None),
                        ("state", "expired"),
                    ),
                    models.Q(
                        ("alone", False),
                        ("decided_at__isnull", False),
                        ("decided_by__isnull", False),
                        ("refund", None),
                        ("state", "refused"),
                    ),
                    models.Q(
                        ("alone", False),
                        ("decided_at__isnull", False),
                        ("decided_by__isnull", False),
                        ("refund__isnull", False),
                        ("state", "approved"),
                    ),
                    models.Q(
                        ("alone", True),
                        ("decided_at__isnull", False),
                        ("decided_by", None),
                        ("refund__isnull", False),
                        ("state", "approved"),
                    ),
                    _connector="OR",
                ),
                name="refund_request_says_who_decided",
            ),
        ),
        migrations.AddConstraint(
            model_name="refundrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount__gt", 0)), name="refund_request_of_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="refundrequest",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "waiting")), fields=("order",), name="refund_request_waits_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="walletfreeze",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)), fields=("wallet",), name="frozen_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="walletfreeze",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at", None), ("ended_by", None)),
                    models.Q(("ended_at__isnull", False), ("ended_by__isnull", False)),
                    _connector="OR",
                ),
                name="freeze_ended_says_by_whom",
            ),
        ),
    ]
