from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("moderation", "0006_reports"),
    ]

    operations = [
        migrations.AddField(
            model_name="legalnotice",
            name="told_state",
            field=models.CharField(
                blank=True,
                choices=[
                    ("received", "Received"),
                    ("taken_down", "Taken down"),
                    ("refused", "Refused"),
                    ("countered", "A counter-notice runs"),
                    ("restored", "Restored"),
                    ("upheld", "Upheld"),
                ],
                default="",
                editable=False,
                max_length=10,
            ),
            preserve_default=False,
        ),
        migrations.AddIndex(
            model_name="legalnotice",
            index=models.Index(
                condition=models.Q(("told_state", models.F("state")), _negated=True),
                fields=["created_at"],
                name="notice_untold",
            ),
        ),
    ]
