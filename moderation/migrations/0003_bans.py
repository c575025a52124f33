import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("moderation", "0002_team"),
    ]

    operations = [
        # Of somebody who was erased a ban of networks stays until it is over.
        migrations.AlterField(
            model_name="networkban",
            name="ban",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="networks",
                to="moderation.ban",
            ),
        ),
    ]
