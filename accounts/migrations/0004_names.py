import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import accounts.names

SKELETON = models.GeneratedField(
    db_persist=True,
    expression=accounts.names.Skeleton("username"),
    output_field=models.CharField(max_length=60),
)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_search")]

    operations = [
        migrations.AddField(model_name="user", name="skeleton", field=SKELETON),
        migrations.AddField(
            model_name="user",
            name="username_changed_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.UniqueConstraint(
                fields=("skeleton",), name="user_username_looks_like_no_other"
            ),
        ),
        migrations.CreateModel(
            name="HeldName",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("username", models.CharField(max_length=30)),
                ("skeleton", SKELETON.clone()),
                ("held_until", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="former_names",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"indexes": [models.Index(fields=["skeleton"], name="held_name_skeleton")]},
        ),
    ]
