"""An order says whose it is to earn, and what it is called."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

NAME = "UPDATE payments_order SET title = coins || ' coins' WHERE coins IS NOT NULL"


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0008_data_export"),
        ("payments", "0005_movements"),
        ("streams", "0008_encoders"),
    ]

    operations = [
        migrations.AddField(
            model_name="order",
            name="creator",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="orders_for",
                to="accounts.party",
            ),
        ),
        migrations.AddField(
            model_name="order",
            name="stream",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="orders",
                to="streams.stream",
            ),
        ),
        migrations.AddField(
            model_name="order",
            name="title",
            field=models.CharField(default="", max_length=120),
            preserve_default=False,
        ),
        migrations.RunSQL(NAME, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(fields=["stream", "-id"], name="order_of_stream"),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=Q(purpose="coins", creator=None) | (~Q(purpose="coins") & Q(creator__isnull=False)),
                name="order_of_coins_is_for_nobody",
            ),
        ),
    ]
