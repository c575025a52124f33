from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("chat", "0003_removed")]

    operations = [
        migrations.AlterField(
            "chatmessage",
            "role",
            models.CharField(
                blank=True,
                choices=[
                    ("creator", "Creator"),
                    ("lead", "Lead moderator"),
                    ("moderator", "Moderator"),
                    ("vip", "VIP"),
                    ("viewer", "Viewer"),
                    ("staff", "Staff"),
                ],
                max_length=10,
            ),
        ),
    ]
