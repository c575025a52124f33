from importlib import import_module

import django.db.models.deletion
from django.db import migrations, models

before = import_module("payments.migrations.0007_taking_back")

_OUTCOMES = (
    "-- done; replayed, for a key that is known with this content; reused, with another one; frozen; short."
)
_FROZEN = """    ELSIF wallet.frozen <> '' THEN
        outcome := 'frozen';
        RETURN;
"""
assert before.SPEND.count(_OUTCOMES) == before.SPEND.count(_FROZEN) == 1
# The one door for coins, whatever they are spent on: nobody pays themselves here, nor by another account.
SPEND = before.SPEND.replace(_OUTCOMES, f"{_OUTCOMES}\n-- own_channel; shared_card.").replace(
    _FROZEN,
    _FROZEN
    + """    ELSIF payer = creator THEN
        outcome := 'own_channel';
        RETURN;
    ELSIF EXISTS (
        SELECT FROM payments_sharedcard s
        WHERE s.first_id = least(payer, creator) AND s.second_id = greatest(payer, creator)
    ) THEN
        outcome := 'shared_card';
        RETURN;
""",
)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0008_data_export"), ("payments", "0010_staff")]

    operations = [
        migrations.CreateModel(
            name="EarningsNews",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("stream_id", models.UUIDField()),
            ],
            options={"verbose_name_plural": "earnings news", "ordering": ["id"]},
        ),
        migrations.CreateModel(
            name="SharedCard",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "first",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.party"
                    ),
                ),
                (
                    "second",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.party",
                    ),
                ),
                ("at", models.DateTimeField()),
            ],
            options={
                "ordering": ["-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(first__lt=models.F("second")), name="shared_card_in_order"
                    ),
                    models.UniqueConstraint(fields=["first", "second"], name="shared_card_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="SenderAlert",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "creator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sender_alerts",
                        to="accounts.party",
                    ),
                ),
                ("week", models.DateField()),
                (
                    "sender",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.party"
                    ),
                ),
                ("amount", models.BigIntegerField()),
                ("of", models.BigIntegerField()),
                ("currency", models.CharField(max_length=4)),
                ("at", models.DateTimeField()),
            ],
            options={
                "ordering": ["-week", "-id"],
                "constraints": [
                    models.UniqueConstraint(fields=["creator", "week"], name="sender_alert_once_a_week")
                ],
            },
        ),
        migrations.AddIndex(
            "earning", models.Index(fields=["creator", "transaction"], name="earning_of_creator")
        ),
        migrations.AddIndex(
            "earning",
            models.Index(
                fields=["stream"], condition=models.Q(stream__isnull=False), name="earning_of_stream"
            ),
        ),
        migrations.RunSQL(SPEND, before.SPEND),
    ]
