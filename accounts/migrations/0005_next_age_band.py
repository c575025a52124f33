from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_names")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="next_band_year",
            field=models.PositiveSmallIntegerField(blank=True, editable=False, null=True),
        ),
    ]
