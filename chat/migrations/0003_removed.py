import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("accounts", "0008_data_export"), ("chat", "0002_cards")]

    operations = [
        migrations.AddField("chatmessage", "removed_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField(
            "chatmessage",
            "removed_by",
            models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.party",
            ),
        ),
        migrations.AddIndex("chatmessage", models.Index(fields=["party", "-id"], name="messages_of_person")),
        migrations.AddConstraint(
            "chatmessage",
            models.CheckConstraint(
                condition=Q(removed_at=None, removed_by=None)
                | Q(pinned_until=None, removed_at__isnull=False),
                name="message_removed_is_not_pinned",
            ),
        ),
    ]
