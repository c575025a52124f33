import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

import core.ids


class Migration(migrations.Migration):
    dependencies = [("payments", "0007_taking_back")]

    operations = [
        migrations.CreateModel(
            name="Tip",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("message", models.TextField(blank=True)),
                ("anonymous", models.BooleanField(default=False)),
                ("tier", models.PositiveSmallIntegerField()),
                ("paid_at", models.DateTimeField(blank=True, null=True)),
                ("pinned_until", models.DateTimeField(blank=True, null=True)),
                ("hidden_at", models.DateTimeField(blank=True, null=True)),
                (
                    "hidden_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tips_hidden",
                        to="accounts.party",
                    ),
                ),
                (
                    "order",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="tip", to="payments.order"
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(("paid_at__isnull", False))
                        | Q(("hidden_at", None), ("pinned_until", None)),
                        name="tip_is_shown_once_paid",
                    ),
                    models.CheckConstraint(
                        condition=Q(("hidden_at__isnull", False)) | Q(("hidden_by", None)),
                        name="tip_hidden_says_when",
                    ),
                ],
            },
        ),
    ]
