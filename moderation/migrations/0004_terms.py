from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("moderation", "0003_bans"),
    ]

    operations: list[object] = []
