import django.db.models.deletion
from django.db import migrations, models

SHARES = """
-- Whether both have paid with the same card.
CREATE FUNCTION payments_shares_card(one uuid, other uuid) RETURNS boolean LANGUAGE sql STABLE
SET enable_seqscan = off AS $$
    SELECT EXISTS (
        SELECT FROM payments_sharedcard s
        WHERE s.first_id = least(one, other) AND s.second_id = greatest(one, other)
    )
$$;
"""
UNDO = "DROP FUNCTION payments_shares_card(uuid, uuid)"


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
        migrations.RunSQL(SHARES, UNDO),
    ]
