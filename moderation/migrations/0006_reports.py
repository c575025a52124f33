from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("moderation", "0005_lines"),
    ]

    operations: list[object] = []
