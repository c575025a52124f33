from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_blocks")]

    operations = [
        # A folder of sizes instead of one file; people choose their picture again.
        migrations.RunSQL("UPDATE accounts_user SET avatar = ''", migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="user",
            name="avatar",
            field=models.CharField(blank=True, editable=False, max_length=120),
        ),
        migrations.AddField(
            model_name="user", name="place_lat", field=models.FloatField(blank=True, null=True)
        ),
        migrations.AddField(
            model_name="user", name="place_lon", field=models.FloatField(blank=True, null=True)
        ),
        migrations.AddField(
            model_name="user", name="place_name", field=models.CharField(blank=True, max_length=80)
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("place_lat", None), ("place_lon", None)),
                    models.Q(
                        ("place_lat__isnull", False),
                        ("place_lat__range", (-90, 90)),
                        ("place_lon__isnull", False),
                        ("place_lon__range", (-180, 180)),
                    ),
                    _connector="OR",
                ),
                name="user_place_is_on_earth",
            ),
        ),
        # Django has no expression for it: nothing finer than a tenth of a degree may be kept of anybody.
        migrations.RunSQL(
            """
            ALTER TABLE accounts_user ADD CONSTRAINT user_place_is_rough CHECK (
                place_lat::numeric = round(place_lat::numeric, 1)
                AND place_lon::numeric = round(place_lon::numeric, 1)
            )
            """,
            "ALTER TABLE accounts_user DROP CONSTRAINT user_place_is_rough",
        ),
    ]
