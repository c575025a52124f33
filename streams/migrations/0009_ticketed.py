"""Streams that cost something to watch, and when a viewer really took pictures."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("streams", "0008_encoders")]

    operations = [
        migrations.AddField(
            model_name="stream",
            name="ticketed",
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
        migrations.AddField(
            model_name="viewersession",
            name="pictures_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
