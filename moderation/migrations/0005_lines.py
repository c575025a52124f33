from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("moderation", "0004_terms"),
    ]

    operations: list[object] = []
